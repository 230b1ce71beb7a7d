//! How much a client may send, and how many may come.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};

use proxykit_core::ManagerOptions;
use proxykit_tests::client::{Connection, Request};
use proxykit_tests::wait;

use crate::{Proxy, backend, reported, unchecked};

#[test]
fn a_head_that_is_too_large_is_refused() {
    let a = backend("a");
    let options =
        [("request_head_limit", "8KiB"), ("request_header_limit", "20"), ("request_target_limit", "1000B")];
    let proxy = Proxy::set(&a, &options, &[]);
    let ask = |request: &Request| {
        let answer = proxy.send(request);
        (answer.status(), reported(&answer).to_owned())
    };
    let long = "x".repeat(9000);
    assert_eq!(ask(&Request::get("/").header("a", &long)).0, 431);
    let many = (0..21).fold(Request::get("/"), |request, number| request.header(&format!("a{number}"), "b"));
    assert_eq!(ask(&many), (431, "too_many_headers".to_owned()));
    let target = format!("/{}", &long[..1000]);
    assert_eq!(ask(&Request::get(&target)), (414, "target_too_long".to_owned()));
    assert_eq!(ask(&Request::get(&target[..1000])).0, 200);
    assert_eq!(a.counts().unwrap().requests, 1);
}

#[test]
fn more_than_a_hundred_fields_may_be_allowed() {
    let a = backend("a");
    let many = (0..150).fold(Request::get("/"), |request, number| request.header(&format!("a{number}"), "b"));
    assert_eq!(Proxy::before(&a).send(&many).status(), 431);
    assert_eq!(Proxy::set(&a, &[("request_header_limit", "200")], &[]).send(&many).status(), 200);
}

#[test]
fn a_body_that_is_too_large_is_refused() {
    let a = backend("a");
    let proxy = Proxy::set(&a, &[], &[("request_body_limit", "1000B")]);
    let post = |length: usize| Request::post("/", vec![b'x'; length]).header("x-sample", "count");
    assert_eq!(proxy.send(&post(1000)).text(), "1000");
    let mut connection = proxy.connect();
    let refused = connection.exchange(&post(1001)).unwrap();
    assert_eq!((refused.status(), reported(&refused)), (413, "request_too_large"));
    assert_eq!(refused.header("connection"), Some("close"));
    assert!(connection.read_to_end().unwrap().is_empty());
    assert_eq!(a.counts().unwrap().requests, 1, "its length was announced");

    let mut connection = proxy.connect();
    let head = "POST / HTTP/1.1\r\nhost: a\r\nx-sample: count\r\ntransfer-encoding: chunked\r\n\r\n";
    connection.write(head.as_bytes()).unwrap();
    let chunk = format!("1f4\r\n{}\r\n", "x".repeat(500));
    connection.write(chunk.repeat(3).as_bytes()).unwrap();
    let refused = connection.read_response("POST").unwrap();
    assert_eq!((refused.status(), reported(&refused)), (413, "request_too_large"));
}

/// The limits of a body are told the same way whatever the backend speaks.
#[test]
fn limits_of_a_body_hold_before_a_backend_of_http2() {
    let a = backend("a");
    let inner = Proxy::before(&a);
    let mut options = unchecked();
    options.set("request_body_limit", "1000B").unwrap();
    let mut manager = ManagerOptions::default();
    manager.set("client_stall_timeout", "300ms").unwrap();
    let outer = Proxy::with(manager, [format!("h2c://{}", inner.address)], options);
    for (chunks, status, kind) in [(3, 413, "request_too_large"), (1, 408, "client_timeout")] {
        let mut connection = outer.connect();
        let head = "POST / HTTP/1.1\r\nhost: a\r\nx-sample: count\r\ntransfer-encoding: chunked\r\n\r\n";
        let chunk = format!("1f4\r\n{}\r\n", "x".repeat(500));
        connection.write((head.to_owned() + &chunk.repeat(chunks)).as_bytes()).unwrap();
        let refused = connection.read_response("POST").unwrap();
        assert_eq!((refused.status(), reported(&refused)), (status, kind));
    }
}

/// The client goes on sending, and must find the answer all the same.
#[test]
fn the_refusal_of_a_body_is_not_lost() {
    let a = backend("a");
    let proxy = Proxy::set(&a, &[], &[("request_body_limit", "1KiB")]);
    for _ in 0..20 {
        let mut connection = proxy.connect();
        let mut writer = connection.writer().unwrap();
        let sending = std::thread::spawn(move || {
            writer.write_all(b"POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 4000000\r\n\r\n")?;
            (0..1000).try_for_each(|_| writer.write_all(&[b'x'; 4000]))
        });
        assert_eq!(connection.read_response("POST").unwrap().status(), 413);
        sending.join().unwrap().unwrap();
    }
}

/// Behind a proxy that names its clients, each of them has its own connections, and that proxy has as many as it needs.
#[test]
fn clients_behind_a_proxy_are_limited_each() {
    let a = backend("a");
    let proxy = Proxy::set(&a, &[("client_connection_limit", "2"), ("proxy_protocol", "127.0.0.1")], &[]);
    let from = |client: &str| {
        let mut connection = proxy.connect();
        connection.write(format!("PROXY TCP4 {client} 192.0.2.80 1 80\r\n").as_bytes()).unwrap();
        connection
    };
    let mut held = [from("192.0.2.1"), from("192.0.2.1"), from("192.0.2.2"), from("192.0.2.3")];
    assert!(held.iter_mut().all(is_open));
    assert!(!is_open(&mut from("192.0.2.1")));
    assert!(is_open(&mut from("192.0.2.2")));
}

fn is_open(connection: &mut Connection) -> bool {
    connection.exchange(&Request::get("/")).is_ok_and(|answer| answer.status() == 200)
}

#[test]
fn connections_are_limited() {
    let a = backend("a");
    let proxy = Proxy::set(&a, &[("connection_limit", "3"), ("workers", "2")], &[]);
    let mut held: Vec<Connection> = (0..3).map(|_| proxy.connect()).collect();
    assert!(held.iter_mut().all(is_open));
    assert!(!is_open(&mut proxy.connect()));
    assert!(held.iter_mut().all(is_open));
    drop(held.pop());
    wait::until_true("one more is let in", || is_open(&mut proxy.connect()));
}

#[test]
fn connections_of_one_client_are_limited() {
    let a = backend("a");
    let proxy = Proxy::set(&a, &[("client_connection_limit", "2")], &[]);
    let from = |last: u8| {
        let socket = socket2::Socket::new(socket2::Domain::IPV4, socket2::Type::STREAM, None).unwrap();
        socket.bind(&SocketAddr::new(IpAddr::V4(Ipv4Addr::new(127, 0, 0, last)), 0).into()).unwrap();
        socket.connect(&proxy.address.parse::<SocketAddr>().unwrap().into()).unwrap();
        Connection::over(socket.into()).unwrap()
    };
    let mut held = [from(1), from(1), from(2)];
    assert!(held.iter_mut().all(is_open));
    assert!(!is_open(&mut from(1)));
    assert!(is_open(&mut from(2)));
}
