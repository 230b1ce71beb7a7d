//! Interim answers, and clients that wait for one before they send a body.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use proxykit_tests::client::{Connection, Request};

use crate::{Proxy, scripted, unchecked};

const OK: &str = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";

/// The head of a request whose client waits.
fn waiting(length: usize) -> Vec<u8> {
    format!("POST / HTTP/1.1\r\nHost: h\r\nExpect: 100-continue\r\nContent-Length: {length}\r\n\r\n").into()
}

/// The next heads up to the final one: the status and the field `link` of each.
fn heads(connection: &mut Connection) -> Vec<(u16, Option<String>)> {
    let mut heads = Vec::new();
    loop {
        let head = connection.read_head().unwrap();
        heads.push((head.status, head.header("link").map(str::to_owned)));
        if head.status >= 200 {
            connection.read_body(&head, "GET").unwrap();
            return heads;
        }
    }
}

#[test]
fn a_backend_that_refuses_gets_no_body() {
    for status in ["417 Expectation Failed", "401 Unauthorized", "200 OK"] {
        let answer = format!("HTTP/1.1 {status}\r\nContent-Length: 0\r\n\r\n");
        let backend = scripted::backend(move |peer| {
            let head = peer.read_head();
            peer.write(&answer);
            (head, peer.read_to_end())
        });
        let proxy = Proxy::serve([&backend.target], unchecked());
        let mut connection = proxy.connect();
        connection.write(&waiting(4)).unwrap();
        // The first head is the final one: nobody has asked for the body.
        let head = connection.read_head().unwrap();
        assert_eq!(head.status.to_string(), status[..3]);
        assert_eq!(head.header("connection"), Some("close"), "the body is still due");
        drop(connection);
        let (head, body) = backend.end();
        assert!(head.to_lowercase().contains("\r\nexpect: 100-continue\r\n"), "{head}");
        assert!(body.is_empty(), "{body:?}");
    }
}

#[test]
fn a_backend_that_wants_the_body_says_so_to_the_client() {
    let was_asked = Arc::new(AtomicBool::new(false));
    let backend = scripted::backend({
        let was_asked = was_asked.clone();
        move |peer| {
            peer.read_head();
            assert!(!was_asked.load(Ordering::SeqCst), "the client was asked before the backend wanted it");
            peer.write("HTTP/1.1 100 Continue\r\n\r\n");
            let body = peer.read_exact(4);
            peer.write(OK);
            body
        }
    });
    let proxy = Proxy::serve([&backend.target], unchecked());
    let mut connection = proxy.connect();
    connection.write(&waiting(4)).unwrap();
    assert_eq!(connection.read_head().unwrap().status, 100);
    was_asked.store(true, Ordering::SeqCst);
    connection.write(b"body").unwrap();
    let answer = connection.read_response("POST").unwrap();
    assert_eq!((answer.status(), answer.text().as_str()), (200, "ok"));
    assert_eq!(backend.end(), "body");
}

#[test]
fn a_backend_that_says_nothing_gets_the_body_all_the_same() {
    let backend = scripted::backend(|peer| {
        peer.read_head();
        let body = peer.read_exact(4);
        peer.write(OK);
        body
    });
    let proxy = Proxy::serve([&backend.target], unchecked());
    let mut connection = proxy.connect();
    connection.write(&waiting(4)).unwrap();
    assert_eq!(connection.read_head().unwrap().status, 100);
    connection.write(b"body").unwrap();
    assert_eq!(connection.read_response("POST").unwrap().status(), 200);
    assert_eq!(backend.end(), "body");
}

#[test]
fn a_client_need_not_wait() {
    let backend = scripted::backend(|peer| {
        peer.read_head();
        peer.write("HTTP/1.1 100 Continue\r\n\r\n");
        let body = peer.read_exact(4);
        peer.write(OK);
        body
    });
    let proxy = Proxy::serve([&backend.target], unchecked());
    let mut connection = proxy.connect();
    connection.write(&[&waiting(4)[..], b"body"].concat()).unwrap();
    assert_eq!(connection.read_response("POST").unwrap().status(), 200);
    assert_eq!(backend.end(), "body");
}

