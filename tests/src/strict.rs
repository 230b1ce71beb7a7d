//! A strict reader of HTTP/1.1 for oracles: what RFC 9112 lets a recipient put up with is an error here, so that a
//! message that passes can be read in one way only.

/// The head of a message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Head {
    /// The request line or the status line.
    pub first: String,
    /// The fields, with their names in lower case, in the order in which they stand.
    pub fields: Vec<(String, Vec<u8>)>,
}

/// Where a body ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Framing {
    /// Nothing is said: no body in a request; the end of the connection in an answer.
    None,
    /// After so many bytes.
    Length(u64),
    /// With the last chunk.
    Chunked,
}

/// Takes a body out of the bytes of a connection.
#[derive(Debug)]
pub enum Body {
    /// So many bytes are to come.
    Left(u64),
    /// Chunks are to come: the rest of the present one, with its line end.
    Chunks {
        /// What is missing of the present chunk; nothing before the first one.
        left: Option<u64>,
    },
    /// Trailers are to come.
    Trailers,
}

type Result<T> = std::result::Result<T, String>;

impl Head {
    /// Takes a head off the front of `bytes`; none if it is not whole yet.
    ///
    /// # Errors
    /// A sentence that says what is wrong with it.
    pub fn take(bytes: &mut Vec<u8>) -> Result<Option<Head>> {
        let mut lines = Vec::new();
        let mut used = 0;
        loop {
            let Some(line) = line(&bytes[used..])? else { return Ok(None) };
            used += line.len() + 2;
            if line.is_empty() {
                break;
            }
            lines.push(line);
        }
        let (first, fields) = lines.split_first().ok_or("the head is empty")?;
        let head = Head {
            first: String::from_utf8_lossy(first).into_owned(),
            fields: fields.iter().map(|line| field(line)).collect::<Result<_>>()?,
        };
        bytes.drain(..used);
        Ok(Some(head))
    }

    /// The values of a field.
    pub fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a [u8]> {
        self.fields.iter().filter(move |(given, _)| given == name).map(|(_, value)| value.as_slice())
    }

    /// The value of a field that stands once, as text.
    pub fn one<'a>(&'a self, name: &'a str) -> Option<&'a str> {
        let mut values = self.all(name);
        let value = values.next()?;
        if values.next().is_some() { None } else { std::str::from_utf8(value).ok() }
    }

    /// The method and the target of a request.
    ///
    /// # Errors
    /// The first line is no request line of HTTP/1.1.
    pub fn request_line(&self) -> Result<(&str, &str)> {
        let bad = || format!("bad request line {:?}", self.first);
        let words: Vec<&str> = self.first.split(' ').collect();
        let [method, target, "HTTP/1.1"] = words[..] else { return Err(bad()) };
        let good_target = !target.is_empty() && target.bytes().all(|byte| byte > b' ' && byte != 0x7f);
        if method.is_empty() || !method.bytes().all(is_token) || !good_target {
            return Err(bad());
        }
        Ok((method, target))
    }

    /// The status of an answer.
    ///
    /// # Errors
    /// The first line is no status line of HTTP/1.1.
    pub fn status(&self) -> Result<u16> {
        let bad = || format!("bad status line {:?}", self.first);
        let rest = self.first.strip_prefix("HTTP/1.1 ").ok_or_else(bad)?;
        let (status, _) = rest.split_once(' ').ok_or_else(bad)?;
        match status.parse() {
            Ok(status @ 100..=999) if rest.as_bytes()[0] != b'+' => Ok(status),
            _ => Err(bad()),
        }
    }

    /// Where the body ends.
    ///
    /// # Errors
    /// It is said twice, or in a way that not everybody reads alike.
    pub fn framing(&self) -> Result<Framing> {
        let codings: Vec<&[u8]> = self.all("transfer-encoding").collect();
        let lengths: Vec<&[u8]> = self.all("content-length").collect();
        match (&codings[..], &lengths[..]) {
            ([], []) => Ok(Framing::None),
            ([coding], []) if coding.eq_ignore_ascii_case(b"chunked") => Ok(Framing::Chunked),
            ([], [length]) if !length.is_empty() && length.iter().all(u8::is_ascii_digit) => {
                let length = String::from_utf8_lossy(length).parse();
                length.map(Framing::Length).map_err(|error| format!("bad length: {error}"))
            }
            _ => Err(format!("ambiguous framing in {:?}", self.fields)),
        }
    }
}

impl Body {
    /// A body that ends as `framing` says; none if there is none.
    pub fn framed(framing: Framing) -> Option<Body> {
        match framing {
            Framing::None => None,
            Framing::Length(length) => Some(Body::Left(length)),
            Framing::Chunked => Some(Body::Chunks { left: None }),
        }
    }

