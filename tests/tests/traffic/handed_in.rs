//! A socket that its owner lends, and that outlives those who accept from it.

use std::net::TcpListener;
use std::os::fd::AsRawFd;
use std::time::Duration;

use proxykit_core::{Manager, ManagerOptions};
use proxykit_tests::backend::Backend;
use proxykit_tests::client::{Connection, Request};

use crate::{backend, unchecked};

fn serving(listener: &TcpListener, a: &Backend) -> Manager {
    let manager = Manager::new(ManagerOptions { workers: 3, ..ManagerOptions::default() }).unwrap();
    manager.add_route("/", [a.target()], unchecked()).unwrap();
    manager.start(&format!("fd:{}", listener.as_raw_fd())).unwrap();
    manager
}

#[test]
fn one_accept_queue_is_enough_for_all_workers() {
    let a = backend("a");
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let manager = serving(&listener, &a);
    let address = manager.address().unwrap();
    assert_eq!(address, listener.local_addr().unwrap().to_string());
    let mut connections: Vec<_> = (0..30).map(|_| Connection::open(&address).unwrap()).collect();
    for connection in &mut connections {
        assert_eq!(connection.exchange(&Request::get("/")).unwrap().status(), 200);
    }
    // Each worker has connections of its own to the backend.
    assert!(a.counts().unwrap().connections > 1, "one worker has them all");
}

#[test]
fn the_next_one_takes_over_without_a_client_being_refused() {
    let a = backend("a");
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let first = serving(&listener, &a);
    let address = first.address().unwrap();
    assert_eq!(first.stop(Duration::ZERO).unwrap(), 0);
    let mut waiting = Connection::open(&address).unwrap();
    waiting.write(&Request::get("/").to_bytes()).unwrap();
    let _second = serving(&listener, &a);
    assert_eq!(waiting.read_response("GET").unwrap().status(), 200);
}
