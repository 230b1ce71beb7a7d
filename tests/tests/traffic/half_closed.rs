//! Clients and backends that have nothing more to say, and still listen.

use std::io::{Read, Write};

use proxykit_tests::client::Request;

use crate::tunnels::open_tunnel;
use crate::{Proxy, asking, backend, scripted, unchecked};

#[test]
fn a_client_that_has_said_all_is_answered() {
    let a = backend("a");
    let proxy = Proxy::before(&a);
    // The backend takes its time, so that the end is there before the answer.
    for request in [
        asking("delay=100"),
        asking("delay=100, chunks=100000"),
        Request::post("/", "text").header("x-sample", "delay=100"),
    ] {
        let mut connection = proxy.connect();
        connection.write(&request.to_bytes()).unwrap();
        connection.finish_writing().unwrap();
        let answer = connection.read_response(&request.method).unwrap();
        assert_eq!(answer.status(), 200);
        assert!(connection.read_to_end().unwrap().is_empty(), "the connection ends behind the answer");
    }
    // Also each of those that it has sent at once.
    let mut connection = proxy.connect();
    connection.write(&asking("delay=50").to_bytes().repeat(3)).unwrap();
    connection.finish_writing().unwrap();
    for _ in 0..3 {
        assert_eq!(connection.read_response("GET").unwrap().status(), 200);
    }
    assert!(connection.read_to_end().unwrap().is_empty());
    assert_eq!(a.counts().unwrap().cancelled, 0);
}

/// The end comes while the connection to the backend is opened, and the body is still here.
#[test]
fn a_client_that_has_said_all_at_once_is_answered() {
    let a = backend("a");
    for body in ["text".to_owned(), "x".repeat(30_000)] {
        let proxy = Proxy::before(&a);
        let request = Request::post("/", body.clone()).header("x-sample", "count");
        let mut connection = proxy.connect();
        connection.write(&request.to_bytes()).unwrap();
        connection.finish_writing().unwrap();
        assert_eq!(connection.read_response("POST").unwrap().text(), body.len().to_string());
    }
}

#[test]
fn a_backend_that_has_said_all_is_heard() {
    let backend = scripted::backend(|peer| {
        peer.read_head();
        peer.write("HTTP/1.1 200 OK\r\n\r\nup to the end");
    });
    let proxy = Proxy::serve([&backend.target], unchecked());
    assert_eq!(proxy.send(&Request::get("/")).text(), "up to the end");
    backend.end();
}

#[test]
fn one_direction_of_a_tunnel_may_end_before_the_other() {
    let a = backend("a");
    let proxy = Proxy::before(&a);
    let mut tunnel = open_tunnel(&proxy);
    tunnel.write_all(b"last words").unwrap();
    tunnel.finish_writing().unwrap();
    assert_eq!(tunnel.read_to_end().unwrap(), b"last words");

    // And the other way round: the backend ends first, and hears the client to its end.
    let backend = scripted::backend(|peer| {
        peer.read_head();
        peer.write(
            "HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: echo\r\n\r\nlast words",
        );
        peer.finish_writing();
        peer.read_to_end()
    });
    let proxy = Proxy::serve([&backend.target], unchecked());
    let mut tunnel = open_tunnel(&proxy);
    let mut words = String::new();
    tunnel.read_to_string(&mut words).unwrap();
    assert_eq!(words, "last words");
    tunnel.write_all(b"and one more").unwrap();
    tunnel.finish_writing().unwrap();
    assert_eq!(backend.end(), b"and one more");
}
