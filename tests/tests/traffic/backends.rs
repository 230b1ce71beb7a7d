//! What happens at the side of the backends: connections that were closed, backends that were removed.

use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

use proxykit_core::{HealthCheck, RouteOptions};
use proxykit_tests::backend::Backend;
use proxykit_tests::client::{Connection, Request};
use proxykit_tests::wait;
use socket2::{Domain, Socket, Type};

use crate::process::ProxyProcess;
use crate::{Proxy, asking, backend, reported, unchecked};

#[test]
fn requests_share_connections() {
    let a = backend("a");
    let proxy = Proxy::before(&a);
    let mut connection = proxy.connect();
    for _ in 0..20 {
        assert_eq!(connection.exchange(&Request::post("/", "text")).unwrap().status(), 200);
    }
    let counts = a.counts().unwrap();
    assert_eq!((counts.requests, counts.accepted), (20, 1));
}

#[test]
fn a_connection_that_the_backend_closed_fails_no_request() {
    let a = backend("a");
    let proxy = Proxy::before(&a);
    let mut connection = proxy.connect();
    for round in 0..20 {
        for request in [Request::get("/"), Request::post("/", "text"), Request::new("DELETE", "/")] {
            let answer = connection.exchange(&request).unwrap();
            assert_eq!(answer.status(), 200, "{} in round {round}: {}", request.method, answer.text());
            a.close_idle().unwrap();
            wait::until_true("the connections are closed", || a.counts().unwrap().connections == 0);
        }
    }
    let counts = a.counts().unwrap();
    assert_eq!((counts.requests, counts.accepted), (60, 60));
}

#[test]
fn a_request_that_meets_the_close_is_sent_once_and_answered() {
    let a = backend("a");
    let proxy = ProxyProcess::before(&a);
    let mut connection = Connection::open(&proxy.address).unwrap();
    for round in 1..=5 {
        assert_eq!(connection.exchange(&Request::post("/", "text")).unwrap().status(), 200);
        // Asleep, the proxy finds the request first when it wakes up, and the end of the connection after it.
        proxy.fall_asleep();
        connection.write(&Request::post("/", "text").to_bytes()).unwrap();
        a.close_idle().unwrap();
        wait::until_true("the connections are closed", || a.counts().unwrap().connections == 0);
        proxy.wake_up();
        let answer = connection.read_response("POST").unwrap();
        assert_eq!(answer.status(), 200, "in round {round}: {}", answer.text());
        assert_eq!(a.counts().unwrap().requests, 2 * round);
    }
}

#[test]
fn a_backend_that_closes_behind_each_answer_fails_no_get() {
    let program = env!("CARGO_BIN_EXE_sample-backend");
    for most in ["1", "3"] {
        let a = Backend::start_at(program, "a", "127.0.0.1:0", &["--close-after", most]).unwrap();
        let proxy = Proxy::before(&a);
        let mut connection = proxy.connect();
        for _ in 0..200 {
            let answer = connection.exchange(&Request::get("/")).unwrap();
            assert_eq!(answer.status(), 200, "{}", answer.text());
        }
    }
}

#[test]
fn a_backend_that_came_back_fails_no_request() {
    let mut a = backend("a");
    let proxy = Proxy::before(&a);
    for _ in 0..5 {
        let mut connection = proxy.connect();
        assert_eq!(connection.exchange(&Request::post("/", "text")).unwrap().status(), 200);
        a.restart().unwrap();
        assert_eq!(connection.exchange(&Request::post("/", "text")).unwrap().status(), 200);
    }
}

#[test]
fn a_removed_backend_is_left_alone() {
    let (a, b) = (backend("a"), backend("b"));
    let interval = Duration::from_millis(20);
    let check = HealthCheck { interval, jitter: 0.0, ..HealthCheck::default() };
    let options = RouteOptions { health_check: Some(check), ..RouteOptions::default() };
    let proxy = Proxy::serve([a.target(), b.target()], options);
    for _ in 0..4 {
        assert_eq!(proxy.send(&Request::get("/")).status(), 200);
    }
    wait::until_true("both are checked", || a.counts().unwrap().probes > 3 && b.counts().unwrap().probes > 3);
    assert_eq!(proxy.manager.remove_backends("/", [a.target()]).unwrap(), 1);
    let (left, going_on) = (a.counts().unwrap().probes, b.counts().unwrap().probes);
    wait::until_true("the other is still checked", || b.counts().unwrap().probes > going_on + 10);
    let late = a.counts().unwrap().probes - left;
    assert!(late <= 1, "{late} probes came after the removal");
    wait::until_true("idle connections are closed", || a.counts().unwrap().connections == 0);
    assert!(b.counts().unwrap().connections > 0, "those to the other stay open");
}

#[test]
fn requests_in_flight_outlive_their_backend_and_route() {
    let a = backend("a");
    let proxy = Proxy::before(&a);
    let slow = proxy.begin(asking("gate=g"));
    crate::wait_for_active(&a, 1);
    assert_eq!(proxy.manager.list_backends("/").unwrap()[0].in_flight, 1);
    proxy.manager.remove_backends("/", [a.target()]).unwrap();
    proxy.manager.remove_route("/").unwrap();
    a.open_gate("g").unwrap();
    assert_eq!(slow.join().unwrap().unwrap().backend(), Some("a"));
}

#[test]
fn a_backend_that_accepts_no_connection_is_not_waited_for() {
    // A queue of one place that nobody empties: when it is full, the system drops what asks for a connection.
    let listener = Socket::new(Domain::IPV4, Type::STREAM, None).unwrap();
    listener.bind(&SocketAddr::from(([127, 0, 0, 1], 0)).into()).unwrap();
    listener.listen(0).unwrap();
    let address = listener.local_addr().unwrap().as_socket().unwrap();
    let fill = || TcpStream::connect_timeout(&address, Duration::from_millis(200));
    let _queue: Vec<_> = std::iter::from_fn(|| fill().ok()).collect();

    let options = RouteOptions { connect_timeout: Duration::from_millis(50), ..unchecked() };
    let proxy = Proxy::serve([format!("http://{address}")], options);
    let answer = proxy.send(&Request::get("/"));
    assert_eq!((answer.status(), reported(&answer)), (504, "connect_timeout"));
    let a = backend("a");
    proxy.manager.add_backends("/", [a.target()], None).unwrap();
    for _ in 0..4 {
        assert_eq!(proxy.send(&Request::post("/", "text")).backend(), Some("a"));
    }
}
