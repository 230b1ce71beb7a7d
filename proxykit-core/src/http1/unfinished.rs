/// A head that has begun to come, and was looked at in vain; or a chunk's size, or the trailers of a body.
///
/// Each ends with a line: one that comes byte by byte is not parsed for each of them, which would cost its sender one byte,
/// and the reader all that came before.
#[derive(Debug, Default)]
pub(crate) struct Unfinished {
    /// None of them is as long as that.
    looked_at: u32,
}

impl Unfinished {
    /// Whether what has come may end the head, or be too much of one. It counts as looked at afterwards.
    pub(crate) fn is_worth_a_look(&mut self, bytes: &[u8], limit: usize) -> bool {
        let new = bytes.get(self.looked_at as usize..).unwrap_or_default();
        let is_first = self.looked_at == 0;
        self.looked_at = bytes.len() as u32;
        !new.is_empty() && (is_first || bytes.len() >= limit || new.contains(&b'\n'))
    }

    /// It has ended, and another one may begin.
    pub(crate) fn ended(&mut self) {
        self.looked_at = 0;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_an_end_of_a_line_is_worth_another_look() {
        let mut head = Unfinished::default();
        for (bytes, expected) in [
            (&b""[..], false),
            (b"G", true),
            (b"GE", false),
            (b"GET / HTTP/1.1\r\n", true),
            (b"GET / HTTP/1.1\r\n", false),
            (b"GET / HTTP/1.1\r\nx", false),
            (b"GET / HTTP/1.1\r\nx:y", true),
        ] {
            assert_eq!(head.is_worth_a_look(bytes, 19), expected, "{}", bytes.escape_ascii());
        }
        head.ended();
        assert!(head.is_worth_a_look(b"G", 19));
    }
}
