//! Fields behind a body.

use crate::{Proxy, scripted, unchecked};

#[test]
fn trailers_go_through_both_ways() {
    let backend = scripted::backend(|peer| {
        let (head, body) = (peer.read_head(), peer.read_head());
        peer.write("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nTrailer: X-Result\r\n\r\n");
        peer.write("2\r\nok\r\n0\r\nX-Result: 7\r\n\r\n");
        (head.to_lowercase(), body)
    });
    let proxy = Proxy::serve([&backend.target], unchecked());
    let mut connection = proxy.connect();
    let head = "POST / HTTP/1.1\r\nHost: h\r\nTE: trailers\r\nConnection: TE\r\nTrailer: X-Sum\r\n";
    let body = "Transfer-Encoding: chunked\r\n\r\n4\r\ntext\r\n0\r\nX-Sum: 9\r\n\r\n";
    connection.write(format!("{head}{body}").as_bytes()).unwrap();
    let answer = connection.read_head().unwrap();
    assert_eq!((answer.status, answer.header("trailer")), (200, Some("X-Result")));
    assert_eq!(connection.read_exact(2 + 1 + 4 + 1).unwrap(), b"2\r\nok\r\n0");
    assert_eq!(connection.read_exact(2 + 13 + 2).unwrap().to_ascii_lowercase(), b"\r\nx-result: 7\r\n\r\n");
    let (head, body) = backend.end();
    assert!(head.contains("\r\nte: trailers\r\n") && head.contains("\r\ntrailer: x-sum\r\n"), "{head}");
    assert_eq!(body.to_lowercase(), "4\r\ntext\r\n0\r\nx-sum: 9\r\n\r\n");
}

#[test]
fn who_does_not_ask_for_trailers_gets_the_body_without() {
    let backend = scripted::backend(|peer| {
        peer.read_head();
        peer.write("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nTrailer: X-Result\r\n\r\n");
        peer.write("2\r\nok\r\n0\r\nX-Result: 7\r\n\r\n");
    });
    let proxy = Proxy::serve([&backend.target], unchecked());
    let mut connection = proxy.connect();
    connection.write(b"GET / HTTP/1.1\r\nHost: h\r\n\r\n").unwrap();
    assert_eq!(connection.read_head().unwrap().status, 200);
    assert_eq!(connection.read_chunk().unwrap().unwrap(), b"ok");
    assert_eq!(connection.read_exact(5).unwrap(), b"0\r\n\r\n");
    backend.end();
}

#[test]
fn trailers_that_frame_or_route_a_message_are_left_out() {
    let backend = scripted::backend(|peer| {
        peer.read_head();
        let body = peer.read_head();
        peer.write("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
        body
    });
    let proxy = Proxy::serve([&backend.target], unchecked());
    let mut connection = proxy.connect();
    let head = "POST / HTTP/1.1\r\nHost: h\r\nTrailer: Content-Length, Host, Transfer-Encoding, X-Sum\r\n";
    let body = "Transfer-Encoding: chunked\r\n\r\n4\r\ntext\r\n0\r\n";
    let trailers = "Content-Length: 9\r\nHost: other\r\nTransfer-Encoding: gzip\r\nX-Sum: 9\r\n\r\n";
    connection.write(format!("{head}{body}{trailers}").as_bytes()).unwrap();
    // Refused, or passed on without them.
    let answer = connection.read_response("POST").unwrap();
    if answer.status() == 200 {
        let body = backend.end().to_lowercase();
        for name in ["content-length", "host", "transfer-encoding"] {
            assert!(!body.contains(name), "{body}");
        }
    } else {
        assert_eq!(answer.status(), 400);
    }
}
