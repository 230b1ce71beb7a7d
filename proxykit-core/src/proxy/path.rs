use http::Uri;
use http::uri::PathAndQuery;

use crate::config::Prefix;
use crate::error::{Error, ErrorKind, Result};

/// The raw path and query that a client asks for.
pub(super) fn target_of(uri: &Uri) -> PathAndQuery {
    uri.path_and_query().cloned().unwrap_or_else(|| PathAndQuery::from_static("/"))
}

/// The target that a backend gets: the raw path without the prefix, joined to the base path, and the query.
///
/// Not a byte is decoded or changed on the way: `/x/a%2Fb?q` with the prefix `/x/` and the base `/base` becomes
/// `/base/a%2Fb?q`. A path with nothing behind the prefix becomes the base itself.
pub(super) fn rewrite(given: &PathAndQuery, prefix: &Prefix, strip: bool, base: &str) -> Result<Uri> {
    let joined = join(given.as_str(), if strip { prefix.as_str() } else { "/" }, base);
    let target = match joined {
        None => given.clone(),
        Some(joined) => PathAndQuery::try_from(joined)
            .map_err(|error| Error::from(ErrorKind::BadRequest).because(error))?,
    };
    Ok(Uri::from(target))
}

/// None if nothing changes.
fn join(given: &str, prefix: &str, base: &str) -> Option<String> {
    if prefix.len() == 1 && base.is_empty() {
        return None;
    }
    // The path is the prefix and more, or the prefix without its last slash.
    let (slash, rest) = match given.strip_prefix(prefix) {
        Some(rest) => ("/", rest),
        None => ("", &given[(prefix.len() - 1).min(given.len())..]),
    };
    let slash = if base.is_empty() { "/" } else { slash };
    Some([base, slash, rest].concat())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn rewritten(target: &str, prefix: &str, strip: bool, base: &str) -> String {
        rewrite(&target_of(&target.parse().unwrap()), &prefix.parse().unwrap(), strip, base)
            .unwrap()
            .to_string()
    }

    #[test]
    fn the_prefix_goes_and_the_base_comes() {
        for (target, prefix, base, expected) in [
            ("/x/a%2Fb?q", "/x/", "/base", "/base/a%2Fb?q"),
            ("/x/a%2Fb?q", "/x/", "", "/a%2Fb?q"),
            ("/x", "/x/", "", "/"),
            ("/x?q", "/x/", "", "/?q"),
            ("/x/", "/x/", "", "/"),
            ("/x", "/x/", "/base", "/base"),
            ("/x?q=/x/", "/x/", "/base", "/base?q=/x/"),
            ("/x/", "/x/", "/base", "/base/"),
            ("/x//y", "/x/", "", "//y"),
            ("/a/b/c", "/a/b/", "/d/e", "/d/e/c"),
            ("/y", "/", "/base", "/base/y"),
            ("/", "/", "", "/"),
            ("/y?q", "/", "", "/y?q"),
            ("http://h/x/y", "/x/", "", "/y"),
        ] {
            assert_eq!(rewritten(target, prefix, true, base), expected, "{target} {prefix} {base}");
        }
        assert_eq!(rewritten("/x/y?q", "/x/", false, "/base"), "/base/x/y?q");
        assert_eq!(rewritten("/x/y?q", "/x/", false, ""), "/x/y?q");
    }

    proptest! {
        #[test]
        fn what_follows_the_prefix_is_kept_byte_for_byte(
            segment in "[a-z]{1,4}", rest in "[a-zA-Z0-9/%.~!$&'()*+,;=:@_-]{0,20}", query in "(\\?[a-z0-9/?=&%]{0,10})?", base in "(/[a-z]{1,3}){0,2}",
        ) {
            let target = format!("/{segment}/{rest}{query}");
            let prefix = format!("/{segment}");
            prop_assert_eq!(rewritten(&target, &prefix, true, &base), format!("{base}/{rest}{query}"));
            prop_assert_eq!(rewritten(&target, &prefix, false, &base), format!("{base}{target}"));
        }
    }
}
