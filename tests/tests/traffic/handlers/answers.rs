//! What a handler may answer, and when.

use std::sync::mpsc::channel;
use std::thread;

use proxykit_core::{ErrorKind, Responder};
use proxykit_tests::client::Request;
use proxykit_tests::wait;

use super::{handling, refused, text};

#[test]
fn an_answer_may_come_later_from_another_thread() {
    let (sender, waiting) = channel();
    let proxy = handling(&[("handler_threads", "1")], move |request, responder| {
        sender.send((request.target().to_owned(), responder)).unwrap();
    });
    let clients: Vec<_> = ["/a", "/b", "/c"].map(|path| proxy.begin(Request::get(path))).into();
    // The one thread is free again while all three wait.
    let mut calls: Vec<_> = (0..3).map(|_| waiting.recv().unwrap()).collect();
    calls.sort_by(|(a, _), (b, _)| b.cmp(a));
    for (path, responder) in calls {
        assert!(responder.is_wanted());
        text(&responder, &path);
        assert!(!responder.is_wanted());
    }
    let answers = clients.into_iter().map(|client| client.join().unwrap().unwrap().text());
    assert_eq!(answers.collect::<Vec<_>>(), ["/a", "/b", "/c"]);
}

#[test]
fn a_request_is_answered_once() {
    let (sender, outcomes) = channel();
    let proxy = handling(&[], move |_, responder| {
        text(&responder, "first");
        sender.send(responder.respond(200, [("a", "b")], "second").unwrap_err().kind()).unwrap();
    });
    let mut connection = proxy.connect();
    for _ in 0..2 {
        assert_eq!(connection.exchange(&Request::get("/")).unwrap().text(), "first");
        assert_eq!(outcomes.recv().unwrap(), ErrorKind::AlreadyAnswered);
    }
}

#[test]
fn no_answer_is_a_failure() {
    let proxy = handling(&[], |request, responder| match request.target() {
        "/dropped" => drop(responder),
        "/kept" => {
            // A panic ends the call even if somebody else could answer still.
            let _kept = Box::leak(Box::new(responder));
            panic!("as the test wants it");
        }
        _ => panic!("as the test wants it"),
    });
    for path in ["/dropped", "/kept", "/panics"] {
        let answer = proxy.send(&Request::get(path));
        assert_eq!(refused(&answer), (500, "handler_failed"), "{path}");
    }
}

#[test]
fn a_bad_answer_is_refused_and_may_be_mended() {
    let (sender, refusals) = channel();
    let proxy = handling(&[], move |_, responder| {
        let refuse = |status, name: &str, value: &str, body: &'static str| {
            let error = responder.respond(status, [(name, value)], body).unwrap_err();
            sender.send((error.kind(), error.to_string())).unwrap();
        };
        refuse(99, "a", "b", "");
        refuse(101, "a", "b", "");
        refuse(600, "a", "b", "");
        refuse(204, "a", "b", "text");
        refuse(200, "a b", "c", "");
        refuse(200, "", "c", "");
        refuse(200, "x-injected", "a\r\nset-cookie: b", "");
        text(&responder, "mended");
    });
    assert_eq!(proxy.send(&Request::get("/")).text(), "mended");
    let refusals: Vec<_> = refusals.try_iter().collect();
    assert!(refusals.iter().all(|(kind, _)| *kind == ErrorKind::InvalidArgument), "{refusals:?}");
    let messages: Vec<_> = refusals.into_iter().map(|(_, message)| message).collect();
    assert_eq!(
        messages,
        [
            "invalid status 99: it must be from 200 to 599",
            "invalid status 101: it must be from 200 to 599",
            "invalid status 600: it must be from 200 to 599",
            "an answer with the status 204 has no body",
            "invalid header name \"a b\"",
            "invalid header name \"\"",
            "invalid value of the header x-injected: \"a\\r\\nset-cookie: b\"",
        ]
    );
}

