use bytes::{Buf, Bytes, BytesMut};
use http::HeaderMap;

use super::framing::Seen;
use super::head::Places;
use super::malformed::Malformed;
use super::unfinished::Unfinished;

/// The longest line that tells a chunk's size, with its extensions; the most bytes of extensions in one body (nobody uses
/// them, and each could be a byte's worth of work); the most that trailers have. As in hyper.
const LONGEST_LINE: usize = 16 * 1024;
const MOST_EXTENSIONS: u32 = 16 * 1024;
const MOST_TRAILER_BYTES: usize = 16 * 1024;
const MOST_TRAILERS: usize = 100;

/// Reads a chunked body (RFC 9112, section 7.1), and nothing that is nearly one: bare line feeds, signs and spaces before
/// sizes are read differently by others.
#[derive(Debug)]
pub(super) struct Chunked {
    next: Next,
    extensions: u32,
    unfinished: Unfinished,
}

#[derive(Debug, Clone, Copy, PartialEq)]
enum Next {
    Size,
    Data(u64),
    DataEnd,
    Trailers,
    Nothing,
}

/// A part of a chunked body.
#[derive(Debug)]
pub(super) enum Part {
    Data(Bytes),
    Trailers(HeaderMap),
}

impl Chunked {
    pub(super) fn new() -> Self {
        Chunked { next: Next::Size, extensions: 0, unfinished: Unfinished::default() }
    }

    pub(super) fn is_done(&self) -> bool {
        self.next == Next::Nothing
    }

    /// The next part that is in the buffer; none if there is none yet, or no more.
    pub(super) fn decode(&mut self, buffer: &mut BytesMut) -> Result<Option<Part>, Malformed> {
        loop {
            match self.next {
                Next::Nothing => return Ok(None),
                Next::Size => {
                    if !self.unfinished.is_worth_a_look(buffer, LONGEST_LINE) {
                        return Ok(None);
                    }
                    let Some(line) = line_end(buffer, LONGEST_LINE)? else { return Ok(None) };
                    self.unfinished.ended();
                    let (size, extensions) = read_size(&buffer[..line])?;
                    self.extensions += extensions;
                    if self.extensions > MOST_EXTENSIONS {
                        return Err(Malformed::Syntax("the chunks have too many extensions"));
                    }
                    buffer.advance(line + 2);
                    self.next = if size == 0 { Next::Trailers } else { Next::Data(size) };
                }
                Next::Data(left) => {
                    if buffer.is_empty() {
                        return Ok(None);
                    }
                    let count = buffer.len().min(usize::try_from(left).unwrap_or(usize::MAX));
                    let left = left - count as u64;
                    self.next = if left == 0 { Next::DataEnd } else { Next::Data(left) };
                    return Ok(Some(Part::Data(buffer.split_to(count).freeze())));
                }
                Next::DataEnd => {
                    let end = &buffer[..buffer.len().min(2)];
                    if !b"\r\n".starts_with(end) {
                        return Err(Malformed::Syntax("a chunk is longer than its size"));
                    }
                    if end.len() < 2 {
                        return Ok(None);
                    }
                    buffer.advance(2);
                    self.next = Next::Size;
                }
                Next::Trailers => {
                    if !self.unfinished.is_worth_a_look(buffer, MOST_TRAILER_BYTES) {
                        return Ok(None);
                    }
                    let Some((trailers, len)) = read_trailers(buffer)? else { return Ok(None) };
                    buffer.advance(len);
                    self.next = Next::Nothing;
                    return Ok((!trailers.is_empty()).then_some(Part::Trailers(trailers)));
                }
            }
        }
    }
}

/// Where the first line ends; none if it goes on.
fn line_end(buffer: &[u8], longest: usize) -> Result<Option<usize>, Malformed> {
    match buffer.iter().take(longest).position(|byte| *byte == b'\n') {
        Some(end) if end > 0 && buffer[end - 1] == b'\r' => Ok(Some(end - 1)),
        Some(_) => Err(Malformed::Syntax("a chunk's size does not end in CR LF")),
        None if buffer.len() >= longest => Err(Malformed::Syntax("a chunk's size is too long")),
        None => Ok(None),
    }
}

/// The size in a line, and how many bytes of extensions there are.
fn read_size(line: &[u8]) -> Result<(u64, u32), Malformed> {
    let digits = line.iter().take_while(|byte| byte.is_ascii_hexdigit()).count();
    let rest = &line[digits..];
    let extensions = rest.trim_ascii_start();
    if digits == 0 || digits > 16 || !(extensions.is_empty() || extensions.starts_with(b";")) {
        return Err(Malformed::Syntax("a chunk's size is not a number"));
    }
    if rest.contains(&b'\r') {
        return Err(Malformed::Syntax("a chunk's extension has a bare CR"));
    }
    let size = line[..digits].iter().fold(0_u64, |size, digit| {
        size << 4 | u64::from(char::from(*digit).to_digit(16).unwrap_or_default())
    });
    // No line is longer than that.
    Ok((size, rest.len() as u32))
}

