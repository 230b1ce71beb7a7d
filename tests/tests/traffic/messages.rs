//! The forms that HTTP messages take.

use std::io::{BufRead, BufReader, Write};
use std::net::TcpListener;
use std::thread;

use proxykit_tests::client::Request;
use serde_json::json;

use crate::{Proxy, asking, backend, reported, unchecked};

#[test]
fn answers_without_a_body() {
    let a = backend("a");
    let proxy = Proxy::before(&a);
    let mut connection = proxy.connect();
    let head = connection.exchange(&Request::new("HEAD", "/").header("x-sample", "bytes=1000")).unwrap();
    assert_eq!((head.status(), head.header("content-length")), (200, Some("1000")));
    for status in [204, 304] {
        let answer = connection.exchange(&asking(&format!("status={status}"))).unwrap();
        assert_eq!((answer.status(), answer.header("transfer-encoding")), (status, None));
    }
    let answer = connection.exchange(&asking("bytes=0")).unwrap();
    assert_eq!((answer.header("content-length"), answer.body.len()), (Some("0"), 0));
    let answer = connection.exchange(&asking("chunks=0")).unwrap();
    assert_eq!((answer.status(), answer.body.len()), (200, 0));
    // All on one connection: nothing was left over between the answers.
    assert_eq!(connection.exchange(&Request::get("/")).unwrap().json()["backend"], "a");
    assert_eq!(a.counts().unwrap().cancelled, 0);
}

#[test]
fn requests_with_a_body() {
    let a = backend("a");
    let proxy = Proxy::before(&a);
    let mut connection = proxy.connect();
    for method in ["GET", "POST", "DELETE"] {
        let request = Request { method: method.into(), ..Request::post("/", "text") };
        let answer = connection.exchange(&request).unwrap().json();
        assert_eq!((&answer["body"], &answer["headers"]["content-length"]), (&json!("text"), &json!(["4"])));

        let head = format!("{method} / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n");
        connection.write(format!("{head}2;ext=1\r\nte\r\n2\r\nxt\r\n0\r\n\r\n").as_bytes()).unwrap();
        let answer = connection.read_response(method).unwrap().json();
        assert_eq!(answer["body"], "text", "{method}");
        assert_eq!(answer["headers"]["transfer-encoding"], json!(["chunked"]), "{method}");
        assert_eq!(answer["headers"]["content-length"], json!(null), "{method}");
    }
    let answer = connection.exchange(&Request::get("/")).unwrap().json();
    assert_eq!(answer["headers"]["transfer-encoding"], json!(null));
}

#[test]
fn a_client_may_wait_for_100_continue() {
    let a = backend("a");
    let proxy = Proxy::before(&a);
    let mut connection = proxy.connect();
    let head = "POST / HTTP/1.1\r\nHost: h\r\nExpect: 100-continue\r\nContent-Length: 4\r\n\r\n";
    connection.write(head.as_bytes()).unwrap();
    assert_eq!(connection.read_head().unwrap().status, 100);
    connection.write(b"text").unwrap();
    let answer = connection.read_response("POST").unwrap();
    assert_eq!((answer.status(), &answer.json()["body"]), (200, &json!("text")));
}

#[test]
fn clients_of_http_1_0() {
    let a = backend("a");
    let proxy = Proxy::before(&a);
    let mut connection = proxy.connect();
    connection.write(b"GET /y HTTP/1.0\r\n\r\n").unwrap();
    let answer = connection.read_response("GET").unwrap();
    let description = answer.json();
    assert_eq!((&description["target"], &description["version"]), (&json!("/y"), &json!("HTTP/1.1")));
    assert_eq!(description["headers"]["x-forwarded-host"], json!(null));
    assert!(connection.read_to_end().unwrap().is_empty(), "the connection is closed");

    let mut connection = proxy.connect();
    connection.write(b"GET / HTTP/1.0\r\nHost: h\r\nX-Sample: chunks=1000\r\n\r\n").unwrap();
    let head = connection.read_head().unwrap();
    assert_eq!((head.header("transfer-encoding"), head.header("content-length")), (None, None));
    assert_eq!(connection.read_to_end().unwrap(), vec![b'x'; 1000]);
}

/// Only the proxy says for whom a request is, and to which backend it goes, also when another one is tried.
#[test]
fn backends_are_told_who_asks_and_which_one_they_are() {
    let a = backend("a");
    // Nobody listens there.
    let gone = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let proxy = Proxy::serve([format!("http://{gone}"), a.target()], unchecked());
    for _ in 0..2 {
        let request = Request::get("/")
            .header("x-forwarded-for", "192.0.2.1")
            .header("x-forwarded-proto", "https")
            .header("x-forwarded-host", "evil.example")
            .header("x-origin-host", "evil.example");
        let told = proxy.connect().exchange(&request).unwrap().json();
        let headers = &told["headers"];
        assert_eq!(headers["x-origin-host"], json!([a.address()]));
        assert_eq!(headers["x-forwarded-for"], json!(["192.0.2.1, 127.0.0.1"]));
        assert_eq!(headers["x-forwarded-proto"], json!(["http"]));
        assert_eq!(
            (&headers["x-forwarded-host"], &headers["host"]),
            (&json!(["localhost"]), &json!(["localhost"]))
        );
    }
    // Who says nothing of a host asks for the backend that answers.
    for _ in 0..2 {
        let mut connection = proxy.connect();
        connection.write(b"GET / HTTP/1.0\r\n\r\n").unwrap();
        let told = connection.read_response("GET").unwrap().json();
        assert_eq!(told["headers"]["host"], json!([a.address()]));
    }
}

