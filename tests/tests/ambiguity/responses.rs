use crate::{Recorder, exchange, proxy, status};

const REQUEST: &[u8] = b"GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n";

fn is_head(message: &[u8]) -> bool {
    message.ends_with(b"\r\n\r\n")
}

/// What the client gets when the backend answers so.
fn answer_to(answer: &'static [u8]) -> String {
    let backend = Recorder::answering(answer, is_head);
    let (_manager, address) = proxy(&backend);
    String::from_utf8(exchange(&address, REQUEST)).unwrap()
}

#[test]
fn an_answer_that_cannot_be_read_in_one_way_is_not_passed_on() {
    for answer in [
        &b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\nabc"[..],
        b"HTTP/1.1 200 OK\r\nContent-Length: 2, 2\r\n\r\nab",
        b"HTTP/1.1 200 OK\r\nContent-Length: +2\r\n\r\nab",
        b"HTTP/1.1 200 OK\r\nContent-Length: x\r\n\r\nab",
        b"HTTP/1.1 200 OK\r\nX : a\r\nContent-Length: 2\r\n\r\nab",
        b"HTTP/1.1 200 OK\r\nX: a\r\n b\r\nContent-Length: 2\r\n\r\nab",
        b"HTTP/1.1 200 OK\r\nX: a\0b\r\nContent-Length: 2\r\n\r\nab",
        b"HTTP/1.1 200 OK\r\nX: a\rSet-Cookie: b\r\nContent-Length: 2\r\n\r\nab",
        b"HTTP/1.1 20x OK\r\nContent-Length: 2\r\n\r\nab",
        b"HTTP/1.1 99 Low\r\nContent-Length: 2\r\n\r\nab",
        b"HTTP/3.0 200 OK\r\nContent-Length: 2\r\n\r\nab",
        b"garbage",
        b"\x16\x03\x01\x02\x00",
        b"",
    ] {
        let received = answer_to(answer);
        assert_eq!(status(received.as_bytes()), 502, "{:?}: {received:?}", answer.escape_ascii().to_string());
        assert!(received.contains("proxy-status: proxykit; error="), "{received:?}");
    }
}

#[test]
fn both_framings_become_one() {
    let received = answer_to(
        b"HTTP/1.1 200 OK\r\nContent-Length: 50\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nab\r\n0\r\n\r\n",
    );
    assert_eq!(status(received.as_bytes()), 200);
    assert!(!received.contains("content-length"), "{received:?}");
    assert!(received.ends_with("\r\n\r\n2\r\nab\r\n0\r\n\r\n"), "{received:?}");
}

#[test]
fn an_answer_that_breaks_off_is_broken_off() {
    for answer in [
        &b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nab"[..],
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nab",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nab\r\n",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nabXX",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nab\r\nzz\r\n",
    ] {
        let received = answer_to(answer);
        assert_eq!(status(received.as_bytes()), 200, "{received:?}");
        let whole = received.ends_with("0\r\n\r\n") || received.contains("content-length: 2\r\n");
        assert!(!whole, "{:?} ended as if it were whole: {received:?}", answer.escape_ascii().to_string());
    }
}

#[test]
fn bytes_behind_an_answer_are_nobodys() {
    // Two answers to one request: the second must not become the answer to the next one.
    let answers =
        b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nfirstHTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nevil";
    let backend = Recorder::answering(answers, is_head);
    let (_manager, address) = proxy(&backend);
    for _ in 0..5 {
        let received = String::from_utf8(exchange(&address, REQUEST)).unwrap();
        assert!(received.ends_with("\r\n\r\nfirst"), "{received:?}");
    }
}
