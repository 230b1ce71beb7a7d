use http::{HeaderMap, HeaderName, HeaderValue};

/// Tells the backend whom the client's certificate is for, and removes what the client says of it itself.
///
/// Names that differ in `_` for `-` only go as well: for CGI, WSGI and their like the two are one variable.
pub(super) fn tell(headers: &mut HeaderMap, name: &HeaderName, subject: Option<&HeaderValue>) {
    let is_same = |other: &HeaderName| {
        let bytes = |name: &HeaderName| name.as_str().replace('_', "-");
        other.as_str().len() == name.as_str().len() && bytes(other) == bytes(name)
    };
    let said: Vec<HeaderName> = headers.keys().filter(|other| is_same(other)).cloned().collect();
    for name in said {
        headers.remove(name);
    }
    if let Some(subject) = subject {
        headers.insert(name.clone(), subject.clone());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_proxy_says_who_the_client_is() {
        let name = HeaderName::from_static("x-client-subject");
        let said = [("x-client-subject", "a"), ("x_client-subject", "b"), ("x-client-subjects", "kept")];
        let mut headers: HeaderMap = said
            .iter()
            .chain(&said)
            .map(|(name, value)| (HeaderName::from_static(name), HeaderValue::from_static(value)))
            .collect();
        tell(&mut headers, &name, Some(&HeaderValue::from_static("CN=alice")));
        assert_eq!(headers.get_all(&name).iter().collect::<Vec<_>>(), ["CN=alice"]);
        assert!(!headers.contains_key("x_client-subject"));
        assert!(headers.contains_key("x-client-subjects"));
        tell(&mut headers, &name, None);
        assert!(!headers.contains_key(&name));
    }
}
