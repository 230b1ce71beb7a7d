/// The polynomial of CRC-32C (Castagnoli), its bits in reverse.
const POLYNOMIAL: u32 = 0x82f6_3b78;

/// CRC-32C as RFC 4960, appendix B has it. Bit by bit: a header is short, and comes once in a connection.
pub(super) fn crc32c<'a>(bytes: impl IntoIterator<Item = &'a u8>) -> u32 {
    let register = bytes.into_iter().fold(!0, |register: u32, byte| {
        (0..8).fold(register ^ u32::from(*byte), |register, _| {
            let carry = register & 1;
            (register >> 1) ^ (POLYNOMIAL & carry.wrapping_neg())
        })
    });
    !register
}

#[cfg(test)]
mod tests {
    use super::crc32c;

    #[test]
    fn known_sums() {
        assert_eq!(crc32c(b"123456789"), 0xe306_9283);
        assert_eq!(crc32c(&[0; 32]), 0x8a91_36aa);
        assert_eq!(crc32c(&[]), 0);
    }
}
