use http::header::{self, HeaderName};

use super::malformed::Malformed;

/// The name of a field, of bytes that a name may have.
///
/// Most fields have one of a few names. To compare with all of one length costs a fraction of what it does to look any name
/// up.
#[inline]
pub(super) fn name_of(bytes: &[u8]) -> Result<HeaderName, Malformed> {
    Ok(match bytes.len() {
        4 if is(bytes, b"date") => header::DATE,
        4 if is(bytes, b"etag") => header::ETAG,
        4 if is(bytes, b"host") => header::HOST,
        4 if is(bytes, b"vary") => header::VARY,
        6 if is(bytes, b"accept") => header::ACCEPT,
        6 if is(bytes, b"cookie") => header::COOKIE,
        6 if is(bytes, b"server") => header::SERVER,
        7 if is(bytes, b"referer") => header::REFERER,
        10 if is(bytes, b"connection") => header::CONNECTION,
        10 if is(bytes, b"set-cookie") => header::SET_COOKIE,
        10 if is(bytes, b"user-agent") => header::USER_AGENT,
        12 if is(bytes, b"content-type") => header::CONTENT_TYPE,
        13 if is(bytes, b"cache-control") => header::CACHE_CONTROL,
        13 if is(bytes, b"if-none-match") => header::IF_NONE_MATCH,
        13 if is(bytes, b"last-modified") => header::LAST_MODIFIED,
        14 if is(bytes, b"content-length") => header::CONTENT_LENGTH,
        15 if is(bytes, b"accept-encoding") => header::ACCEPT_ENCODING,
        15 if is(bytes, b"accept-language") => header::ACCEPT_LANGUAGE,
        16 if is(bytes, b"content-encoding") => header::CONTENT_ENCODING,
        17 if is(bytes, b"transfer-encoding") => header::TRANSFER_ENCODING,
        _ => HeaderName::from_bytes(bytes).map_err(|_| Malformed::Syntax("a field's name is malformed"))?,
    })
}

/// Whether the proxy asks for a field of this name, so that it belongs into a map: it frames the message, is meant for one hop, or says
/// who asks for what. All others are only passed on.
#[inline]
pub(crate) fn is_asked_for(name: &[u8]) -> bool {
    match name.len() {
        2 => is(name, b"te"),
        4 => is(name, b"host"),
        6 => is(name, b"expect"),
        7 => is(name, b"trailer") || is(name, b"upgrade"),
        9 => is(name, b"forwarded"),
        10 => is(name, b"connection") || is(name, b"keep-alive"),
        13 => is(name, b"x-origin-host"),
        14 => is(name, b"content-length"),
        15 => is(name, b"x-forwarded-for"),
        16 => is(name, b"proxy-connection") || is(name, b"x-forwarded-host"),
        17 => is(name, b"transfer-encoding") || is(name, b"x-forwarded-proto"),
        18 => is(name, b"proxy-authenticate"),
        19 => is(name, b"proxy-authorization"),
        _ => false,
    }
}

/// Whether this is a name of small letters and hyphens, in letters of any size. No other byte of a name, or of a value, becomes
/// one of these by this bit.
#[inline]
pub(super) fn is<const LENGTH: usize>(bytes: &[u8], name: &[u8; LENGTH]) -> bool {
    let Ok(bytes) = <&[u8; LENGTH]>::try_from(bytes) else { return false };
    let mut difference = 0;
    for index in 0..LENGTH {
        difference |= (bytes[index] | 0x20) ^ name[index];
    }
    difference == 0
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
        for bad in ["", "a b", "hos\u{7f}", "HOS\0", "\u{8}ost"] {
            assert!(name_of(bad.as_bytes()).is_err(), "{bad:?}");
        }
    }
}
