//! The syntax of `Forwarded` (RFC 7239): writing one element, and reading who the clients were.

use std::net::{IpAddr, Ipv6Addr, SocketAddr};

/// `for=192.0.2.1;proto=http;host=name.example`.
pub(super) fn element(client: Option<IpAddr>, proto: &str, host: Option<&str>) -> String {
    let client = match client {
        // Section 6: the brackets and colons make it no token, so that it is quoted.
        Some(IpAddr::V6(address)) => format!("\"[{address}]\""),
        Some(IpAddr::V4(address)) => address.to_string(),
        None => "unknown".into(),
    };
    let host = host.map_or(String::new(), |host| format!(";host={}", quoted_if_needed(host)));
    format!("for={client};proto={proto}{host}")
}

/// A value as a token, or else quoted, so that nothing in it ends it (RFC 9110, section 5.6.4).
fn quoted_if_needed(value: &str) -> String {
    if !value.is_empty() && value.bytes().all(is_token_byte) {
        return value.to_owned();
    }
    let mut quoted = String::from("\"");
    for character in value.chars() {
        if matches!(character, '"' | '\\') {
            quoted.push('\\');
        }
        quoted.push(character);
    }
    quoted + "\""
}

fn is_token_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte)
}

/// The elements of one field, from its first to its last; none if it does not end as it should.
pub(super) fn elements(field: &str) -> Option<Vec<&str>> {
    split(field, ',')
}

/// The address in `for=` of an element; none if there is no such pair, or none that is an address.
pub(super) fn client_of(element: &str) -> Option<IpAddr> {
    let pairs = split(element, ';')?;
    let mut clients = pairs.into_iter().filter_map(|pair| {
        let (name, value) = pair.split_once('=')?;
        name.trim().eq_ignore_ascii_case("for").then(|| value.trim())
    });
    // Section 4: each parameter once at most. Which of two counts, nobody could say.
    let (Some(client), None) = (clients.next(), clients.next()) else { return None };
    address_of(&unquoted(client)?)
}

/// The parts between separators that do not stand in quotes; none if a quote is left open.
fn split(text: &str, separator: char) -> Option<Vec<&str>> {
    let (mut parts, mut begin, mut quoted, mut escaped) = (Vec::new(), 0, false, false);
    for (index, character) in text.char_indices() {
        match character {
            _ if escaped => escaped = false,
            '\\' if quoted => escaped = true,
            '"' => quoted = !quoted,
            _ if character == separator && !quoted => {
                parts.push(text[begin..index].trim());
                begin = index + 1;
            }
            _ => {}
        }
    }
    parts.push(text[begin..].trim());
    (!quoted).then_some(parts)
}

fn unquoted(value: &str) -> Option<String> {
    let Some(inner) = value.strip_prefix('"') else {
        return value.bytes().all(is_token_byte).then(|| value.to_owned());
    };
    let (mut text, mut characters) = (String::new(), inner.strip_suffix('"')?.chars());
    while let Some(character) = characters.next() {
        match character {
            '"' => return None,
            '\\' => text.push(characters.next()?),
            _ => text.push(character),
        }
    }
    Some(text)
}

/// Section 6: an address, that of IPv6 in brackets, and perhaps a port behind it.
fn address_of(node: &str) -> Option<IpAddr> {
    if let Some(inner) = node.strip_prefix('[').and_then(|node| node.strip_suffix(']')) {
        return inner.parse::<Ipv6Addr>().ok().map(IpAddr::V6);
    }
    if let Ok(address) = node.parse::<SocketAddr>() {
        return Some(address.ip());
    }
    match node.parse() {
        Ok(IpAddr::V4(address)) => Some(address.into()),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn ip(text: &str) -> Option<IpAddr> {
        Some(text.parse().unwrap())
    }

    #[test]
    fn an_element_is_written() {
        for (client, host, expected) in [
            (ip("192.0.2.1"), Some("a.example"), "for=192.0.2.1;proto=http;host=a.example"),
            (ip("2001:db8::1"), Some("a:81"), "for=\"[2001:db8::1]\";proto=http;host=\"a:81\""),
            (None, Some("[::1]:80"), "for=unknown;proto=http;host=\"[::1]:80\""),
            (None, None, "for=unknown;proto=http"),
            (None, Some("a\",for=6.6.6.6\\"), "for=unknown;proto=http;host=\"a\\\",for=6.6.6.6\\\\\""),
        ] {
            assert_eq!(element(client, "http", host), expected);
        }
    }

    #[test]
    fn clients_are_read() {
        for (element, expected) in [
            ("for=192.0.2.1", "192.0.2.1"),
            ("proto=https; For = \"192.0.2.1:81\" ;by=x", "192.0.2.1"),
            ("FOR=\"[2001:db8::1]\"", "2001:db8::1"),
            ("for=\"[2001:db8::1]:81\"", "2001:db8::1"),
            ("for=\"192.0.2.\\1\"", "192.0.2.1"),
            ("for=\"192.0.2.1:_port\"", ""),
            ("for=2001:db8::1", ""),
            ("for=\"2001:db8::1\"", ""),
            ("for=unknown", ""),
            ("for=_hidden", ""),
            ("for=\"192.0.2.1", ""),
            ("for=192.0.2.1\"", ""),
            ("for=\"192.0.2.1\"x", ""),
            ("for=192.0.2.1;for=192.0.2.2", ""),
            ("host=\"x;for=192.0.2.1\"", ""),
            ("by=192.0.2.1", ""),
            ("for", ""),
            ("", ""),
        ] {
            assert_eq!(client_of(element), expected.parse().ok(), "{element}");
        }
    }

    #[test]
    fn commas_in_quotes_are_no_separators() {
        assert_eq!(elements("a=\"1,2\", b=3"), Some(vec!["a=\"1,2\"", "b=3"]));
        assert_eq!(elements("a=\"\\\",\",b"), Some(vec!["a=\"\\\",\"", "b"]));
        assert_eq!(elements("a=\"1, b=3"), None);
        assert_eq!(elements("a=\"\\\""), None);
    }

    proptest! {
        #[test]
        fn no_host_ends_its_element(host in "\\PC*", v6 in any::<bool>(), bits in any::<u128>()) {
            let address = if v6 { IpAddr::from(bits.to_be_bytes()) } else { IpAddr::from((bits as u32).to_be_bytes()) };
            let written = element(Some(address), "http", Some(&host));
            let field = format!("for=10.0.0.1, {written}");
            let read = elements(&field).unwrap();
            prop_assert_eq!(&read[..], ["for=10.0.0.1", written.as_str()]);
            prop_assert_eq!(client_of(read[1]), Some(address));
        }

        #[test]
        fn any_text_is_read_without_a_panic(text in "[\\PC\"\\\\,;=for\\[\\]:.0-9]*") {
            for element in elements(&text).unwrap_or_default() {
                client_of(element);
            }
        }
    }
}