/// The trailers, which may be none, and their length; none if they go on.
fn read_trailers(buffer: &[u8]) -> Result<Option<(HeaderMap, usize)>, Malformed> {
    if buffer.starts_with(b"\r\n") {
        return Ok(Some((HeaderMap::new(), 2)));
    }
    let mut places = Places::new();
    let mut room = [httparse::EMPTY_HEADER; MOST_TRAILERS];
    let httparse::Status::Complete((len, fields)) = httparse::parse_headers(buffer, &mut room)? else {
        let is_too_long = buffer.len() >= MOST_TRAILER_BYTES;
        return if is_too_long { Err(Malformed::Syntax("the trailers are too large")) } else { Ok(None) };
    };
    places.note(buffer, fields, None);
    if len > MOST_TRAILER_BYTES {
        return Err(Malformed::Syntax("the trailers are too large"));
    }
    // What trailers say of the connection comes too late.
    let head = Bytes::copy_from_slice(&buffer[..len]);
    let mut trailers = HeaderMap::new();
    places.put_into(&mut trailers, &head, &mut Seen::default())?;
    Ok(Some((trailers, len)))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Reads a body that comes in pieces of this size.
    fn read(body: &[u8], piece: usize) -> Result<(Vec<u8>, HeaderMap, bool), Malformed> {
        let (mut chunked, mut buffer) = (Chunked::new(), BytesMut::new());
        let (mut data, mut trailers) = (Vec::new(), HeaderMap::new());
        for piece in body.chunks(piece) {
            buffer.extend_from_slice(piece);
            while let Some(part) = chunked.decode(&mut buffer)? {
                match part {
                    Part::Data(bytes) => data.extend_from_slice(&bytes),
                    Part::Trailers(fields) => trailers = fields,
                }
            }
        }
        Ok((data, trailers, chunked.is_done()))
    }

    #[test]
    fn pieces_of_any_size_make_the_same_body() {
        let body = b"5;a=\"b\"\r\nhello\r\n00A \t\r\n, world...\r\n0\r\nX-Sum: 1\r\nx-two: 2\r\n\r\n";
        for piece in 1..=body.len() {
            let (data, trailers, is_done) = read(body, piece).unwrap();
            assert_eq!((&data[..], is_done), (&b"hello, world..."[..], true));
            assert_eq!((trailers["x-sum"].as_bytes(), trailers.len()), (&b"1"[..], 2));
        }
        assert_eq!(read(b"0\r\n\r\n", 1).unwrap(), (Vec::new(), HeaderMap::new(), true));
        assert!(!read(b"5\r\nhello\r\n0\r\n", 100).unwrap().2);
    }

    /// Each byte of a line that goes on and on would cost all that came before.
    #[test]
    fn what_was_looked_at_is_not_looked_at_again() {
        for body in [&b"1;a"[..], b"0\r\nx: 1", b"0\r\nx: 1\r\ny"] {
            let (mut chunked, mut buffer) = (Chunked::new(), BytesMut::from(body));
            assert!(chunked.decode(&mut buffer).unwrap().is_none());
            buffer.extend_from_slice(b"b");
            assert!(!chunked.unfinished.is_worth_a_look(&buffer, LONGEST_LINE));
        }
    }

    #[test]
    fn what_is_nearly_a_chunk_is_refused() {
        let long_extension = format!("1;{}\r\na\r\n0\r\n\r\n", "x".repeat(20_000));
        let many_extensions = "1;xxxxxxxx\r\na\r\n".repeat(4000);
        let long_trailers = format!("0\r\n{}\r\n", format!("x: {}\r\n", "y".repeat(1000)).repeat(20));
        for bad in [
            "5\nhello\r\n0\r\n\r\n",
            "5\r\nhello0\r\n\r\n",
            "5\r\nhelloo\r\n0\r\n\r\n",
            "+5\r\nhello\r\n",
            " 5\r\nhello\r\n",
            "0x5\r\nhello\r\n",
            "5 5\r\nhello\r\n",
            "\r\nhello\r\n",
            "5;a\rb\r\nhello\r\n",
            "5;a\nb\r\nhello\r\n",
            "10000000000000005\r\nhello\r\n",
            "0\r\nbad field: 1\r\n\r\n",
            "0\r\nno field\r\n\r\n",
            &long_extension,
            &many_extensions,
            &long_trailers,
        ] {
            for piece in [1, 7, bad.len()] {
                assert!(read(bad.as_bytes(), piece).is_err(), "{:.40}", bad);
            }
        }
    }
}
