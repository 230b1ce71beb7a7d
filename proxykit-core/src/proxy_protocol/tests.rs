use proptest::prelude::*;

use super::*;

fn address(text: &str) -> SocketAddr {
    text.parse().unwrap()
}

fn header(source: &str, destination: &str) -> Header {
    Header::Client { source: address(source), destination: address(destination) }
}

/// A header of version 2 with this command, family and what follows.
fn v2(command: u8, family: u8, rest: &[u8]) -> Vec<u8> {
    [v2::SIGNATURE, &[command, family], &(rest.len() as u16).to_be_bytes(), rest].concat()
}

fn value(kind: u8, value: &[u8]) -> Vec<u8> {
    [&[kind], &(value.len() as u16).to_be_bytes()[..], value].concat()
}

const TCP4_BLOCK: [u8; 12] = [192, 0, 2, 1, 198, 51, 100, 7, 0xdc, 0x04, 0x01, 0xbb];

/// A header of version 2 for [`TCP4_BLOCK`], with a right checksum between other values.
fn with_checksum() -> Vec<u8> {
    let values = [value(0x04, &[0; 5]), value(0x03, &[0; 4]), value(0x02, b"name.example")].concat();
    let mut bytes = v2(0x21, 0x11, &[&TCP4_BLOCK[..], &values].concat());
    let at = 16 + 12 + 8 + 3;
    let sum = checksum::crc32c(&bytes).to_be_bytes();
    bytes[at..at + 4].copy_from_slice(&sum);
    bytes
}

#[test]
fn lines_of_version_1() {
    for (line, expected) in [
        ("PROXY TCP4 192.0.2.1 198.51.100.7 56324 443\r\n", header("192.0.2.1:56324", "198.51.100.7:443")),
        ("PROXY TCP4 255.255.255.255 0.0.0.0 65535 0\r\n", header("255.255.255.255:65535", "0.0.0.0:0")),
        ("PROXY TCP6 2001:db8::1 ::1 1 2\r\n", header("[2001:db8::1]:1", "[::1]:2")),
        ("PROXY UNKNOWN\r\n", Header::Nobody),
        ("PROXY UNKNOWN ffff::1 what ever 65536\r\n", Header::Nobody),
    ] {
        let bytes = [line.as_bytes(), b"GET / HTTP/1.1\r\n"].concat();
        assert_eq!(Header::read(&bytes), Ok(Some((expected, line.len()))), "{line}");
    }
}

#[test]
fn lines_that_are_none() {
    for line in [
        "PROXY TCP4 192.0.2.1 198.51.100.7 56324 443\n",
        "PROXY TCP4 192.0.2.1 198.51.100.7 56324\r\n",
        "PROXY TCP4 192.0.2.1 198.51.100.7 56324 443 1\r\n",
        "PROXY TCP4  192.0.2.1 198.51.100.7 56324 443\r\n",
        "PROXY TCP4 192.0.2.1 198.51.100.7 56324 443 \r\n",
        "PROXY TCP4 192.0.2.1 198.51.100.7 65536 443\r\n",
        "PROXY TCP4 192.0.2.1 198.51.100.7 +1 443\r\n",
        "PROXY TCP4 192.0.2.1 198.51.100.7 01 443\r\n",
        "PROXY TCP4 192.0.2.1 198.51.100.7  443\r\n",
        "PROXY TCP4 192.0.2.256 198.51.100.7 1 443\r\n",
        "PROXY TCP4 192.0.2.01 198.51.100.7 1 443\r\n",
        "PROXY TCP4 ::1 ::1 1 443\r\n",
        "PROXY TCP6 192.0.2.1 198.51.100.7 1 443\r\n",
        "PROXY UDP4 192.0.2.1 198.51.100.7 1 443\r\n",
        "PROXY UNKNOWNS\r\n",
        "PROXY \r\n",
        "PROXY TCP4 192.0.2.1\r198.51.100.7 1 443\r\n",
        "GET / HTTP/1.1\r\n",
        "PROXX",
        "proxy ",
        "\r\n\r\n\0\r\nQUIX",
        "\0",
    ] {
        assert!(Header::read(line.as_bytes()).is_err(), "{line:?}");
    }
    let longest = format!("PROXY UNKNOWN {}\r\n", "x".repeat(91));
    assert_eq!(longest.len(), 107);
    assert_eq!(Header::read(longest.as_bytes()), Ok(Some((Header::Nobody, 107))));
    assert_eq!(Header::read(&longest.as_bytes()[..106]), Ok(None));
    let longer = format!("PROXY UNKNOWN {}\r\n", "x".repeat(92));
    assert!(Header::read(longer.as_bytes()).is_err());
    assert!(Header::read(&longer.as_bytes()[..107]).is_err(), "it need not come to its end");
}

#[test]
fn headers_of_version_2() {
    let tcp4 = header("192.0.2.1:56324", "198.51.100.7:443");
    let tcp6_block = [&[0x20, 1, 0xd, 0xb8][..], &[0; 11], &[1], &[0; 15], &[1], &[0, 1, 0, 2]].concat();
    let values = [value(0xe0, b"own"), value(0x04, &[])].concat();
    for (bytes, expected) in [
        (v2(0x21, 0x11, &TCP4_BLOCK), tcp4),
        (v2(0x21, 0x11, &[&TCP4_BLOCK[..], &values].concat()), tcp4),
        (with_checksum(), tcp4),
        (v2(0x21, 0x21, &tcp6_block), header("[2001:db8::1]:1", "[::1]:2")),
        (v2(0x21, 0x31, &[b'/'; 216]), Header::Unix),
        // Datagrams, and what is not said.
        (v2(0x21, 0x12, &TCP4_BLOCK), Header::Nobody),
        (v2(0x21, 0x00, &[]), Header::Nobody),
        (v2(0x21, 0x10, b"x"), Header::Nobody),
        (v2(0x21, 0x01, b"whatever"), Header::Nobody),
        // All but the length has no meaning behind LOCAL.
        (v2(0x20, 0x00, &[]), Header::Nobody),
        (v2(0x20, 0xff, b"what ever"), Header::Nobody),
        (v2(0x20, 0x11, &[0; 4096]), Header::Nobody),
    ] {
        let followed = [&bytes[..], b"GET"].concat();
        assert_eq!(Header::read(&followed), Ok(Some((expected, bytes.len()))), "{bytes:?}");
    }
}

