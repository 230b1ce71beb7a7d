//! Requests that no backend gets to see.

use proxykit_tests::client::Request;

use crate::{Proxy, backend, reported};

#[test]
fn requests_that_cannot_be_passed_on() {
    let a = backend("a");
    let proxy = Proxy::before(&a);
    for (request, status, kind) in [
        ("GET / HTTP/1.1\r\n\r\n", 400, "bad_request"),
        ("GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", 400, "bad_request"),
        ("CONNECT h:80 HTTP/1.1\r\nHost: h:80\r\n\r\n", 501, "method_not_supported"),
        ("OPTIONS * HTTP/1.1\r\nHost: h\r\n\r\n", 404, "no_route"),
    ] {
        let mut connection = proxy.connect();
        connection.write(request.as_bytes()).unwrap();
        let answer = connection.read_response("GET").unwrap();
        assert_eq!((answer.status(), reported(&answer)), (status, kind), "{request:?}");
    }
    assert_eq!(a.counts().unwrap().requests, 0);
}

#[test]
fn messages_whose_end_is_in_doubt() {
    let a = backend("a");
    let proxy = Proxy::before(&a);
    for fields in [
        "Content-Length: 4\r\nContent-Length: 5",
        "Content-Length: +4",
        "Content-Length: 4, 5",
        "Content-Length: -1",
        "Transfer-Encoding: gzip",
        "Transfer-Encoding: chunked, gzip",
        "Content-Length : 4",
        "Bad Name: 4",
    ] {
        let mut connection = proxy.connect();
        let request = format!(
            "POST / HTTP/1.1\r\nHost: h\r\n{fields}\r\n\r\ntextGET /second HTTP/1.1\r\nHost: h\r\n\r\n"
        );
        connection.write(request.as_bytes()).unwrap();
        let answer = connection.read_response("POST").unwrap();
        assert_eq!(answer.status(), 400, "{fields:?}");
        assert!(
            connection.read_to_end().unwrap_or_default().is_empty(),
            "{fields:?}: the connection goes on"
        );
    }
    assert_eq!(a.counts().unwrap().requests, 0);
}

#[test]
fn two_lengths_are_not_both_passed_on() {
    let a = backend("a");
    let proxy = Proxy::before(&a);
    let mut connection = proxy.connect();
    let head = "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 6\r\nTransfer-Encoding: chunked\r\n\r\n";
    connection.write(format!("{head}0\r\n\r\nGET /smuggled HTTP/1.1\r\nHost: h\r\n\r\n").as_bytes()).unwrap();
    let answer = connection.read_response("POST").unwrap();
    // Either is allowed (RFC 9112, section 6.3); both framings at the backend would not be.
    if answer.status() == 200 {
        assert!(answer.json()["headers"]["content-length"].is_null(), "{}", answer.text());
    } else {
        assert_eq!(answer.status(), 400);
    }
}

#[test]
fn a_management_call_has_a_largest_body() {
    let a = backend("a");
    let proxy = Proxy::before(&a);
    let answer = proxy.send(&Request::post("/endpoints/add", vec![b' '; 1024 * 1024 + 1]));
    assert_eq!((answer.status(), &answer.json()["error"]["code"]), (413, &"body_too_large".into()));
}
