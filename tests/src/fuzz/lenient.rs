//! The widest reading of HTTP/1 that RFC 9112 lets a recipient have, and no wider: what it allows is what a proxy may pass on
//! (in one strict form), and what it does not find must never be passed on.

/// A message, as far as it came.
#[derive(Debug, PartialEq, Eq)]
pub struct Message {
    /// The three parts of the first line.
    pub first: [String; 3],
    /// The bytes of the body, without their framing.
    pub body: Vec<u8>,
    /// Whether its end came.
    pub is_whole: bool,
    /// Whether it says itself where it ends, so that the connection may go on behind it.
    pub ends_itself: bool,
    /// How many bytes it took.
    pub length: usize,
}

/// Whether a message has a body, where the head alone does not say it.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// None without a framing.
    Request,
    /// Until the end of the connection without a framing.
    Answer,
    /// None in any case: an answer to HEAD, or with a status that has none.
    Bodiless,
}

/// All requests in these bytes, one behind the other; the last one may have begun only.
pub fn requests(mut bytes: &[u8]) -> Vec<Message> {
    let mut messages = Vec::new();
    loop {
        // RFC 9112, section 2.2: empty lines before a request line.
        while let Some(rest) = bytes.strip_prefix(b"\r\n").or_else(|| bytes.strip_prefix(b"\n")) {
            bytes = rest;
        }
        let Some(message) = message(bytes, |_| Kind::Request) else { return messages };
        bytes = &bytes[message.length..];
        let is_last = !message.is_whole;
        messages.push(message);
        if is_last {
            return messages;
        }
    }
}

/// The first message; none if its head is not whole, or cannot be read.
pub fn message(bytes: &[u8], kind: impl FnOnce(&[String; 3]) -> Kind) -> Option<Message> {
    let mut used = 0;
    let first = text(line(bytes, &mut used)?);
    let mut words = first.splitn(3, ' ').map(str::to_owned);
    let first = [words.next()?, words.next()?, words.next().unwrap_or_default()];
    let (mut codings, mut lengths) = (Vec::new(), Vec::new());
    loop {
        let line = line(bytes, &mut used)?;
        if line.is_empty() {
            break;
        }
        let colon = line.iter().position(|byte| *byte == b':')?;
        let (name, value) = (text(&line[..colon]).to_ascii_lowercase(), text(line[colon + 1..].trim_ascii()));
        match name.as_str() {
            "transfer-encoding" => codings.push(value.to_ascii_lowercase()),
            "content-length" => lengths.push(value),
            _ => {}
        }
    }
    let kind = kind(&first);
    let mut message = Message { first, body: Vec::new(), is_whole: true, ends_itself: true, length: used };
    let rest = &bytes[used..];
    match (&codings[..], &lengths[..]) {
        _ if kind == Kind::Bodiless => {}
        // Section 6.3: the coding overrides the length.
        ([coding], _) if coding == "chunked" => {
            let used = chunks(rest, &mut message.body);
            message.is_whole = used.is_some();
            message.length += used.unwrap_or(rest.len());
        }
        ([], [length, others @ ..]) if others.iter().all(|other| other == length) => {
            if !length.bytes().all(|byte| byte.is_ascii_digit()) {
                return None;
            }
            let length: usize = length.parse().ok()?;
            message.body = rest[..length.min(rest.len())].to_owned();
            message.is_whole = rest.len() >= length;
            message.length += message.body.len();
        }
        ([], []) if kind == Kind::Answer => {
            message.ends_itself = false;
            message.body = rest.to_owned();
            message.length = bytes.len();
        }
        ([], []) => {}
        _ => return None,
    }
    Some(message)
}

/// Reads chunks to the end of `body`, and says how many bytes they took; none if the last one has not come, or what came is
/// no chunk.
fn chunks(bytes: &[u8], body: &mut Vec<u8>) -> Option<usize> {
    let mut used = 0;
    loop {
        let rest = &bytes[used..];
        let end = line_end(rest)?;
        let digits = rest.iter().take_while(|byte| byte.is_ascii_hexdigit()).count();
        // Behind the size: white space that RFC 9112, section 7.1.1 wants to be removed, and extensions.
        let behind = rest[digits..end].trim_ascii_start();
        if !behind.is_empty() && !behind.starts_with(b";") || behind.contains(&b'\n') {
            return None;
        }
        let size = usize::from_str_radix(&text(&rest[..digits]), 16).ok()?;
        used += end + 2;
        if size == 0 {
            break;
        }
        let data = &bytes[used..];
        body.extend_from_slice(&data[..size.min(data.len())]);
        data.get(size..)?.strip_prefix(b"\r\n")?;
        used += size + 2;
    }
    loop {
        let end = line_end(&bytes[used..])?;
        used += end + 2;
        if end == 0 {
            return Some(used);
        }
    }
}

fn line_end(bytes: &[u8]) -> Option<usize> {
    bytes.windows(2).position(|pair| pair == b"\r\n")
}

/// The next line; one may end with LF alone (RFC 9112, section 2.2).
fn line<'a>(bytes: &'a [u8], used: &mut usize) -> Option<&'a [u8]> {
    let rest = &bytes[*used..];
    let end = rest.iter().position(|byte| *byte == b'\n')?;
    *used += end + 1;
    Some(rest[..end].strip_suffix(b"\r").unwrap_or(&rest[..end]))
}

/// One character for each byte, so that nothing is lost.
fn text(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| char::from(*byte)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_widest_reading() {
        let bytes = b"\r\nGET /a HTTP/1.1\nHost: h\n\nPOST /b HTTP/1.1\r\nContent-Length: 9\r\nTransfer-Encoding: chunked\r\n\r\n\
            3 ;x=y\r\nabc\r\n0\r\nt: u\r\n\r\nPUT /c HTTP/1.0\r\nContent-Length: 3\r\nContent-Length: 3\r\n\r\nde";
        let found = requests(bytes);
        let shown: Vec<_> = found
            .iter()
            .map(|message| (message.first[1].as_str(), message.body.as_slice(), message.is_whole))
            .collect();
        assert_eq!(shown, [("/a", &b""[..], true), ("/b", b"abc", true), ("/c", b"de", false)]);
    }

    #[test]
    fn what_no_reading_allows() {
        for fields in
            ["Content-Length: 1\nContent-Length: 2", "Transfer-Encoding: gzip, chunked", "Content-Length: +1"]
        {
            assert!(
                requests(format!("POST / HTTP/1.1\n{fields}\n\nabc").as_bytes()).is_empty(),
                "{fields:?}"
            );
        }
    }
}
