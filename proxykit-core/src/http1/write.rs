use std::io::Write;

use http::header::{self, HeaderName, HeaderValue};
use http::{HeaderMap, Method, StatusCode, Uri};

/// What frames, routes or describes a message, and so comes too late behind it (RFC 9110, section 6.5.1): who joins trailers
/// to the head would read the message in another way.
static NEVER_TRAILERS: [HeaderName; 14] = [
    header::AUTHORIZATION,
    header::CACHE_CONTROL,
    header::CONNECTION,
    header::CONTENT_ENCODING,
    header::CONTENT_LENGTH,
    header::CONTENT_RANGE,
    header::CONTENT_TYPE,
    header::HOST,
    header::MAX_FORWARDS,
    header::SET_COOKIE,
    header::TE,
    header::TRAILER,
    header::TRANSFER_ENCODING,
    header::UPGRADE,
];

/// Writes the first line of a request; the target is its path and query.
pub(crate) fn write_request_line(out: &mut Vec<u8>, method: &Method, uri: &Uri) {
    out.extend_from_slice(method.as_str().as_bytes());
    out.push(b' ');
    let target = uri.path_and_query().map_or("/", |target| target.as_str());
    if target.starts_with('?') {
        // RFC 9112, section 3.2.1: an empty path is sent as `/`.
        out.push(b'/');
    }
    out.extend_from_slice(target.as_bytes());
    out.extend_from_slice(b" HTTP/1.1\r\n");
}

/// Writes the first line of an answer; an unusual reason if there is one.
pub(crate) fn write_status_line(out: &mut Vec<u8>, status: StatusCode, reason: Option<&[u8]>) {
    if status == StatusCode::OK && reason.is_none() {
        return out.extend_from_slice(b"HTTP/1.1 200 OK\r\n");
    }
    out.extend_from_slice(b"HTTP/1.1 ");
    out.extend_from_slice(status.as_str().as_bytes());
    out.push(b' ');
    // The space stays, and the reason may be empty (RFC 9112, section 4).
    out.extend_from_slice(reason.unwrap_or_else(|| status.canonical_reason().unwrap_or_default().as_bytes()));
    out.extend_from_slice(b"\r\n");
}

/// Writes fields, each on a line of its own. Names and values were checked when they were made: no line ends within one.
pub(crate) fn write_headers<'a>(
    out: &mut Vec<u8>,
    fields: impl IntoIterator<Item = (&'a HeaderName, &'a HeaderValue)>,
) {
    for (name, value) in fields {
        write_header(out, name.as_str(), value.as_bytes());
    }
}

/// Writes the fields behind a body, but for those that must not stand there.
pub(super) fn write_trailers(out: &mut Vec<u8>, trailers: &HeaderMap) {
    for (name, value) in trailers {
        if !NEVER_TRAILERS.contains(name) {
            write_header(out, name.as_str(), value.as_bytes());
        }
    }
}

pub(crate) fn write_header(out: &mut Vec<u8>, name: &str, value: &[u8]) {
    out.extend_from_slice(name.as_bytes());
    out.extend_from_slice(b": ");
    out.extend_from_slice(value);
    out.extend_from_slice(b"\r\n");
}

/// Writes the line before a chunk's data.
pub(super) fn write_chunk_size(out: &mut Vec<u8>, size: usize) {
    // A vector takes all that is written to it.
    write!(out, "{size:x}\r\n").ok();
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_target_has_a_path() {
        for (uri, expected) in [("http://h?b", "/?b"), ("http://h", "/"), ("/a?b", "/a?b"), ("*", "*")] {
            let mut out = Vec::new();
            write_request_line(&mut out, &Method::GET, &uri.parse().unwrap());
            assert_eq!(String::from_utf8(out).unwrap(), format!("GET {expected} HTTP/1.1\r\n"));
        }
    }
}