#[test]
fn headers_of_version_2_that_are_none() {
    let mut bad_sum = with_checksum();
    bad_sum[16] ^= 1;
    let two_sums = [&TCP4_BLOCK[..], &value(0x03, &[0; 4]), &value(0x03, &[0; 4])].concat();
    for bytes in [
        v2(0x11, 0x11, &TCP4_BLOCK),
        v2(0x31, 0x11, &TCP4_BLOCK),
        v2(0x22, 0x11, &TCP4_BLOCK),
        v2(0x21, 0x41, &TCP4_BLOCK),
        v2(0x21, 0x13, &TCP4_BLOCK),
        v2(0x21, 0x11, &TCP4_BLOCK[..11]),
        v2(0x21, 0x21, &[0; 35]),
        v2(0x21, 0x31, &[0; 215]),
        v2(0x21, 0x11, &[&TCP4_BLOCK[..], &[4, 0]].concat()),
        v2(0x21, 0x11, &[&TCP4_BLOCK[..], &[4, 0, 2, 0]].concat()),
        v2(0x21, 0x11, &[&TCP4_BLOCK[..], &value(0x03, &[0; 3])].concat()),
        v2(0x21, 0x11, &two_sums),
        v2(0x20, 0x00, &[0; 4097]),
        bad_sum,
    ] {
        assert!(Header::read(&bytes).is_err(), "{bytes:?}");
    }
    // What is too long is refused before it comes.
    assert!(Header::read(&v2(0x20, 0x00, &[0; 4097])[..16]).is_err());
}

#[test]
fn families_are_not_mixed() {
    let mapped = "[::ffff:192.0.2.1]:9";
    assert_eq!(Header::of(address(mapped), address("127.0.0.1:80")), header("192.0.2.1:9", "127.0.0.1:80"));
    let mixed = Header::of(address("192.0.2.1:9"), address("[::1]:80"));
    assert_eq!(mixed, header(mapped, "[::1]:80"));
    assert_eq!(mixed.write(Version::V1), b"PROXY TCP6 ::ffff:192.0.2.1 ::1 9 80\r\n");
    assert_eq!(nowhere_beside(address(mapped)), address("0.0.0.0:0"));
}

fn addresses() -> impl Strategy<Value = (SocketAddr, SocketAddr)> {
    prop_oneof![
        any::<([u8; 4], [u8; 4], u16, u16)>().prop_map(|(a, b, c, d)| ((a, c).into(), (b, d).into())),
        any::<([u16; 8], [u16; 8], u16, u16)>().prop_map(|(a, b, c, d)| ((a, c).into(), (b, d).into())),
    ]
}

/// Bytes that are near to a header.
fn nearly() -> impl Strategy<Value = Vec<u8>> {
    let signature = prop_oneof![Just(v2::SIGNATURE.to_vec()), Just(v1::SIGNATURE.to_vec()), Just(Vec::new())];
    let byte = prop_oneof![any::<u8>(), Just(0x21), Just(0x11), Just(0), Just(3), Just(b' '), Just(b'\n')];
    (signature, prop::collection::vec(byte, 0..300)).prop_map(|(signature, rest)| [signature, rest].concat())
}

proptest! {
    #[test]
    fn what_was_written_is_read((source, destination) in addresses(), rest in any::<Vec<u8>>()) {
        let header = Header::of(source, destination);
        for version in [Version::V1, Version::V2] {
            let written = header.write(version);
            let bytes = [&written[..], &rest].concat();
            prop_assert_eq!(Header::read(&bytes), Ok(Some((header, written.len()))));
            for length in 0..written.len() {
                prop_assert_eq!(Header::read(&bytes[..length]), Ok(None));
            }
        }
    }

    /// Whatever comes is read without a panic; what follows a header changes nothing; and what is refused or read is so
    /// for good: more bytes do not turn the one into the other.
    #[test]
    fn any_bytes_are_read_in_one_way(bytes in nearly(), more in any::<Vec<u8>>()) {
        match Header::read(&bytes) {
            Ok(None) => prop_assert!(bytes.len() < 16 + 4096),
            Ok(Some((header, length))) => {
                prop_assert!(length <= bytes.len());
                let longer = [&bytes[..length], &more].concat();
                prop_assert_eq!(Header::read(&longer), Ok(Some((header, length))));
                prop_assert_eq!(Header::read(&bytes[..length - 1]), Ok(None));
            }
            Err(error) => prop_assert_eq!(Header::read(&[bytes, more].concat()), Err(error)),
        }
    }

    /// A single bit that flips in an address or a value is found.
    #[test]
    fn a_checksum_protects_every_byte(at in 16usize..28, bit in 0u32..8, of_value in any::<bool>()) {
        let mut bytes = with_checksum();
        let at = if of_value { bytes.len() - 1 - at % 12 } else { at };
        bytes[at] ^= 1 << bit;
        prop_assert_eq!(Header::read(&bytes), Err(Malformed("its checksum is wrong")));
    }
}