#[test]
fn interim_answers_go_through_at_once() {
    // Tells the backend that the client has the first one.
    let (told, tell) = std::sync::mpsc::channel();
    let backend = scripted::backend(move |peer| {
        for _ in 0..2 {
            peer.read_head();
            peer.write("HTTP/1.1 103 Early Hints\r\nLink: </a.css>\r\nConnection: x-own\r\nX-Own: 1\r\n\r\n");
            tell.recv().unwrap();
            peer.write("HTTP/1.1 103 Early Hints\r\nLink: </b.css>\r\n\r\n");
            peer.write(OK);
        }
    });
    let proxy = Proxy::serve([&backend.target], unchecked());
    let mut connection = proxy.connect();
    for _ in 0..2 {
        connection.write(&Request::get("/").to_bytes()).unwrap();
        let first = connection.read_head().unwrap();
        assert_eq!((first.status, first.header("link")), (103, Some("</a.css>")));
        assert_eq!((first.header("connection"), first.header("x-own")), (None, None));
        told.send(()).unwrap();
        assert_eq!(heads(&mut connection), [(103, Some("</b.css>".into())), (200, None)]);
    }
    backend.end();
}

#[test]
fn answers_keep_their_order() {
    const COUNT: usize = 50;
    let backend = scripted::backend(|peer| {
        for number in 0..COUNT {
            peer.read_head();
            let answer = format!("HTTP/1.1 103 Early Hints\r\nLink: <{number}>\r\n\r\n");
            peer.write(&(answer + OK));
        }
    });
    let proxy = Proxy::serve([&backend.target], unchecked());
    let mut connection = proxy.connect();
    // All at once: each is answered when the one before it is.
    connection.write(&Request::get("/").to_bytes().repeat(COUNT)).unwrap();
    for number in 0..COUNT {
        let heads = heads(&mut connection);
        let hints = [(103, Some(format!("<{number}>"))), (200, None)];
        // A hint may be left out where the client is behind, but never stand elsewhere.
        assert!(heads == hints || heads == hints[1..], "{number}: {heads:?}");
    }
    backend.end();
}

/// Answers that are larger than what the system holds for a client that does not read yet: the next request begins while the
/// one before it is still being written.
#[test]
fn hints_never_stand_within_an_answer() {
    const COUNT: usize = 20;
    const LENGTH: usize = 1_000_000;
    let backend = scripted::backend(|peer| {
        for number in 0..COUNT {
            peer.read_head();
            let hint = format!("HTTP/1.1 103 Early Hints\r\nLink: <{number}>\r\n\r\n");
            let answer = format!("HTTP/1.1 200 OK\r\nContent-Length: {LENGTH}\r\n\r\n");
            peer.write(&(hint.clone() + &hint + &answer + &number.to_string().repeat(LENGTH)[..LENGTH]));
        }
    });
    let proxy = Proxy::serve([&backend.target], unchecked());
    let mut connection = proxy.connect();
    connection.write(&Request::get("/").to_bytes().repeat(COUNT)).unwrap();
    for number in 0..COUNT {
        let mut head = connection.read_head().unwrap();
        while head.status == 103 {
            assert_eq!(head.header("link"), Some(&*format!("<{number}>")));
            head = connection.read_head().unwrap();
        }
        let body = connection.read_body(&head, "GET").unwrap();
        assert!(body == number.to_string().repeat(LENGTH).as_bytes()[..LENGTH], "answer {number} is spoilt");
    }
    backend.end();
}

#[test]
fn who_knows_no_interim_answers_gets_none() {
    let backend = scripted::backend(|peer| {
        peer.read_head();
        peer.write("HTTP/1.1 103 Early Hints\r\nLink: </a.css>\r\n\r\n");
        peer.write(OK);
    });
    let proxy = Proxy::serve([&backend.target], unchecked());
    let mut connection = proxy.connect();
    connection.write(b"GET / HTTP/1.0\r\nHost: h\r\n\r\n").unwrap();
    assert_eq!(connection.read_head().unwrap().status, 200);
    backend.end();
}