    /// Moves what is there of the body from the front of `bytes` to the end of `body`; says whether that was all.
    ///
    /// # Errors
    /// A sentence that says what is wrong with a chunk or a trailer.
    pub fn take(&mut self, bytes: &mut Vec<u8>, body: &mut Vec<u8>) -> Result<bool> {
        loop {
            match self {
                Body::Left(left) => {
                    *left -= shift(bytes, *left, body);
                    return Ok(*left == 0);
                }
                Body::Chunks { left: None } => {
                    let Some(size) = line(bytes)? else { return Ok(false) };
                    let used = size.len() + 2;
                    let size = chunk_size(size)?;
                    bytes.drain(..used);
                    *self = if size == 0 { Body::Trailers } else { Body::Chunks { left: Some(size) } };
                }
                Body::Chunks { left: Some(left) } => {
                    *left -= shift(bytes, *left, body);
                    if *left > 0 || bytes.len() < 2 {
                        return Ok(false);
                    }
                    if !bytes.starts_with(b"\r\n") {
                        return Err("a chunk does not end where it should".into());
                    }
                    bytes.drain(..2);
                    *self = Body::Chunks { left: None };
                }
                Body::Trailers => {
                    let Some(trailer) = line(bytes)? else { return Ok(false) };
                    if !trailer.is_empty() {
                        field(trailer)?;
                    }
                    let (used, is_last) = (trailer.len() + 2, trailer.is_empty());
                    bytes.drain(..used);
                    if is_last {
                        return Ok(true);
                    }
                }
            }
        }
    }
}

fn shift(from: &mut Vec<u8>, most: u64, to: &mut Vec<u8>) -> u64 {
    let count = from.len().min(usize::try_from(most).unwrap_or(usize::MAX));
    to.extend(from.drain(..count));
    count as u64
}

/// The first line without its end; none if the end is not there yet.
fn line(bytes: &[u8]) -> Result<Option<&[u8]>> {
    let Some(end) = bytes.iter().position(|byte| matches!(byte, b'\r' | b'\n')) else { return Ok(None) };
    match &bytes[end..] {
        [b'\r', b'\n', ..] => Ok(Some(&bytes[..end])),
        [b'\r'] => Ok(None),
        _ => Err(format!("a bare CR or LF behind {:?}", bytes[..end].escape_ascii().to_string())),
    }
}

fn field(line: &[u8]) -> Result<(String, Vec<u8>)> {
    let bad = || format!("bad field line {:?}", line.escape_ascii().to_string());
    let colon = line.iter().position(|byte| *byte == b':').ok_or_else(bad)?;
    let (name, value) = (&line[..colon], line[colon + 1..].trim_ascii());
    let is_text = |byte: &u8| *byte == b'\t' || *byte >= b' ' && *byte != 0x7f;
    if name.is_empty() || !name.iter().all(|byte| is_token(*byte)) || !value.iter().all(is_text) {
        return Err(bad());
    }
    Ok((String::from_utf8_lossy(name).to_ascii_lowercase(), value.to_owned()))
}

fn chunk_size(line: &[u8]) -> Result<u64> {
    let text = String::from_utf8_lossy(line);
    let is_number = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_hexdigit());
    let size = u64::from_str_radix(&text, 16);
    size.ok().filter(|_| is_number).ok_or_else(|| format!("bad chunk size {text:?}"))
}

fn is_token(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_way_is_read() {
        let mut bytes = b"POST /a HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\nx: y\r\n\r\nrest".to_vec();
        let head = Head::take(&mut bytes).unwrap().unwrap();
        assert_eq!(head.request_line().unwrap(), ("POST", "/a"));
        assert_eq!(head.one("host"), Some("h"));
        let mut body = Vec::new();
        assert!(Body::framed(head.framing().unwrap()).unwrap().take(&mut bytes, &mut body).unwrap());
        assert_eq!((&body[..], &bytes[..]), (&b"abc"[..], &b"rest"[..]));
    }

    #[test]
    fn every_other_way_is_an_error() {
        for head in [
            "GET / HTTP/1.1\nHost: h\r\n\r\n",
            "GET / HTTP/1.1\r\nHost : h\r\n\r\n",
            "GET / HTTP/1.1\r\nX: a\r\n b\r\n\r\n",
            "GET / HTTP/1.1\r\nX: a\0b\r\n\r\n",
            "GET / HTTP/1.1\r\nX: a\rb\r\n\r\n",
            "\r\n\r\n",
        ] {
            assert!(Head::take(&mut head.into()).is_err(), "{head:?}");
        }
        for fields in [
            "Content-Length: 1\r\nContent-Length: 1",
            "Content-Length: 1\r\nTransfer-Encoding: chunked",
            "Content-Length: +1",
            "Transfer-Encoding: gzip, chunked",
        ] {
            let mut bytes = format!("GET / HTTP/1.1\r\n{fields}\r\n\r\n").into();
            assert!(Head::take(&mut bytes).unwrap().unwrap().framing().is_err(), "{fields:?}");
        }
        for chunk in ["+3\r\n", "3;x\r\n", "\r\n", "3\r\nabcX\r\n", "3\n", "0\r\n x: y\r\n\r\n"] {
            let mut body = Body::Chunks { left: None };
            assert!(body.take(&mut chunk.into(), &mut Vec::new()).is_err(), "{chunk:?}");
        }
        for line in ["GET /  HTTP/1.1", "GET / HTTP/1.0", "G(T / HTTP/1.1", " / HTTP/1.1"] {
            let head = Head { first: line.into(), fields: Vec::new() };
            assert!(head.request_line().is_err(), "{line:?}");
        }
    }

    #[test]
    fn what_is_not_whole_yet_is_waited_for() {
        let whole = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n";
        for end in 0..whole.len() {
            assert_eq!(Head::take(&mut whole[..end].into()).unwrap(), None, "{end}");
        }
        assert_eq!(Head::take(&mut whole.into()).unwrap().unwrap().status(), Ok(200));
    }
}