#[test]
fn requests_that_follow_at_once_are_answered_in_order() {
    let a = backend("a");
    let proxy = Proxy::before(&a);
    let mut connection = proxy.connect();
    let requests: Vec<u8> =
        (0..5).flat_map(|number| Request::get(&format!("/{number}")).to_bytes()).collect();
    connection.write(&requests).unwrap();
    for number in 0..5 {
        let answer = connection.read_response("GET").unwrap();
        assert_eq!(answer.json()["target"], format!("/{number}"));
    }
}

#[test]
fn many_and_large_header_fields() {
    let a = backend("a");
    let proxy = Proxy::before(&a);
    let mut request = Request::get("/").header("X-Large", &"v".repeat(16 * 1024));
    for number in 0..60 {
        request = request.header(&format!("X-{number}"), "");
    }
    let answer = proxy.send(&request);
    assert_eq!(answer.status(), 200, "{}", answer.text());
    let headers = &answer.json()["headers"];
    assert_eq!(headers["x-59"], json!([""]));
    assert_eq!(headers["x-large"][0].as_str().map(str::len), Some(16 * 1024));
    // Bytes beyond ASCII are none of the proxy's business.
    let answer = proxy.send(&Request::get("/").header("X-Name", "é").header("X-Sample-Reply", "X-Back: a"));
    assert_eq!((&answer.json()["headers"]["x-name"], answer.header("x-back")), (&json!(["é"]), Some("a")));
}

/// A backend that gives this answer to every request, byte for byte, and closes.
fn raw_backend(answer: &'static str) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let target = format!("http://{}", listener.local_addr().unwrap());
    thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            let mut lines = BufReader::new(stream.try_clone().unwrap()).lines();
            if lines.by_ref().map_while(Result::ok).any(|line| line.is_empty()) {
                // The client may have left; that is its test's affair.
                let _ = stream.write_all(answer.as_bytes());
            }
        }
    });
    target
}

#[test]
fn answers_of_old_servers() {
    for answer in [
        "HTTP/1.1 200 OK\r\n\r\nbody",
        "HTTP/1.0 200 OK\r\n\r\nbody",
        "HTTP/1.1 200\r\nContent-Length: 4\r\n\r\nbody",
    ] {
        let proxy = Proxy::serve([raw_backend(answer)], unchecked());
        let mut connection = proxy.connect();
        for _ in 0..2 {
            let answer = connection.exchange(&Request::get("/")).unwrap();
            assert_eq!((answer.status(), answer.text().as_str()), (200, "body"), "{answer:?}");
        }
    }
}

#[test]
fn answers_that_are_none() {
    for (answer, kind) in [
        ("", "upstream_closed"),
        ("HTTP/1.1 200 OK\r\nContent-Le", "upstream_closed"),
        ("SSH-2.0-OpenSSH\r\n", "upstream_protocol"),
        ("HTTP/1.1 200 OK\r\nContent-Length: x\r\n\r\n", "upstream_protocol"),
        ("HTTP/1.1 200 OK\r\nBad Name: x\r\n\r\n", "upstream_protocol"),
        (
            "HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: other\r\n\r\n",
            "upstream_protocol",
        ),
    ] {
        let proxy = Proxy::serve([raw_backend(answer)], unchecked());
        let got = proxy.send(&Request::get("/"));
        assert_eq!((got.status(), reported(&got)), (502, kind), "{answer:?}");
    }
}

/// Fields that nobody asks for come through byte for byte, and in nobody else's message.
#[test]
fn what_is_only_passed_on_goes_where_it_belongs() {
    let a = backend("a");
    let proxy = Proxy::before(&a);
    let mut connection = proxy.connect();
    let fields = "X-Own: a  b\r\nACCEPT: */*\r\nx-own: \u{e9}\r\n";
    for target in ["/", "/endpoints/list?prefixPath=/nowhere"] {
        let head =
            format!("GET {target} HTTP/1.1\r\nX-First: 1\r\nHost: h\r\n{fields}X-Sample: chunks=3\r\n\r\n");
        connection.write(head.as_bytes()).unwrap();
        let answer = connection.read_response("GET").unwrap();
        assert!(["x-own", "accept", "x-first", "host"].iter().all(|name| answer.header(name).is_none()));
    }
    connection.write(format!("GET / HTTP/1.1\r\nHost: h\r\n{fields}\r\n").as_bytes()).unwrap();
    let asked = &connection.read_response("GET").unwrap().json()["headers"];
    assert_eq!((&asked["x-own"], &asked["accept"]), (&json!(["a  b", "\u{e9}"]), &json!(["*/*"])));
    // What `Connection` lists is for this hop, wherever it stands.
    let listed =
        "GET / HTTP/1.1\r\nHost: h\r\nX-Own: 1\r\nX-Kept: 2\r\nConnection: x-own, keep-alive\r\n\r\n";
    connection.write(listed.as_bytes()).unwrap();
    let asked = &connection.read_response("GET").unwrap().json()["headers"];
    assert_eq!((&asked["x-own"], &asked["x-kept"]), (&json!(null), &json!(["2"])));
    // The name in an absolute target counts, and not `Host`.
    connection.write(b"GET http://other/ HTTP/1.1\r\nHost: h\r\nX-Own: 1\r\n\r\n").unwrap();
    let asked = &connection.read_response("GET").unwrap().json()["headers"];
    assert_eq!((&asked["host"], &asked["x-own"]), (&json!(["other"]), &json!(["1"])));
    connection.write(b"GET / HTTP/1.1\r\nHost: h\r\nX-Own: 1\r\nHost: h\r\n\r\n").unwrap();
    let refused = connection.read_response("GET").unwrap();
    assert_eq!((refused.status(), refused.header("x-own")), (400, None));
}
