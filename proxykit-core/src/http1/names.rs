use http::header::{self, HeaderName};

use super::malformed::Malformed;

/// The name of a field.
///
/// Most fields have one of a few names, which length and first letter nearly tell: to compare with one costs half of what it
/// does to look any name up.
pub(super) fn name_of(bytes: &[u8]) -> Result<HeaderName, Malformed> {
    let first = bytes.first().map_or(0, |first| first | 0x20);
    let usual = match (bytes.len(), first) {
        (4, b'd') => header::DATE,
        (4, b'e') => header::ETAG,
        (4, b'h') => header::HOST,
        (4, b'v') => header::VARY,
        (6, b'a') => header::ACCEPT,
        (6, b'c') => header::COOKIE,
        (6, b's') => header::SERVER,
        (7, b'r') => header::REFERER,
        (10, b'c') => header::CONNECTION,
        (10, b's') => header::SET_COOKIE,
        (10, b'u') => header::USER_AGENT,
        (12, b'c') => header::CONTENT_TYPE,
        (13, b'c') => header::CACHE_CONTROL,
        (13, b'i') => header::IF_NONE_MATCH,
        (13, b'l') => header::LAST_MODIFIED,
        (14, b'c') => header::CONTENT_LENGTH,
        (15, b'a') if bytes[7] | 0x20 == b'e' => header::ACCEPT_ENCODING,
        (15, b'a') => header::ACCEPT_LANGUAGE,
        (16, b'c') => header::CONTENT_ENCODING,
        (17, b't') => header::TRANSFER_ENCODING,
        _ => return other(bytes),
    };
    if usual.as_str().as_bytes().eq_ignore_ascii_case(bytes) { Ok(usual) } else { other(bytes) }
}

fn other(bytes: &[u8]) -> Result<HeaderName, Malformed> {
    HeaderName::from_bytes(bytes).map_err(|_| Malformed::Syntax("a field's name is malformed"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_what_it_says() {
        let usual = [
            "date",
            "etag",
            "host",
            "vary",
            "accept",
            "cookie",
            "server",
            "referer",
            "connection",
            "set-cookie",
            "user-agent",
            "content-type",
            "cache-control",
            "if-none-match",
            "last-modified",
            "content-length",
            "accept-encoding",
            "accept-language",
            "content-encoding",
            "transfer-encoding",
        ];
        let others =
            ["accept-charsets", "hosts", "x", "content-lengtx", "dave", "access-control-allow-origin"];
        for name in usual.iter().chain(&others) {
            for spelled in [name.to_string(), name.to_uppercase()] {
                assert_eq!(name_of(spelled.as_bytes()).unwrap().as_str(), *name);
            }
        }
        for bad in ["", "a b", "hos\u{7f}", "HOS\0"] {
            assert!(name_of(bad.as_bytes()).is_err(), "{bad:?}");
        }
    }
}
