use crate::{DEADLINE, Recorder, exchange, proxy, status};

/// What is sent behind each message that is passed on: it is answered only if the message ended where it should.
const NEXT: &str = "GET /next HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n";

/// The head's lines behind the request line and `Host`, the body, and what must become of them.
const CASES: &[(&str, &str, Fate)] = &[
    // Two lengths, or none that can be read.
    ("Content-Length: 3\r\nContent-Length: 3", "abc", Fate::Passed("content-length: 3", "abc")),
    ("Content-Length: 3\r\nContent-Length: 5", "abcde", Fate::Refused),
    ("Content-Length: 3, 3", "abc", Fate::Refused),
    ("Content-Length: +3", "abc", Fate::Refused),
    ("Content-Length: -1", "abc", Fate::Refused),
    ("Content-Length: 0x3", "abc", Fate::Refused),
    ("Content-Length: 3 3", "abc", Fate::Refused),
    ("Content-Length:", "abc", Fate::Refused),
    ("Content-Length: 99999999999999999999", "abc", Fate::Refused),
    // Both framings: the one that RFC 9112, section 6.3 prefers, and nothing more from this client.
    (
        "Content-Length: 6\r\nTransfer-Encoding: chunked",
        "0\r\n\r\n",
        Fate::Last("transfer-encoding: chunked", "0\r\n\r\n"),
    ),
    (
        "Transfer-Encoding: chunked\r\nContent-Length: 6",
        "0\r\n\r\n",
        Fate::Last("transfer-encoding: chunked", "0\r\n\r\n"),
    ),
    // Codings that others may know, or take for what they are not.
    ("Transfer-Encoding: identity\r\nContent-Length: 3", "abc", Fate::Refused),
    ("Transfer-Encoding: xchunked", "0\r\n\r\n", Fate::Refused),
    ("Transfer-Encoding: gzip, chunked", "0\r\n\r\n", Fate::Refused),
    ("Transfer-Encoding: chunked, gzip", "0\r\n\r\n", Fate::Refused),
    ("Transfer-Encoding: chunked, chunked", "0\r\n\r\n", Fate::Refused),
    ("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked", "0\r\n\r\n", Fate::Refused),
    ("Transfer-Encoding: \x0bchunked", "0\r\n\r\n", Fate::Refused),
    ("Transfer-Encoding : chunked", "0\r\n\r\n", Fate::Refused),
    ("Transfer-Encoding:\r\n chunked", "0\r\n\r\n", Fate::Refused),
    (
        "Transfer-Encoding:\tCHUNKED",
        "3\r\nabc\r\n0\r\n\r\n",
        Fate::Passed("transfer-encoding: chunked", "3\r\nabc\r\n0\r\n\r\n"),
    ),
    // Lines that are none.
    ("X: a\r\n b", "", Fate::Refused),
    ("X: a\rY: b", "", Fate::Refused),
    ("X: a\0b", "", Fate::Refused),
    ("X: a\x01b", "", Fate::Refused),
    ("X a", "", Fate::Refused),
    (": a", "", Fate::Refused),
    ("X\x7f: a", "", Fate::Refused),
    // More than one name, or none that is one.
    ("Host: b", "", Fate::Refused),
    ("host: a", "", Fate::Refused),
    // Chunks.
    ("Transfer-Encoding: chunked", "fffffffffffffffff\r\nabc\r\n0\r\n\r\n", Fate::Refused),
    ("Transfer-Encoding: chunked", "0x3\r\nabc\r\n0\r\n\r\n", Fate::Refused),
    ("Transfer-Encoding: chunked", "-3\r\nabc\r\n0\r\n\r\n", Fate::Refused),
    ("Transfer-Encoding: chunked", "3\r\nabcXX0\r\n\r\n", Fate::Refused),
    ("Transfer-Encoding: chunked", "3\nabc\n0\n\n", Fate::Refused),
    ("Transfer-Encoding: chunked", "3\rabc\r\n0\r\n\r\n", Fate::Refused),
    ("Transfer-Encoding: chunked", "3;a\nb\r\nabc\r\n0\r\n\r\n", Fate::Refused),
    (
        "Transfer-Encoding: chunked",
        "3;x=y\r\nabc\r\n0\r\n\r\n",
        Fate::Passed("transfer-encoding: chunked", "3\r\nabc\r\n0\r\n\r\n"),
    ),
    // Options of the connection that are none.
    ("Connection: content-length\r\nContent-Length: 3", "abc", Fate::Passed("content-length: 3", "abc")),
    (
        "Connection: transfer-encoding\r\nTransfer-Encoding: chunked",
        "0\r\n\r\n",
        Fate::Passed("transfer-encoding: chunked", "0\r\n\r\n"),
    ),
    ("Connection: host\r\nContent-Length: 3", "abc", Fate::Passed("content-length: 3", "abc")),
];

#[derive(Debug)]
enum Fate {
    /// Answered with an error, and nothing whole reaches the backend.
    Refused,
    /// Passed on with this line for its framing, and these bytes behind the head.
    Passed(&'static str, &'static str),
    /// The same, and the connection is closed, since the client's own reading of its end may differ.
    Last(&'static str, &'static str),
}

