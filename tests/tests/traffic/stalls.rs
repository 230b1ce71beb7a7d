//! Clients and backends that pause.

use std::io::{Read, Write};
use std::time::{Duration, Instant};

use proxykit_tests::client::{Connection, Request};
use proxykit_tests::wait::{self, DEADLINE};

use crate::tunnels::{assert_echo, open_tunnel};
use crate::{Proxy, asking, backend, reported, wait_for_active};

/// How long the connection stays open; it must be at least `least`, which no busy machine makes shorter.
#[track_caller]
fn assert_closes_after(mut connection: impl Read, begin: Instant, least: Duration) {
    let mut rest = Vec::new();
    connection.read_to_end(&mut rest).unwrap();
    let lasted = begin.elapsed();
    assert!(lasted >= least, "closed after {lasted:?}");
    assert!(rest.is_empty(), "{:?}", String::from_utf8_lossy(&rest));
}

#[test]
fn a_head_has_its_time() {
    let a = backend("a");
    let proxy = Proxy::set(&a, &[("request_head_timeout", "300ms")], &[]);
    let mut connection = proxy.connect();
    // The first head on a connection, and a later one.
    for is_second in [false, true] {
        if is_second {
            connection = proxy.connect();
            assert_eq!(connection.exchange(&Request::get("/")).unwrap().status(), 200);
        }
        let begin = Instant::now();
        connection.write(b"GET / HTTP/1.1\r\n").unwrap();
        let mut writer = connection.writer().unwrap();
        // To send now and then does not help.
        let sending = std::thread::spawn(move || {
            while writer.write_all(b"a: b\r\n").is_ok() && begin.elapsed() < DEADLINE {
                std::thread::sleep(Duration::from_millis(20));
            }
        });
        // What it still sends is answered with a reset, which is as good as a close.
        let rest = connection.read_to_end().unwrap_or_default();
        let lasted = begin.elapsed();
        assert!(rest.is_empty() && lasted >= Duration::from_millis(300) && lasted < DEADLINE, "{lasted:?}");
        sending.join().unwrap();
    }
    assert_eq!(a.counts().unwrap().requests, 1);
}

#[test]
fn an_idle_connection_is_closed() {
    let a = backend("a");
    let proxy = Proxy::set(&a, &[("idle_timeout", "200ms")], &[]);
    let begin = Instant::now();
    assert_closes_after(proxy.connect(), begin, Duration::from_millis(200));
    let mut connection = proxy.connect();
    for _ in 0..3 {
        assert_eq!(connection.exchange(&Request::get("/")).unwrap().status(), 200);
    }
    // A request that runs is not idle, however long it takes.
    connection.write(&asking("delay=600").to_bytes()).unwrap();
    assert_eq!(connection.read_response("GET").unwrap().status(), 200);
    let begin = Instant::now();
    assert_closes_after(connection, begin, Duration::from_millis(150));
}

const PREFACE: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0";

#[test]
fn an_idle_connection_of_http2_ends_with_goaway() {
    let a = backend("a");
    let proxy = Proxy::set(&a, &[("idle_timeout", "200ms")], &[]);
    let mut connection = proxy.connect();
    let begin = Instant::now();
    connection.write(PREFACE).unwrap();
    let frames = connection.read_to_end().unwrap();
    assert!(begin.elapsed() >= Duration::from_millis(200));
    let mut kinds = Vec::new();
    let mut rest = &frames[..];
    while let [a, b, c, kind, ..] = *rest {
        kinds.push(kind);
        rest = &rest[9 + u32::from_be_bytes([0, a, b, c]) as usize..];
    }
    assert!(kinds.contains(&7), "{kinds:?}");
}

#[test]
fn a_client_that_stops_sending_its_body_gets_408() {
    let a = backend("a");
    let proxy = Proxy::set(&a, &[("client_stall_timeout", "200ms")], &[]);
    let mut connection = proxy.connect();
    connection.write(b"POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 10\r\n\r\nhalf").unwrap();
    let answer = connection.read_response("POST").unwrap();
    assert_eq!((answer.status(), reported(&answer)), (408, "client_timeout"));
    wait_for_active(&a, 0);
}

#[test]
fn a_client_that_does_not_read_is_left() {
    let a = backend("a");
    let proxy = Proxy::set(&a, &[("client_stall_timeout", "300ms")], &[]);
    let mut connection = proxy.connect();
    connection.write(&asking("bytes=1000000000").to_bytes()).unwrap();
    wait::until_true("the backend's request is cancelled", || a.counts().unwrap().cancelled == 1);
    // What was under way is still there, and then the end, by a reset.
    let mut bytes = vec![0; 1 << 20];
    let mut length = 0;
    while let Ok(count @ 1..) = connection.read(&mut bytes) {
        length += count;
    }
    assert!(length < 1_000_000_000, "{length}");
}

