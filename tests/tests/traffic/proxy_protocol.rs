//! Connections that begin with the word of a proxy, on either side.

use std::io::{Read, Write};
use std::net::TcpListener;
use std::thread;
use std::time::Duration;

use proxykit_core::{ManagerOptions, RouteOptions, SendProxyProtocol};
use proxykit_tests::client::{Connection, Request, Response};
use proxykit_tests::wait;
use serde_json::{Value, json};

use crate::{Proxy, backend, unchecked};

const V1: &[u8] = b"PROXY TCP4 192.0.2.9 198.51.100.7 4711 443\r\n";
const V2: &[u8] = b"\r\n\r\n\0\r\nQUIT\n\x21\x11\0\x0f\xc0\0\x02\x09\xc6\x33\x64\x07\x12\x67\x01\xbb\x04\0\0";
const V2_LOCAL: &[u8] = b"\r\n\r\n\0\r\nQUIT\n\x20\0\0\0";
const MANAGEMENT: &str = "/endpoints/list?prefixPath=/";

fn behind(origin: &str) -> ManagerOptions {
    ManagerOptions { proxy_protocol: vec![origin.parse().unwrap()], ..ManagerOptions::default() }
}

fn sending(version: SendProxyProtocol) -> RouteOptions {
    RouteOptions { send_proxy_protocol: version, ..unchecked() }
}

/// Sends a request behind these bytes.
fn ask_behind(header: &[u8], address: &str, request: &Request) -> std::io::Result<Response> {
    let mut connection = Connection::open(address)?;
    connection.write(header)?;
    connection.exchange(request)
}

fn forwarded_for(answer: &Response) -> Value {
    answer.json()["headers"]["x-forwarded-for"].clone()
}

#[test]
fn the_client_is_whom_the_header_names() {
    let a = backend("a");
    let proxy = Proxy::with(behind("127.0.0.0/8"), [a.target()], unchecked());
    for (header, expected) in
        [(V1, "192.0.2.9"), (V2, "192.0.2.9"), (V2_LOCAL, "127.0.0.1"), (b"PROXY UNKNOWN\r\n", "127.0.0.1")]
    {
        let answer = ask_behind(header, &proxy.address, &Request::get("/")).unwrap();
        assert_eq!(forwarded_for(&answer), json!([expected]));
    }
    // It may come byte by byte, and holds for every request of the connection.
    let mut connection = proxy.connect();
    for byte in V2 {
        connection.write(&[*byte]).unwrap();
    }
    for _ in 0..2 {
        let answer = connection.exchange(&Request::get("/")).unwrap();
        assert_eq!(forwarded_for(&answer), json!(["192.0.2.9"]));
    }
}

#[test]
fn a_listed_peer_must_say_it_and_no_other_may() {
    let a = backend("a");
    let proxy = Proxy::with(behind("127.0.0.1"), [a.target()], unchecked());
    for beginning in [&b""[..], b"PROXY TCP4 192.0.2.9 198.51.100.7 4711\r\n", &V2[..8]] {
        let mut connection = proxy.connect();
        connection.write(&[beginning, &Request::get("/").to_bytes()].concat()).unwrap();
        // An end or a reset, whichever the system makes of it; but no answer.
        assert!(connection.read_to_end().unwrap_or_default().is_empty(), "{beginning:?}");
    }
    assert_eq!(a.counts().unwrap().requests, 0);

    let proxy = Proxy::with(behind("192.0.2.0/24"), [a.target()], unchecked());
    assert_eq!(forwarded_for(&proxy.send(&Request::get("/"))), json!(["127.0.0.1"]));
    for header in [V1, V2] {
        let answer = ask_behind(header, &proxy.address, &Request::get("/"));
        assert!(answer.is_err() || answer.unwrap().status() == 400, "{header:?}");
    }
    assert_eq!(a.counts().unwrap().requests, 1);
}

#[test]
fn a_header_that_does_not_come_is_not_waited_for() {
    let options = ManagerOptions {
        request_head_timeout: Duration::from_millis(100),
        idle_timeout: Duration::from_secs(3600),
        ..behind("127.0.0.1")
    };
    let proxy = Proxy::with(options, ["http://127.0.0.1:9"], unchecked());
    for beginning in [&b""[..], b"PROXY TCP4 192.0.2.9 ", &V2[..14], &V2[..20]] {
        let mut connection = proxy.connect();
        connection.write(beginning).unwrap();
        assert!(connection.read_to_end().unwrap_or_default().is_empty(), "{beginning:?}");
    }
}

#[test]
fn a_balancer_on_this_machine_makes_nobody_local() {
    let proxy = Proxy::with(behind("127.0.0.1"), ["http://127.0.0.1:9"], unchecked());
    for (header, status) in [
        (V1, 403),
        (V2, 403),
        (V2_LOCAL, 403),
        (b"PROXY UNKNOWN\r\n", 403),
        (b"PROXY TCP4 127.0.0.1 127.0.0.1 4711 80\r\n", 200),
    ] {
        let answer = ask_behind(header, &proxy.address, &Request::get(MANAGEMENT)).unwrap();
        assert_eq!(answer.status(), status, "{header:?}");
    }
}

