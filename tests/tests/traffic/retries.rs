//! Requests that are sent again, and those that must not be.

use proxykit_tests::backend::Backend;
use proxykit_tests::client::{Request, Response};

use crate::{Proxy, backend, reported};

/// Two backends, of which the first closes each connection on which a request with `x-fail: a` came.
fn proxy(route: &[(&str, &str)]) -> ([Backend; 2], Proxy) {
    let backends = [backend("a"), backend("b")];
    let proxy = Proxy::of(&[&backends[0], &backends[1]], &[], route);
    (backends, proxy)
}

/// Sends a request that backend `a` reads and then closes on, after which it is `a`'s turn.
fn send(proxy: &Proxy, request: Request) -> Response {
    proxy.send(&request.header("x-sample", "close-at=a"))
}

fn requests(backends: &[Backend; 2]) -> [usize; 2] {
    [backends[0].counts().unwrap().requests, backends[1].counts().unwrap().requests]
}

#[test]
fn an_idempotent_request_goes_to_another_backend() {
    let (backends, proxy) = proxy(&[]);
    assert_eq!(send(&proxy, Request::get("/")).backend(), Some("b"));
    assert_eq!(requests(&backends), [1, 1]);
}

#[test]
fn a_post_is_never_sent_twice() {
    let (backends, proxy) = proxy(&[]);
    for body in ["", "text"] {
        let answer = send(&proxy, Request::post("/", body));
        assert_eq!((answer.status(), reported(&answer)), (502, "upstream_closed"));
        // The other one's turn.
        assert_eq!(proxy.send(&Request::get("/")).backend(), Some("b"));
    }
    assert_eq!(requests(&backends), [2, 2]);
}

#[test]
fn a_body_that_was_kept_is_sent_again() {
    let (backends, proxy) = proxy(&[("replay_limit", "4KiB")]);
    let put = |length: usize| Request { method: "PUT".into(), ..Request::post("/", vec![b'x'; length]) };
    let answer = send(&proxy, put(4096));
    assert_eq!((answer.backend(), answer.json()["body"].as_str()), (Some("b"), Some(&*"x".repeat(4096))));
    let answer = send(&proxy, put(4097));
    assert_eq!((answer.status(), reported(&answer)), (502, "upstream_closed"));
    assert_eq!(requests(&backends), [2, 1]);
}

#[test]
fn attempts_and_budget_are_limits() {
    for (name, value) in [("attempts", "1"), ("retry_budget", "0")] {
        let (backends, proxy) = proxy(&[(name, value)]);
        let answer = send(&proxy, Request::get("/"));
        assert_eq!((answer.status(), reported(&answer)), (502, "upstream_closed"), "{name}");
        assert_eq!(requests(&backends), [1, 0]);
    }
}

/// One backend has nobody to step in for it: the request is sent to it again, at most as often as it may.
#[test]
fn the_only_backend_is_tried_again() {
    let a = backend("a");
    let proxy = Proxy::set(&a, &[], &[("attempts", "2")]);
    let answer = send(&proxy, Request::get("/"));
    assert_eq!((answer.status(), reported(&answer)), (502, "upstream_closed"));
    assert_eq!(a.counts().unwrap().requests, 2);
}

#[test]
fn whoever_cannot_be_reached_costs_no_request() {
    let (mut a, b) = (backend("a"), backend("b"));
    a.kill().unwrap();
    // Not even one that must not be sent twice, and without a budget.
    let proxy = Proxy::of(&[&a, &b], &[], &[("retry_budget", "0")]);
    for number in 0..20 {
        let answer = proxy.send(&Request::post("/", "text"));
        assert_eq!(answer.backend(), Some("b"), "{number}");
    }
    assert_eq!(b.counts().unwrap().requests, 20);
}
