//! Backends that take a limited number of requests.

use std::thread;
use std::time::Instant;

use crate::{Proxy, asking, backend, reported, wait_for_active};

#[test]
fn a_backend_never_has_more_than_its_limit() {
    let (a, b) = (backend("a"), backend("b"));
    let route = [("backend_request_limit", "3"), ("queue_timeout", "20s")];
    let proxy = Proxy::of(&[&a, &b], &[("workers", "2")], &route);
    let held: Vec<_> = (0..20).map(|_| proxy.begin(asking("gate=g"))).collect();
    wait_for_active(&a, 3);
    wait_for_active(&b, 3);
    for backend in proxy.manager.list_backends("/").unwrap() {
        assert_eq!(backend.in_flight, 3);
    }
    // Those that wait come as the others leave, never more of them.
    a.open_gate("g").unwrap();
    b.open_gate("g").unwrap();
    for request in held {
        assert_eq!(request.join().unwrap().unwrap().status(), 200);
    }
    let most = a.counts().unwrap().most_active.max(b.counts().unwrap().most_active);
    assert_eq!(most, 3);
    assert_eq!(a.counts().unwrap().requests + b.counts().unwrap().requests, 20);
}

#[test]
fn the_limit_is_exact_under_load() {
    let a = backend("a");
    let route = [("backend_request_limit", "4"), ("queue_timeout", "20s")];
    let proxy = Proxy::of(&[&a], &[("workers", "2")], &route);
    thread::scope(|scope| {
        for _ in 0..16 {
            scope.spawn(|| {
                let mut connection = proxy.connect();
                for _ in 0..50 {
                    assert_eq!(connection.exchange(&asking("delay=1")).unwrap().status(), 200);
                }
            });
        }
    });
    let counts = a.counts().unwrap();
    assert_eq!((counts.requests, counts.most_active), (800, 4));
}

#[test]
fn the_queue_has_an_end_and_a_time() {
    let a = backend("a");
    let route = [("backend_request_limit", "1"), ("queue_limit", "1"), ("queue_timeout", "2s")];
    let proxy = Proxy::set(&a, &[], &route);
    let held = proxy.begin(asking("gate=g"));
    wait_for_active(&a, 1);
    let begin = Instant::now();
    let others: Vec<_> = (0..5).map(|_| proxy.begin(asking(""))).collect();
    let answers: Vec<_> = others.into_iter().map(|other| other.join().unwrap().unwrap()).collect();
    let count = |kind: &str| answers.iter().filter(|answer| reported(answer) == kind).count();
    assert!(answers.iter().all(|answer| answer.status() == 503));
    assert!(count("queue_full") >= 1 && count("queue_timeout") >= 1, "{answers:?}");
    assert_eq!(count("queue_full") + count("queue_timeout"), 5);
    assert!(begin.elapsed().as_millis() >= 2000);
    a.open_gate("g").unwrap();
    assert_eq!(held.join().unwrap().unwrap().status(), 200);
    assert_eq!(proxy.send(&asking("")).status(), 200);
}

#[test]
fn those_who_wait_find_a_new_backend() {
    let (a, b) = (backend("a"), backend("b"));
    let proxy = Proxy::set(&a, &[], &[("backend_request_limit", "1"), ("queue_timeout", "20s")]);
    let held = proxy.begin(asking("gate=g"));
    wait_for_active(&a, 1);
    let waiting = proxy.begin(asking(""));
    proxy.manager.add_backends("/", [b.target()], None).unwrap();
    assert_eq!(waiting.join().unwrap().unwrap().backend(), Some("b"));
    a.open_gate("g").unwrap();
    held.join().unwrap().unwrap();
}

#[test]
fn those_who_wait_hear_of_the_end_of_their_route() {
    let a = backend("a");
    let proxy = Proxy::set(&a, &[], &[("backend_request_limit", "1"), ("queue_timeout", "20s")]);
    let held = proxy.begin(asking("gate=g"));
    wait_for_active(&a, 1);
    let waiting = proxy.begin(asking(""));
    proxy.manager.remove_route("/").unwrap();
    assert_eq!(reported(&waiting.join().unwrap().unwrap()), "no_route");
    a.open_gate("g").unwrap();
    assert_eq!(held.join().unwrap().unwrap().status(), 200);
}

/// A client that leaves the queue takes no place.
#[test]
fn who_leaves_the_queue_is_not_waited_for() {
    let a = backend("a");
    let proxy = Proxy::set(&a, &[], &[("backend_request_limit", "1"), ("queue_timeout", "20s")]);
    let held = proxy.begin(asking("gate=g"));
    wait_for_active(&a, 1);
    for _ in 0..5 {
        let mut connection = proxy.connect();
        connection.write(&asking("").to_bytes()).unwrap();
    }
    let waiting = proxy.begin(asking(""));
    a.open_gate("g").unwrap();
    assert_eq!(held.join().unwrap().unwrap().status(), 200);
    assert_eq!(waiting.join().unwrap().unwrap().status(), 200);
}
