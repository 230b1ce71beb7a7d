use std::net::SocketAddr;

use super::*;

fn forwarding(headers: ForwardedHeaders) -> Forwarding {
    let options = ManagerOptions::default().with_trusted_proxies(["10.0.0.0/8"]).unwrap();
    Forwarding::new(&ManagerOptions { forwarded_headers: headers, ..options })
}

fn client(address: &str) -> Client {
    Client::at(SocketAddr::new(address.parse().unwrap(), 1), None)
}

fn given(name: &HeaderName, values: &[&'static str]) -> HeaderMap {
    let mut headers = HeaderMap::new();
    for value in values {
        headers.append(name, HeaderValue::from_static(value));
    }
    headers
}

fn believed(kind: ForwardedHeaders, name: &HeaderName, peer: &str, values: &[&'static str]) -> String {
    let (forwarding, client) = (forwarding(kind), client(peer));
    let mut headers = given(name, values);
    let present = Present::of(&headers);
    forwarding.announce(&mut headers, present, &client, None);
    forwarding.believed_address(&headers, &client).unwrap().to_string()
}

/// What is there after `announce`, as one text.
fn announced(kind: ForwardedHeaders, peer: &Client, headers: &[(&'static str, &'static str)]) -> Vec<String> {
    let mut map = HeaderMap::new();
    for (name, value) in headers {
        map.append(*name, HeaderValue::from_static(value));
    }
    let present = Present::of(&map);
    let host = HeaderValue::from_static("shop:81");
    let announced = forwarding(kind).announce(&mut map, present, peer, Some(&host));
    let all = map.iter().chain(announced.fields().into_iter().flatten());
    let mut fields: Vec<String> =
        all.map(|(name, value)| format!("{name}: {}", value.to_str().unwrap())).collect();
    fields.sort();
    fields
}

const SENT: [(&str, &str); 4] = [
    ("forwarded", "for=1.1.1.1"),
    ("x-forwarded-for", "2.2.2.2"),
    ("x-forwarded-host", "other"),
    ("x-forwarded-proto", "https"),
];

#[test]
fn strangers_say_nothing_for_us() {
    let stranger = client("192.0.2.9");
    let own = "forwarded: for=192.0.2.9;proto=http;host=\"shop:81\"";
    let x_own =
        ["x-forwarded-for: 2.2.2.2, 192.0.2.9", "x-forwarded-host: shop:81", "x-forwarded-proto: http"];
    assert_eq!(announced(ForwardedHeaders::XForwarded, &stranger, &SENT), x_own);
    assert_eq!(announced(ForwardedHeaders::Forwarded, &stranger, &SENT), [own]);
    assert_eq!(announced(ForwardedHeaders::Both, &stranger, &SENT), [&[own], &x_own[..]].concat());
    assert_eq!(announced(ForwardedHeaders::Forwarded, &stranger, &[]), [own]);
    // Nor does somebody whose proxy does not say who it is, be that proxy trusted.
    let unnamed = Client::unnamed_at("10.0.0.1:1".parse().unwrap(), None);
    let own = "forwarded: for=10.0.0.1;proto=http;host=\"shop:81\"";
    assert_eq!(announced(ForwardedHeaders::Forwarded, &unnamed, &SENT), [own]);
}

#[test]
fn what_trusted_proxies_say_is_kept_and_added_to() {
    let proxy = client("10.0.0.1");
    let own = "forwarded: for=1.1.1.1, for=10.0.0.1;proto=http;host=\"shop:81\"";
    let sent = ["x-forwarded-for: 2.2.2.2", "x-forwarded-host: other", "x-forwarded-proto: https"];
    let x_own = ["x-forwarded-for: 2.2.2.2, 10.0.0.1", sent[1], sent[2]];
    assert_eq!(
        announced(ForwardedHeaders::XForwarded, &proxy, &SENT),
        [&["forwarded: for=1.1.1.1"], &x_own[..]].concat()
    );
    assert_eq!(announced(ForwardedHeaders::Forwarded, &proxy, &SENT), [&[own], &sent[..]].concat());
    assert_eq!(announced(ForwardedHeaders::Both, &proxy, &SENT), [&[own], &x_own[..]].concat());
    let own = "forwarded: for=1.1.1.1, for=unknown;proto=http;host=\"shop:81\"";
    let socket = Client::on_unix_socket();
    assert_eq!(announced(ForwardedHeaders::Forwarded, &socket, &SENT), [&[own], &sent[..]].concat());
}

#[test]
fn what_would_swallow_our_own_word_goes() {
    for sent in
        [&[("forwarded", "for=\"1.1.1.1")][..], &[("forwarded", "for=1.1.1.1"), ("forwarded", "host=\"\\\"")]]
    {
        let fields = announced(ForwardedHeaders::Forwarded, &client("10.0.0.1"), sent);
        assert_eq!(fields, ["forwarded: for=10.0.0.1;proto=http;host=\"shop:81\""]);
    }
}

#[test]
fn forwarded_for_grows_at_its_end() {
    let mut headers = given(&X_FORWARDED_FOR, &["1.1.1.1", "2.2.2.2, 3.3.3.3"]);
    let present = Present::of(&headers);
    let client = client("192.0.2.1");
    let announced = forwarding(ForwardedHeaders::XForwarded).announce(&mut headers, present, &client, None);
    assert!(announced.address.is_none());
    let values: Vec<_> = headers.get_all(&X_FORWARDED_FOR).iter().collect();
    assert_eq!(values, ["1.1.1.1, 2.2.2.2, 3.3.3.3, 192.0.2.1"]);
}

#[test]
fn only_trusted_proxies_are_believed() {
    for (peer, said, expected) in [
        ("192.0.2.9", vec!["1.1.1.1"], "192.0.2.9"),
        ("10.0.0.1", vec![], "10.0.0.1"),
        ("10.0.0.1", vec!["1.1.1.1"], "1.1.1.1"),
        ("10.0.0.1", vec!["6.6.6.6, 1.1.1.1, 10.9.9.9"], "1.1.1.1"),
        ("10.0.0.1", vec!["6.6.6.6", "1.1.1.1"], "1.1.1.1"),
        ("10.0.0.1", vec!["garbage, 10.0.0.2"], "10.0.0.2"),
        ("10.0.0.1", vec!["10.0.0.3"], "10.0.0.3"),
        ("::ffff:10.0.0.1", vec!["2001:db8::1"], "2001:db8::1"),
    ] {
        for kind in [ForwardedHeaders::XForwarded, ForwardedHeaders::Both] {
            assert_eq!(believed(kind, &X_FORWARDED_FOR, peer, &said), expected, "{peer} {said:?}");
        }
        // The other header does not count.
        assert!(peer.ends_with(&believed(ForwardedHeaders::Forwarded, &X_FORWARDED_FOR, peer, &said)));
    }
}

#[test]
fn forwarded_is_read_where_it_counts() {
    for (peer, said, expected) in [
        ("192.0.2.9", vec!["for=1.1.1.1"], "192.0.2.9"),
        ("10.0.0.1", vec![], "10.0.0.1"),
        ("10.0.0.1", vec!["for=6.6.6.6, for=1.1.1.1;proto=https, for=\"10.9.9.9:81\""], "1.1.1.1"),
        ("10.0.0.1", vec!["for=6.6.6.6", "for=\"[2001:db8::1]\""], "2001:db8::1"),
        ("10.0.0.1", vec!["for=6.6.6.6, for=unknown, for=10.0.0.2"], "10.0.0.2"),
        ("10.0.0.1", vec!["for=6.6.6.6, for=\"1.1.1.1"], "10.0.0.1"),
        ("10.0.0.1", vec!["for=\"[::ffff:1.1.1.1]\""], "1.1.1.1"),
    ] {
        let read = believed(ForwardedHeaders::Forwarded, &header::FORWARDED, peer, &said);
        assert_eq!(read, expected, "{peer} {said:?}");
        assert_eq!(
            believed(ForwardedHeaders::Both, &header::FORWARDED, peer, &said),
            peer,
            "only the other counts"
        );
    }
}

#[test]
fn a_unix_socket_is_believed_and_a_stranger_is_not() {
    let headers = given(&X_FORWARDED_FOR, &["6.6.6.6, 1.1.1.1"]);
    let forwarding = forwarding(ForwardedHeaders::XForwarded);
    let address = forwarding.believed_address(&headers, &Client::on_unix_socket());
    assert_eq!(address, Some("1.1.1.1".parse().unwrap()));
    assert_eq!(forwarding.believed_address(&headers, &Client::unknown()), None);
}