/// In HTTP/2 a client need not leave its socket full: it just does not open its window.
#[tokio::test]
async fn a_client_of_http2_that_does_not_read_is_left() {
    use hyper_util::rt::{TokioExecutor, TokioIo};
    let a = backend("a");
    let proxy = Proxy::set(&a, &[("client_stall_timeout", "300ms")], &[]);
    let socket = tokio::net::TcpStream::connect(&proxy.address).await.unwrap();
    let mut builder = hyper::client::conn::http2::Builder::new(TokioExecutor::new());
    builder.initial_stream_window_size(1000);
    let handshake = builder.handshake::<_, http_body_util::Empty<bytes::Bytes>>(TokioIo::new(socket));
    let (mut sender, connection) = handshake.await.unwrap();
    let connection = tokio::spawn(connection);
    let request =
        http::Request::get(format!("http://{}/", proxy.address)).header("x-sample", "bytes=1000000000");
    let answer = sender.send_request(request.body(http_body_util::Empty::new()).unwrap()).await.unwrap();
    assert_eq!(answer.status(), 200);
    // The answer is held, and nobody reads it.
    tokio::time::timeout(DEADLINE, connection).await.expect("the proxy ends the connection").unwrap().ok();
    drop(answer);
    tokio::task::spawn_blocking(move || {
        wait::until_true("the backend's request is cancelled", || a.counts().unwrap().cancelled == 1);
    })
    .await
    .unwrap();
}

/// A client that reads slowly, and one whose backend is slow, are not stalled.
#[test]
fn slow_is_not_stalled() {
    let a = backend("a");
    let proxy = Proxy::set(&a, &[("client_stall_timeout", "2s"), ("idle_timeout", "500ms")], &[]);
    let slow_backend = proxy.begin(asking("events=8, every=200"));
    let mut connection = proxy.connect();
    connection.write(&asking("bytes=30000000").to_bytes()).unwrap();
    let head = connection.read_head().unwrap();
    for _ in 0..15 {
        std::thread::sleep(Duration::from_millis(200));
        connection.read_exact(500_000).unwrap();
    }
    assert_eq!(connection.read_exact(22_500_000).unwrap().len(), 22_500_000);
    assert_eq!(head.status, 200);
    assert_eq!(slow_backend.join().unwrap().unwrap().text().matches("data:").count(), 8);
}

#[test]
fn a_backend_that_pauses_too_long_breaks_the_answer() {
    let a = backend("a");
    let proxy = Proxy::set(&a, &[], &[("backend_stall_timeout", "200ms")]);
    let mut connection = proxy.connect();
    let error = connection.exchange(&asking("chunks=100000, body-gate=never")).unwrap_err();
    assert_eq!(error.kind(), std::io::ErrorKind::UnexpectedEof);
    wait::until_true("the backend's request is cancelled", || a.counts().unwrap().cancelled == 1);
}

#[test]
fn a_request_has_its_time() {
    let a = backend("a");
    let proxy = Proxy::set(&a, &[], &[("request_timeout", "300ms")]);
    let answer = proxy.send(&asking("gate=never"));
    assert_eq!((answer.status(), reported(&answer)), (504, "request_expired"));
    // Events keep coming, and the time is over all the same.
    let mut connection = proxy.connect();
    let error = connection.exchange(&asking("events=1000000, every=10")).unwrap_err();
    assert_eq!(error.kind(), std::io::ErrorKind::UnexpectedEof);
    wait_for_active(&a, 0);
}

#[test]
fn an_idle_tunnel_is_closed() {
    let a = backend("a");
    let proxy = Proxy::set(&a, &[], &[("tunnel_idle_timeout", "400ms")]);
    let mut tunnel = open_tunnel(&proxy);
    for _ in 0..5 {
        std::thread::sleep(Duration::from_millis(100));
        assert_echo(&mut tunnel, "text");
    }
    let begin = Instant::now();
    assert_closes_after(tunnel, begin, Duration::from_millis(300));
}

#[test]
fn half_a_head_does_not_hold_up_a_stop() {
    let a = backend("a");
    let proxy = Proxy::before(&a);
    let mut connection = proxy.connect();
    connection.exchange(&Request::get("/")).unwrap();
    connection.write(b"GET / HTTP/1.1\r\nhost: a\r\n").unwrap();
    let mut http2 = proxy.connect();
    http2.write(PREFACE).unwrap();
    http2.read_exact(9).unwrap();
    let begin = Instant::now();
    assert_eq!(proxy.manager.stop(DEADLINE).unwrap(), 0);
    assert!(begin.elapsed() < DEADLINE);
    drop::<Connection>(connection);
}
