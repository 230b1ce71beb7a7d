//! Connections that became something else.

use std::io::Write;

use proxykit_tests::client::{Connection, Request};
use proxykit_tests::wait;
use tokio_tungstenite::tungstenite::{self, Message};

use crate::{Proxy, backend, unchecked, wait_for_active};

pub(crate) fn open_tunnel(proxy: &Proxy) -> Connection {
    let mut connection = proxy.connect();
    let request = Request::get("/").header("Connection", "Upgrade").header("Upgrade", "echo");
    connection.write(&request.to_bytes()).unwrap();
    let head = connection.read_head().unwrap();
    assert_eq!((head.status, head.header("upgrade")), (101, Some("echo")));
    connection
}

#[track_caller]
pub(crate) fn assert_echo(tunnel: &mut Connection, text: &str) {
    tunnel.write_all(text.as_bytes()).unwrap();
    assert_eq!(tunnel.read_exact(text.len()).unwrap(), text.as_bytes());
}

#[test]
fn a_tunnel_stays_open_while_routes_change() {
    let (a, b) = (backend("a"), backend("b"));
    let proxy = Proxy::before(&a);
    let mut tunnel = open_tunnel(&proxy);
    assert_echo(&mut tunnel, "first");
    assert_eq!(proxy.manager.list_backends("/").unwrap()[0].in_flight, 1);
    proxy.manager.add_route("/other/", [b.target()], unchecked()).unwrap();
    proxy.manager.add_backends("/", [b.target()], None).unwrap();
    assert_echo(&mut tunnel, "after routes and backends were added");
    proxy.manager.remove_route("/other/").unwrap();
    proxy.manager.remove_backends("/", [a.target()]).unwrap();
    assert_echo(&mut tunnel, "after its own backend was removed");
    proxy.manager.remove_route("/").unwrap();
    assert_echo(&mut tunnel, "after its route was removed");
    assert_eq!(a.counts().unwrap().active, 1);
}

#[test]
fn a_tunnel_ends_from_either_side() {
    let mut a = backend("a");
    let proxy = Proxy::before(&a);
    let mut tunnel = open_tunnel(&proxy);
    assert_echo(&mut tunnel, "text");
    tunnel.finish_writing().unwrap();
    assert!(tunnel.read_to_end().unwrap().is_empty());
    wait::until_true("nothing is in flight", || proxy.manager.list_backends("/").unwrap()[0].in_flight == 0);

    let tunnel = open_tunnel(&proxy);
    wait_for_active(&a, 1);
    drop(tunnel);
    wait_for_active(&a, 0);

    let mut tunnel = open_tunnel(&proxy);
    a.kill().unwrap();
    // A reset or an end, whichever the system makes of it.
    assert!(tunnel.read_to_end().unwrap_or_default().is_empty());
    drop(tunnel);
    wait::until_true("nothing is in flight", || proxy.manager.list_backends("/").unwrap()[0].in_flight == 0);
}

#[test]
fn websockets_pass() {
    let a = backend("a");
    let proxy = Proxy::before(&a);
    let url = format!("ws://{}/chat", proxy.address);
    let (mut socket, answer) = tungstenite::client(url, proxy.connect()).unwrap();
    assert_eq!(answer.status(), 101);
    for message in [Message::text("hello"), Message::binary(vec![7; 100_000])] {
        socket.send(message.clone()).unwrap();
        assert_eq!(socket.read().unwrap(), message);
    }
    socket.close(None).unwrap();
    while socket.read().is_ok() {}
    wait_for_active(&a, 0);
}

/// From HTTP/1.1 to HTTP/2 (RFC 8441) and back, through two proxies.
#[test]
fn websockets_pass_over_http2() {
    let a = backend("a");
    let inner = Proxy::before(&a);
    let outer = Proxy::serve([format!("h2c://{}", inner.address)], unchecked());
    for _ in 0..2 {
        let url = format!("ws://{}/chat", outer.address);
        let (mut socket, answer) = tungstenite::client(url, outer.connect()).unwrap();
        assert_eq!(answer.status(), 101);
        for message in [Message::text("hello"), Message::binary(vec![7; 100_000])] {
            socket.send(message.clone()).unwrap();
            assert_eq!(socket.read().unwrap(), message);
        }
        socket.close(None).unwrap();
        while socket.read().is_ok() {}
        wait_for_active(&a, 0);
    }
    // What is no WebSocket has no form in HTTP/2: the request goes through as it is without the wish.
    let request = Request::get("/").header("Connection", "Upgrade").header("Upgrade", "echo");
    let answer = outer.send(&request);
    assert_eq!((answer.status(), answer.json()["headers"]["upgrade"].is_null()), (200, true));
}

/// A tunnel over HTTP/2 keeps the connection that it runs on, on both sides of it.
#[test]
fn a_tunnel_over_http2_is_not_idle() {
    let a = backend("a");
    let inner = Proxy::set(&a, &[("idle_timeout", "200ms")], &[]);
    let outer = Proxy::serve([format!("h2c://{}", inner.address)], unchecked());
    let (mut socket, _) = tungstenite::client(format!("ws://{}/", outer.address), outer.connect()).unwrap();
    let begin = std::time::Instant::now();
    while begin.elapsed().as_millis() < 2000 {
        socket.send(Message::text("hello")).unwrap();
        assert_eq!(socket.read().unwrap(), Message::text("hello"));
        std::thread::sleep(std::time::Duration::from_millis(500));
    }
}

#[test]
fn bytes_behind_the_upgrade_are_not_lost() {
    let a = backend("a");
    let proxy = Proxy::before(&a);
    let mut connection = proxy.connect();
    let request = Request::get("/").header("Connection", "Upgrade").header("Upgrade", "echo");
    connection.write(&[request.to_bytes(), b"early".to_vec()].concat()).unwrap();
    assert_eq!(connection.read_head().unwrap().status, 101);
    assert_eq!(connection.read_exact(5).unwrap(), b"early");
}

#[test]
fn a_backend_may_decline() {
    let a = backend("a");
    let proxy = Proxy::before(&a);
    let mut connection = proxy.connect();
    let request = Request::get("/").header("Connection", "Upgrade").header("Upgrade", "other");
    let answer = connection.exchange(&request).unwrap();
    assert_eq!(answer.status(), 400);
    assert!(answer.text().starts_with("cannot upgrade"), "{}", answer.text());
    assert_eq!(connection.exchange(&Request::get("/")).unwrap().status(), 200);
}