#[test]
fn connections_are_counted_for_whom_the_header_names() {
    let a = backend("a");
    let options = ManagerOptions { client_connection_limit: 1, ..behind("127.0.0.1") };
    let proxy = Proxy::with(options, [a.target()], unchecked());
    let open = |client: &str| {
        let mut connection = proxy.connect();
        let header = format!("PROXY TCP4 {client} 198.51.100.7 4711 443\r\n");
        connection.write(&[header.as_bytes(), &Request::get("/").to_bytes()].concat()).unwrap();
        connection.read_response("GET").map(|answer| (connection, answer.status()))
    };
    // All come from the one balancer.
    let (first, status) = open("192.0.2.9").unwrap();
    assert_eq!(status, 200);
    let _second = open("192.0.2.10").unwrap();
    assert!(open("192.0.2.9").is_err(), "its only connection is taken");
    drop(first);
    wait::until(|| open("192.0.2.9").map(drop)).unwrap();
}

#[test]
fn a_unix_socket_may_be_a_balancers() {
    let a = backend("a");
    let folder = std::env::temp_dir().join(format!("proxykit-announced-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let manager = proxykit_core::Manager::new(behind("unix")).unwrap();
    manager.add_route("/", [a.target()], unchecked()).unwrap();
    manager.start(&format!("unix:{}", folder.join("p.sock").display())).unwrap();
    let address = manager.address().unwrap();
    let request = Request::get("/").header("X-Forwarded-For", "6.6.6.6");
    let answer = ask_behind(V1, &address, &request).unwrap();
    assert_eq!(forwarded_for(&answer), json!(["6.6.6.6, 192.0.2.9"]));
    assert_eq!(ask_behind(V2_LOCAL, &address, &Request::get(MANAGEMENT)).unwrap().status(), 403);
    drop(manager);
    std::fs::remove_dir_all(&folder).unwrap();
}

#[test]
fn one_proxy_kit_tells_the_next() {
    let a = backend("a");
    let second = Proxy::with(behind("127.0.0.1"), [a.target()], unchecked());
    for version in [SendProxyProtocol::V1, SendProxyProtocol::V2] {
        for scheme in ["http", "h2c"] {
            let target = format!("{scheme}://{}", second.address);
            let first = Proxy::with(behind("127.0.0.1"), [target], sending(version));
            // Connections are not kept: no client goes by the name of the one before it.
            for client in ["192.0.2.9", "192.0.2.10", "192.0.2.9"] {
                let header = format!("PROXY TCP4 {client} 198.51.100.7 4711 443\r\n");
                let answer = ask_behind(header.as_bytes(), &first.address, &Request::get("/")).unwrap();
                assert_eq!(
                    forwarded_for(&answer),
                    json!([format!("{client}, {client}")]),
                    "{version} {scheme}"
                );
            }
            let answer = ask_behind(V2_LOCAL, &first.address, &Request::get("/")).unwrap();
            assert_eq!(forwarded_for(&answer), json!(["127.0.0.1, 127.0.0.1"]), "{version} {scheme}");
        }
    }
    // Who sends none is not let in.
    let first = Proxy::serve([format!("http://{}", second.address)], unchecked());
    assert_eq!(first.send(&Request::get("/")).status(), 502);
}

/// What the first connection to a target begins with, up to the end of the request's head.
fn beginning_of(listener: TcpListener) -> thread::JoinHandle<Vec<u8>> {
    thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        let (mut bytes, mut byte) = (Vec::new(), [0]);
        while !bytes.ends_with(b"\r\n\r\n") || bytes.len() < 30 {
            stream.read_exact(&mut byte).unwrap();
            bytes.push(byte[0]);
        }
        stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n").unwrap();
        bytes
    })
}

#[test]
fn a_header_has_the_addresses_of_both_ends() {
    for version in [SendProxyProtocol::V1, SendProxyProtocol::V2] {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let target = format!("http://{}", listener.local_addr().unwrap());
        let seen = beginning_of(listener);
        let proxy = Proxy::serve([target], sending(version));
        let mut connection = proxy.connect();
        let (own, to) = (connection.local_port().unwrap(), proxy.address.rsplit_once(':').unwrap().1);
        assert_eq!(connection.exchange(&Request::get("/")).unwrap().status(), 200);
        let seen = seen.join().unwrap();
        let expected = match version {
            SendProxyProtocol::V1 => {
                format!("PROXY TCP4 127.0.0.1 127.0.0.1 {own} {to}\r\nGET / ").into_bytes()
            }
            _ => [
                b"\r\n\r\n\0\r\nQUIT\n\x21\x11\0\x0c\x7f\0\0\x01\x7f\0\0\x01",
                &own.to_be_bytes()[..],
                &to.parse::<u16>().unwrap().to_be_bytes(),
                b"GET / ",
            ]
            .concat(),
        };
        assert!(seen.starts_with(&expected), "{:?}", String::from_utf8_lossy(&seen));
    }
}