const ANSWER: &[u8] = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok";

#[test]
fn each_is_refused_or_passed_on_in_one_form() {
    for (lines, body, fate) in CASES {
        let backend = Recorder::answering(ANSWER, is_whole);
        let (manager, address) = proxy(&backend);
        let request = format!("POST /x HTTP/1.1\r\nHost: a\r\n{lines}\r\n\r\n{body}{NEXT}");
        let answer = exchange(&address, request.as_bytes());
        let shown = request.escape_debug().to_string();
        match fate {
            Fate::Refused => {
                assert!((400..500).contains(&status(&answer)), "{shown}: {}", status(&answer));
                // What was begun is broken off before its end; the next message is not read out of this one.
                manager.stop(DEADLINE).unwrap();
                while let Ok(heard) = backend.heard.try_recv() {
                    assert!(
                        !is_whole(&heard),
                        "{shown} reached the backend as {:?}",
                        heard.escape_ascii().to_string()
                    );
                }
            }
            Fate::Passed(framing, body) | Fate::Last(framing, body) => {
                assert_eq!(status(&answer), 200, "{shown}");
                let heard = String::from_utf8(backend.heard.recv_timeout(DEADLINE).unwrap()).unwrap();
                let (head, passed) = heard.split_once("\r\n\r\n").unwrap();
                let framings: Vec<_> = head
                    .lines()
                    .filter(|line| {
                        line.starts_with("content-length") || line.starts_with("transfer-encoding")
                    })
                    .collect();
                assert_eq!((framings, passed), (vec![*framing], *body), "{shown}");
                assert_eq!(
                    head.lines().filter(|line| line.to_ascii_lowercase().starts_with("host:")).count(),
                    1,
                    "{shown}"
                );
                if matches!(fate, Fate::Last(..)) {
                    assert!(
                        backend.heard.try_recv().is_err(),
                        "{shown}: what followed was passed on as well"
                    );
                    continue;
                }
                let next = String::from_utf8(backend.heard.recv_timeout(DEADLINE).unwrap()).unwrap();
                assert!(next.starts_with("GET /next HTTP/1.1\r\n"), "{shown}: then {next:?}");
            }
        }
    }
}

/// A message of the kind that the proxy writes.
fn is_whole(message: &[u8]) -> bool {
    let text = String::from_utf8_lossy(message);
    let Some((head, body)) = text.split_once("\r\n\r\n") else { return false };
    if head.contains("transfer-encoding: chunked") {
        return body.ends_with("0\r\n\r\n");
    }
    let length = head.lines().find_map(|line| line.strip_prefix("content-length: ")?.parse().ok());
    body.len() >= length.unwrap_or(0)
}

#[test]
fn request_lines_and_hosts_that_are_none_are_refused() {
    let backend = Recorder::answering(ANSWER, is_whole);
    let (_manager, address) = proxy(&backend);
    for request in [
        "GET /a b HTTP/1.1\r\nHost: a\r\n\r\n",
        "GET /a\tb HTTP/1.1\r\nHost: a\r\n\r\n",
        "GET / HTTP/1.2\r\nHost: a\r\n\r\n",
        "GET / HTTP/2.0\r\nHost: a\r\n\r\n",
        "GET / http/1.1\r\nHost: a\r\n\r\n",
        "GET /\r\n\r\n",
        "G(T / HTTP/1.1\r\nHost: a\r\n\r\n",
        " GET / HTTP/1.1\r\nHost: a\r\n\r\n",
        "GET / HTTP/1.1\r\n X: a\r\nHost: a\r\n\r\n",
        "GET / HTTP/1.1\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: a b\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: a/b\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: a,b\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: u@a\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: a\\b\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: [::1\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: a]\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: [::1]b\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: a:b\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: a:80:81\r\n\r\n",
        "GET http://a:b/ HTTP/1.1\r\nHost: a\r\n\r\n",
        "POST / HTTP/1.0\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    ] {
        let closing = request.replacen("\r\n\r\n", "\r\nConnection: close\r\n\r\n", 1);
        let answer = exchange(&address, closing.as_bytes());
        assert_eq!(status(&answer), 400, "{request:?}");
        assert!(backend.heard.try_recv().is_err(), "{request:?}");
    }
}

#[test]
fn hosts_that_are_some_are_passed_on() {
    let backend = Recorder::answering(ANSWER, is_whole);
    let (_manager, address) = proxy(&backend);
    for host in
        ["a", "a:", "a:80", "a_b.example", "127.0.0.1:1", "[::1]", "[::1]:80", "xn--caf-dma.example", ""]
    {
        let request = format!("GET / HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n");
        assert_eq!(status(&exchange(&address, request.as_bytes())), 200, "{host:?}");
        let heard = String::from_utf8(backend.heard.recv_timeout(DEADLINE).unwrap()).unwrap();
        assert!(heard.contains(&format!("\r\nHost: {host}\r\n")), "{heard:?}");
    }
}
