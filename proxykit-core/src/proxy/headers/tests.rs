use http::Request;
use proptest::prelude::*;

use super::*;
use crate::config::ManagerOptions;

fn cleaned(headers: &[(&str, &str)]) -> Result<HeaderMap> {
    cleaned_of(headers, false)
}

fn cleaned_of(headers: &[(&str, &str)], trusted: bool) -> Result<HeaderMap> {
    let mut request = Request::builder().uri("/x").version(Version::HTTP_11);
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    let mut request = request.body(()).unwrap();
    let trusted_proxies = if trusted { &["192.0.2.0/24"][..] } else { &[] };
    let forwarding = Forwarding::new(&ManagerOptions::default().with_trusted_proxies(trusted_proxies)?);
    let present = Present::of(request.headers());
    let client = Client::at("192.0.2.1:99".parse().unwrap(), None);
    let announced = clean_request(&mut request, None, present, &client, &forwarding)?;
    let mut headers = request.into_parts().0.headers;
    for (name, value) in announced.fields().into_iter().flatten() {
        headers.append(name, value.clone());
    }
    Ok(headers)
}

fn value<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    let mut values = headers.get_all(name).iter();
    let first = values.next().map(|value| value.to_str().unwrap());
    assert!(values.next().is_none(), "{name} stands twice");
    first
}

#[test]
fn a_client_cannot_strike_out_what_the_proxy_sets() {
    let headers = cleaned(&[
        ("host", "shop.example"),
        ("connection", "X-Forwarded-Host, x-forwarded-for, Host, content-length, X-Own, close"),
        ("content-length", "3"),
        ("x-own", "1"),
        ("x-other", "2"),
        ("x-forwarded-host", "evil.example"),
        ("x-forwarded-proto", "https"),
        ("x-origin-host", "evil.example"),
    ])
    .unwrap();
    assert_eq!(value(&headers, "x-origin-host"), None);
    assert_eq!(value(&headers, "x-forwarded-host"), Some("shop.example"));
    assert_eq!(value(&headers, "x-forwarded-proto"), Some("http"));
    assert_eq!(value(&headers, "x-forwarded-for"), Some("192.0.2.1"));
    assert_eq!(value(&headers, "host"), Some("shop.example"));
    assert_eq!(value(&headers, "content-length"), Some("3"));
    assert_eq!(value(&headers, "x-own"), None);
    assert_eq!(value(&headers, "x-other"), Some("2"));
    assert_eq!(value(&headers, "connection"), None);
}

#[test]
fn a_trusted_proxy_is_believed() {
    let given = [("host", "inner"), ("x-forwarded-host", "shop.example"), ("x-forwarded-proto", "https")];
    let headers = cleaned_of(&given, true).unwrap();
    assert_eq!(value(&headers, "x-forwarded-host"), Some("shop.example"));
    assert_eq!(value(&headers, "x-forwarded-proto"), Some("https"));
    assert_eq!(value(&headers, "host"), Some("inner"));
    let strikes_out = [given[0], given[1], given[2], ("connection", "x-forwarded-host, x-forwarded-proto")];
    for given in [&given[..1], &strikes_out] {
        let headers = cleaned_of(given, true).unwrap();
        assert_eq!(value(&headers, "x-forwarded-host"), Some("inner"));
        assert_eq!(value(&headers, "x-forwarded-proto"), Some("http"));
    }
}

#[test]
fn the_hops_own_framing_goes() {
    let given = [("host", "h"), ("transfer-encoding", "chunked"), ("te", "trailers, deflate;q=0.5")];
    let headers = cleaned(&given).unwrap();
    assert_eq!(value(&headers, "transfer-encoding"), None);
    assert_eq!(value(&headers, "te"), Some("trailers"));
    let headers = cleaned(&[("host", "h"), ("te", "deflate")]).unwrap();
    assert!(!headers.contains_key("transfer-encoding") && !headers.contains_key("te"));
}

#[test]
fn a_request_has_one_host() {
    for headers in [&[][..], &[("host", "a"), ("host", "b")]] {
        assert_eq!(cleaned(headers).unwrap_err().kind(), ErrorKind::BadRequest);
    }
}

proptest! {
    #[test]
    fn nothing_of_the_hop_remains(
        listed in prop::collection::vec("[a-c]{1,2}", 0..4), present in prop::collection::vec("[a-c]{1,2}", 0..6),
    ) {
        let connection = listed.join(" ,");
        let mut given = vec![("host", "h"), ("connection", connection.as_str()), ("keep-alive", "1"), ("upgrade", "x")];
        given.extend(present.iter().map(|name| (name.as_str(), "v")));
        let headers = cleaned(&given).unwrap();
        for name in ["connection", "keep-alive", "upgrade", "proxy-connection"] {
            prop_assert!(!headers.contains_key(name));
        }
        for name in &present {
            prop_assert_eq!(headers.contains_key(name.as_str()), !listed.contains(name));
        }
    }
}
