//! The end: what finishes, what is cut off, and how long it takes.

use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use proxykit_core::ErrorKind;
use proxykit_tests::client::{self, Connection, Request};
use proxykit_tests::wait::{self, DEADLINE};

use crate::tunnels::{assert_echo, open_tunnel};
use crate::{Proxy, asking, backend, wait_for_active};

#[track_caller]
fn wait_until_refused(address: &str) {
    wait::until_true("new connections are refused", || Connection::open(address).is_err());
}

#[test]
fn requests_in_flight_finish() {
    let a = backend("a");
    let proxy = Proxy::before(&a);
    let before_its_answer = proxy.begin(asking("gate=g"));
    let within_its_answer = proxy.begin(asking("chunks=100000, body-gate=g"));
    let mut idle = proxy.connect();
    assert_eq!(idle.exchange(&Request::get("/")).unwrap().status(), 200);
    wait_for_active(&a, 2);
    thread::scope(|scope| {
        let stopped = scope.spawn(|| proxy.manager.stop(DEADLINE));
        wait_until_refused(&proxy.address);
        assert!(idle.read_to_end().unwrap().is_empty(), "an idle connection is closed");
        assert_eq!(proxy.manager.wait(Some(Duration::ZERO)).unwrap_err().kind(), ErrorKind::TimedOut);
        a.open_gate("g").unwrap();
        assert_eq!(stopped.join().unwrap().unwrap(), 0);
    });
    assert_eq!(before_its_answer.join().unwrap().unwrap().status(), 200);
    assert_eq!(within_its_answer.join().unwrap().unwrap().body.len(), 100_000);
    proxy.manager.wait(None).unwrap();
}

/// Clients are told that the connection ends: in the answer of HTTP/1.1, by GOAWAY in HTTP/2.
#[test]
fn clients_hear_of_the_stop() {
    let a = backend("a");
    let proxy = Proxy::before(&a);
    let waiting = proxy.begin(asking("gate=g"));
    wait_for_active(&a, 1);
    let mut http2 = proxy.connect();
    http2.write(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0").unwrap();
    http2.read_exact(9).unwrap();
    thread::scope(|scope| {
        let stopped = scope.spawn(|| proxy.manager.stop(DEADLINE));
        wait_until_refused(&proxy.address);
        let frames = http2.read_to_end().unwrap();
        assert!(frames.windows(5).any(|frame| frame == b"\x07\0\0\0\0"), "no GOAWAY in {frames:?}");
        a.open_gate("g").unwrap();
        let answer = waiting.join().unwrap().unwrap();
        assert_eq!((answer.status(), answer.header("connection")), (200, Some("close")));
        assert_eq!(stopped.join().unwrap().unwrap(), 0);
    });
}

#[test]
fn tunnels_may_finish_too() {
    let a = backend("a");
    let proxy = Proxy::before(&a);
    let mut tunnel = open_tunnel(&proxy);
    thread::scope(|scope| {
        let stopped = scope.spawn(|| proxy.manager.stop(DEADLINE));
        wait_until_refused(&proxy.address);
        assert_echo(&mut tunnel, "text");
        assert_eq!(proxy.manager.wait(Some(Duration::ZERO)).unwrap_err().kind(), ErrorKind::TimedOut);
        tunnel.finish_writing().unwrap();
        assert!(tunnel.read_to_end().unwrap().is_empty());
        assert_eq!(stopped.join().unwrap().unwrap(), 0);
    });
}

#[test]
fn the_deadline_cuts_off_and_counts() {
    let a = backend("a");
    let proxy = Proxy::before(&a);
    let slow: Vec<_> = (0..3).map(|_| proxy.begin(asking("gate=never"))).collect();
    let mut tunnel = open_tunnel(&proxy);
    wait_for_active(&a, 4);
    let begun = Instant::now();
    assert_eq!(proxy.manager.stop(Duration::from_millis(100)).unwrap(), 4);
    let elapsed = begun.elapsed();
    assert!(elapsed >= Duration::from_millis(100) && elapsed < DEADLINE / 2, "{elapsed:?}");
    for request in slow {
        assert!(request.join().unwrap().is_err());
    }
    assert!(tunnel.read_to_end().unwrap_or_default().is_empty());
    wait_for_active(&a, 0);
    assert_eq!(proxy.manager.stop(DEADLINE).unwrap(), 4, "the count stays");
}

#[test]
fn the_earliest_deadline_counts() {
    let a = backend("a");
    let proxy = Proxy::before(&a);
    let slow = proxy.begin(asking("gate=never"));
    wait_for_active(&a, 1);
    thread::scope(|scope| {
        let patient = scope.spawn(|| proxy.manager.stop(Duration::from_secs(3600)));
        let waiting = scope.spawn(|| proxy.manager.wait(None));
        wait_until_refused(&proxy.address);
        assert_eq!(proxy.manager.stop(Duration::ZERO).unwrap(), 1);
        assert_eq!(patient.join().unwrap().unwrap(), 1);
        waiting.join().unwrap().unwrap();
    });
    assert!(slow.join().unwrap().is_err());
}

#[test]
fn a_slow_client_does_not_hold_the_stop() {
    let a = backend("a");
    let proxy = Proxy::before(&a);
    let mut half = proxy.connect();
    half.write(b"GET / HTTP/1.1\r\nHost:").unwrap();
    let mut silent = proxy.connect();
    // Both are accepted before this one is answered.
    assert_eq!(proxy.send(&Request::get("/")).status(), 200);
    proxy.manager.stop(Duration::from_millis(200)).unwrap();
    assert!(half.read_to_end().unwrap_or_default().is_empty());
    assert!(silent.read_to_end().unwrap_or_default().is_empty());
}

#[test]
fn a_dropped_manager_stops() {
    let a = backend("a");
    let proxy = Proxy::before(&a);
    let slow = proxy.begin(asking("gate=never"));
    wait_for_active(&a, 1);
    let address = proxy.address.clone();
    drop(proxy);
    assert!(client::send(&address, &Request::get("/")).is_err());
    assert!(slow.join().unwrap().is_err());
    wait_for_active(&a, 0);
}

#[test]
fn serve_returns_when_another_thread_stops() {
    let manager = Arc::new(proxykit_core::Manager::new(Default::default()).unwrap());
    let serving = {
        let manager = manager.clone();
        thread::spawn(move || manager.serve("127.0.0.1:0"))
    };
    let address = wait::until(|| manager.address()).unwrap();
    assert_eq!(client::send(&address, &Request::get("/")).unwrap().status(), 404);
    assert_eq!(manager.stop(DEADLINE).unwrap(), 0);
    serving.join().unwrap().unwrap();
}