/// What a handler says of the framing cannot break the message.
#[test]
fn the_proxy_frames_the_answer() {
    let proxy = handling(&[], |request, responder| {
        let status = request.target().trim_start_matches('/').parse().unwrap();
        let body = if status == 200 { "text" } else { "" };
        let headers = [
            ("Content-Length", "100"),
            ("Transfer-Encoding", "chunked"),
            ("Connection", "close, x-kept"),
            ("Keep-Alive", "timeout=1"),
            ("X-Kept", "1"),
            ("Set-Cookie", "a"),
            ("Set-Cookie", "b"),
        ];
        responder.respond(status, headers, body).unwrap();
    });
    let mut connection = proxy.connect();
    for (method, path, length, body) in [
        ("GET", "/200", Some("4"), "text"),
        ("HEAD", "/200", Some("4"), ""),
        ("GET", "/204", None, ""),
        ("GET", "/304", None, ""),
        ("GET", "/404", Some("0"), ""),
        ("GET", "/200", Some("4"), "text"),
    ] {
        let answer = connection.exchange(&Request::new(method, path)).unwrap();
        let what = format!("{method} {path}: {answer:?}");
        assert_eq!(answer.header("content-length"), length, "{what}");
        assert_eq!(answer.text(), body, "{what}");
        assert_eq!(answer.header("x-kept"), Some("1"), "{what}");
        assert!(
            answer.header("transfer-encoding").is_none() && answer.header("keep-alive").is_none(),
            "{what}"
        );
        let cookies = answer.head.headers.iter().filter(|(name, _)| name.eq_ignore_ascii_case("set-cookie"));
        assert_eq!(cookies.count(), 2, "{what}");
    }
}

#[test]
fn large_answers_arrive_whole() {
    const SIZE: usize = 20 << 20;
    let proxy = handling(&[], |_, responder| {
        responder.respond(200, [("a", "b")], vec![b'a'; SIZE]).unwrap();
    });
    let answer = proxy.send(&Request::get("/"));
    assert_eq!((answer.header("content-length"), answer.body.len()), (Some("20971520"), SIZE));
}

#[test]
fn late_answers_are_harmless() {
    let (sender, late) = channel();
    let proxy = handling(&[("handler_timeout", "50ms")], move |_, responder| sender.send(responder).unwrap());
    let mut connection = proxy.connect();
    let answer = connection.exchange(&Request::get("/")).unwrap();
    assert_eq!(refused(&answer), (504, "handler_timeout"));
    let error = late.recv().unwrap().respond(200, [("a", "b")], "late").unwrap_err();
    assert_eq!(error.kind(), ErrorKind::HandlerTimeout);
    assert_eq!(refused(&connection.exchange(&Request::get("/")).unwrap()), (504, "handler_timeout"));
}

/// The time counts from the request on: a client that does not send its body is late, and not the handler.
#[test]
fn a_body_that_does_not_come_in_time_is_the_clients_fault() {
    let proxy = handling(&[("handler_timeout", "50ms")], |_, responder| text(&responder, "never"));
    let mut connection = proxy.connect();
    connection.write(b"POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 4\r\n\r\nbo").unwrap();
    assert_eq!(refused(&connection.read_response("POST").unwrap()), (408, "client_timeout"));
}

#[test]
fn a_client_that_leaves_is_told_of() {
    let (sender, waiting) = channel::<Responder>();
    let proxy = handling(&[], move |_, responder| sender.send(responder).unwrap());
    let mut connection = proxy.connect();
    connection.write(&Request::get("/").to_bytes()).unwrap();
    let responder = waiting.recv().unwrap();
    drop(connection);
    wait::until_true("the answer is not wanted", || !responder.is_wanted());
    let error = thread::spawn(move || responder.respond(200, [("a", "b")], "").unwrap_err()).join().unwrap();
    assert_eq!((error.kind(), error.message()), (ErrorKind::ClientClosed, "the client is gone"));
}
