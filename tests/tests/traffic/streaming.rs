//! Bodies flow: nothing waits for their end, nothing keeps the whole of them.

use std::io::Write;
use std::thread;

use proxykit_tests::client::{Connection, Request};
use proxykit_tests::wait;

use crate::process::ProxyProcess;
use crate::{Proxy, asking, backend, wait_for_active};

const MEBIBYTE: usize = 1024 * 1024;

#[test]
fn an_answer_arrives_before_it_ends() {
    let a = backend("a");
    let proxy = Proxy::before(&a);
    for (kind, gate) in [("bytes", "one"), ("chunks", "two")] {
        let mut connection = proxy.connect();
        connection.write(&asking(&format!("{kind}=10, body-gate={gate}")).to_bytes()).unwrap();
        let head = connection.read_head().unwrap();
        assert_eq!(head.status, 200);
        if kind == "bytes" {
            assert_eq!(head.header("content-length"), Some("10"));
            assert_eq!(connection.read_exact(5).unwrap(), b"xxxxx");
            a.open_gate(gate).unwrap();
            assert_eq!(connection.read_exact(5).unwrap(), b"xxxxx");
        } else {
            assert_eq!(head.header("transfer-encoding"), Some("chunked"));
            assert_eq!(connection.read_chunk().unwrap().unwrap(), b"xxxxx");
            a.open_gate(gate).unwrap();
            assert_eq!(connection.read_chunk().unwrap().unwrap(), b"xxxxx");
            assert_eq!(connection.read_chunk().unwrap(), None);
        }
    }
}

#[test]
fn events_arrive_one_by_one() {
    let a = backend("a");
    let proxy = Proxy::before(&a);
    let mut connection = proxy.connect();
    // The next event comes in an hour.
    connection.write(&asking("events=2, every=3600000").to_bytes()).unwrap();
    let head = connection.read_head().unwrap();
    assert_eq!(head.header("content-type"), Some("text/event-stream"));
    assert_eq!(connection.read_chunk().unwrap().unwrap(), b"data: 1\n\n");
}

#[test]
fn a_request_arrives_before_it_ends() {
    let a = backend("a");
    let proxy = Proxy::before(&a);
    let mut connection = proxy.connect();
    let head = "POST / HTTP/1.1\r\nHost: h\r\nX-Sample: echo\r\nTransfer-Encoding: chunked\r\n\r\n";
    connection.write(format!("{head}3\r\none\r\n").as_bytes()).unwrap();
    assert_eq!(connection.read_head().unwrap().status, 200);
    assert_eq!(connection.read_chunk().unwrap().unwrap(), b"one");
    connection.write(b"3\r\ntwo\r\n").unwrap();
    assert_eq!(connection.read_chunk().unwrap().unwrap(), b"two");
    connection.write(b"0\r\n\r\n").unwrap();
    assert_eq!(connection.read_chunk().unwrap(), None);
}

#[test]
fn an_answer_may_come_before_the_request_has_ended() {
    let a = backend("a");
    let proxy = Proxy::before(&a);
    let mut connection = proxy.connect();
    let head =
        "POST / HTTP/1.1\r\nHost: h\r\nX-Sample: status=413, bytes=3\r\nContent-Length: 1000000\r\n\r\nfirst";
    connection.write(head.as_bytes()).unwrap();
    let answer = connection.read_response("POST").unwrap();
    assert_eq!((answer.status(), answer.text().as_str()), (413, "xxx"));
}

#[test]
fn large_bodies_do_not_fill_the_memory() {
    let a = backend("a");
    let proxy = ProxyProcess::before(&a);
    let before = proxy.peak_memory();

    let length = 64 * MEBIBYTE;
    let mut connection = Connection::open(&proxy.address).unwrap();
    let mut writer = connection.writer().unwrap();
    let head = format!("POST / HTTP/1.1\r\nHost: h\r\nX-Sample: echo\r\nContent-Length: {length}\r\n\r\n");
    let sender = thread::spawn(move || {
        writer.write_all(head.as_bytes()).unwrap();
        let piece = vec![b'x'; MEBIBYTE];
        for _ in 0..length / MEBIBYTE {
            writer.write_all(&piece).unwrap();
        }
    });
    assert_eq!(connection.read_head().unwrap().status, 200);
    let mut received = 0;
    while let Some(chunk) = connection.read_chunk().unwrap() {
        received += chunk.len();
    }
    sender.join().unwrap();
    assert_eq!(received, length);

    let grown = proxy.peak_memory() - before;
    assert!(grown < 16 * MEBIBYTE, "the proxy's memory grew by {} MiB", grown / MEBIBYTE);
}

#[test]
fn a_client_that_does_not_read_holds_the_backend_back() {
    let a = backend("a");
    let proxy = Proxy::before(&a);
    let length = 256 * MEBIBYTE;
    let mut connection = proxy.connect();
    connection.write(&asking(&format!("bytes={length}")).to_bytes()).unwrap();
    connection.read_head().unwrap();
    connection.read_exact(MEBIBYTE).unwrap();
    // It cannot have sent everything: no buffer on the way is that large.
    assert_eq!(a.counts().unwrap().active, 1);
    drop(connection);
    wait::until_true("the backend sees the break", || a.counts().unwrap().cancelled == 1);
}

#[test]
fn a_client_that_leaves_cancels_its_request() {
    let a = backend("a");
    let proxy = Proxy::before(&a);
    let mut connection = proxy.connect();
    connection.write(&asking("gate=never").to_bytes()).unwrap();
    wait_for_active(&a, 1);
    drop(connection);
    wait::until_true("the backend sees it before the answer", || a.counts().unwrap().cancelled == 1);

    let mut connection = proxy.connect();
    connection.write(&asking("chunks=10, body-gate=never").to_bytes()).unwrap();
    connection.read_head().unwrap();
    drop(connection);
    wait::until_true("the backend sees it within the answer", || a.counts().unwrap().cancelled == 2);

    let mut connection = proxy.connect();
    connection.write(b"POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 10\r\n\r\nhalf").unwrap();
    wait_for_active(&a, 1);
    drop(connection);
    wait::until_true("the backend sees it within the request", || a.counts().unwrap().cancelled == 3);
    assert_eq!(proxy.manager.list_backends("/").unwrap()[0].in_flight, 0);
}

#[test]
fn a_backend_that_dies_within_its_answer_breaks_the_connection() {
    let mut a = backend("a");
    let proxy = Proxy::before(&a);
    for kind in ["bytes", "chunks"] {
        let mut connection = proxy.connect();
        connection.write(&asking(&format!("{kind}=10, body-gate=never")).to_bytes()).unwrap();
        let head = connection.read_head().unwrap();
        a.kill().unwrap();
        assert!(connection.read_body(&head, "GET").is_err(), "a cut-off answer looks whole");
        a.restart().unwrap();
    }
    assert_eq!(proxy.send(&Request::get("/")).status(), 200);
}
