use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use crate::error::{Error, ErrorKind, Result};

/// The longest prefix, in bytes and in segments: more than any path that means something, and little enough for a walk
/// down the table of routes, on whatever stack a host's thread has.
const MOST_BYTES: usize = 2048;
const MOST_SEGMENTS: usize = 64;

/// A route's path prefix, in its normal form: `/`, or `/x/`.
///
/// `/x/` takes the paths `/x` and `/x/…`, and not `/xy`. It is compared byte for byte with the raw path of a
/// request: nothing is decoded.
///
/// ```
/// use proxykit_core::Prefix;
/// assert_eq!("/api".parse::<Prefix>()?.as_str(), "/api/");
/// # Ok::<(), proxykit_core::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Prefix(Arc<str>);

impl Prefix {
    /// The normal form: it begins and ends with a slash.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The segments between the slashes; none for `/`.
    pub fn segments(&self) -> impl Iterator<Item = &str> {
        self.0.split('/').filter(|segment| !segment.is_empty())
    }
}

impl FromStr for Prefix {
    type Err = Error;

    /// Reads a prefix; the slashes at its ends may be left out.
    fn from_str(text: &str) -> Result<Self> {
        let invalid =
            |why: &str| Error::new(ErrorKind::InvalidPrefix, format!("invalid prefix {text:?}: {why}"));
        if text.len() > MOST_BYTES || text.matches('/').count() > MOST_SEGMENTS + 1 {
            let sizes = format!("{} bytes, {} slashes", text.len(), text.matches('/').count());
            let rule = format!("it must have at most {MOST_BYTES} bytes and {MOST_SEGMENTS} segments");
            return Err(Error::new(ErrorKind::InvalidPrefix, format!("invalid prefix of {sizes}: {rule}")));
        }
        if text.is_empty() {
            return Err(invalid("it is empty; the prefix of all paths is \"/\""));
        }
        let inner = text.strip_prefix('/').unwrap_or(text);
        let inner = inner.strip_suffix('/').unwrap_or(inner);
        if inner.is_empty() {
            // "//" leaves nothing between its slashes either, and is a typing error more often than "/".
            return if text == "/" {
                Ok(Prefix("/".into()))
            } else {
                Err(invalid("it has an empty segment"))
            };
        }
        for segment in inner.split('/') {
            check_segment(segment).map_err(invalid)?;
        }
        Ok(Prefix(format!("/{inner}/").into()))
    }
}

/// A segment as RFC 3986, section 3.3 writes it (`pchar`), and no dot segment, which clients remove before sending.
fn check_segment(segment: &str) -> Result<(), &'static str> {
    if segment.is_empty() {
        return Err("it has an empty segment");
    }
    if segment == "." || segment == ".." {
        return Err("it has a dot segment");
    }
    let bytes = segment.as_bytes();
    for (index, byte) in bytes.iter().enumerate() {
        match byte {
            b'%' => {
                let digits = bytes.get(index + 1..index + 3);
                if !digits.is_some_and(|digits| digits.iter().all(u8::is_ascii_hexdigit)) {
                    return Err("a percent sign must be followed by two hexadecimal digits");
                }
            }
            b'?' | b'#' => return Err("a path has neither query nor fragment"),
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => {}
            b'!' | b'$' | b'&' | b'\'' | b'(' | b')' | b'*' | b'+' | b',' | b';' | b'=' | b':' | b'@' => {}
            _ => return Err("it has a character that must be percent-encoded in a path"),
        }
    }
    Ok(())
}

impl fmt::Display for Prefix {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn prefixes_have_one_normal_form() {
        for (text, normal) in
            [("/", "/"), ("/x", "/x/"), ("x", "/x/"), ("x/", "/x/"), ("/a/b%2Fc", "/a/b%2Fc/")]
        {
            assert_eq!(text.parse::<Prefix>().unwrap().as_str(), normal);
        }
    }

    #[test]
    fn bad_prefixes_name_themselves() {
        for text in
            ["", "//", "/a//b", "/a/../b", "/.", "/a b", "/a?b", "/a#b", "/%zz", "/%2", "/é", "/a\n", "/a\\b"]
        {
            let error = text.parse::<Prefix>().unwrap_err();
            assert_eq!(error.kind(), ErrorKind::InvalidPrefix, "{text}");
            assert!(error.to_string().contains(&format!("{text:?}")), "{error}");
        }
    }

    #[test]
    fn a_prefix_has_an_end() {
        assert!("/a".repeat(64).parse::<Prefix>().is_ok());
        assert!(format!("/{}", "a".repeat(2000)).parse::<Prefix>().is_ok());
        for text in ["/a".repeat(66), format!("/{}", "a".repeat(2048)), "/a".repeat(100_000)] {
            let error = text.parse::<Prefix>().unwrap_err();
            assert_eq!(error.kind(), ErrorKind::InvalidPrefix);
            assert!(error.to_string().len() < 200, "{error}");
        }
    }

    proptest! {
        #[test]
        fn the_normal_form_is_stable(text in "[ -~]{0,12}") {
            if let Ok(prefix) = text.parse::<Prefix>() {
                prop_assert!(prefix.as_str().starts_with('/') && prefix.as_str().ends_with('/'));
                prop_assert_eq!(prefix.as_str().parse::<Prefix>().unwrap(), prefix);
            }
        }
    }
}
