//! Changes and failures under load.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use proxykit_tests::client::{Connection, Request};
use proxykit_tests::wait;

use crate::{Proxy, backend, unchecked};

const CLIENTS: usize = 4;
const REQUESTS: usize = 600;

/// What so many clients met, each with so many requests on a connection that it keeps.
#[derive(Default)]
struct Load {
    done: AtomicUsize,
}

impl Load {
    /// Runs the clients, and `change` meanwhile; how often each outcome came: a status, or an error.
    fn run(&self, address: &str, change: impl FnOnce(&Self)) -> BTreeMap<String, usize> {
        thread::scope(|scope| {
            let clients: Vec<_> = (0..CLIENTS).map(|_| scope.spawn(|| self.client(address))).collect();
            change(self);
            let mut outcomes = BTreeMap::new();
            for outcome in clients.into_iter().flat_map(|client| client.join().unwrap()) {
                *outcomes.entry(outcome).or_default() += 1;
            }
            outcomes
        })
    }

    fn client(&self, address: &str) -> Vec<String> {
        let mut connection = Connection::open(address).unwrap();
        let mut outcomes = Vec::new();
        for number in 0..REQUESTS {
            let request = if number % 3 == 0 { Request::post("/", "text") } else { Request::get("/") };
            outcomes.push(match connection.exchange(&request) {
                Ok(answer) => answer.status().to_string(),
                Err(error) => {
                    connection = Connection::open(address).unwrap();
                    error.to_string()
                }
            });
            self.done.fetch_add(1, Ordering::SeqCst);
        }
        outcomes
    }

    /// Waits until this share of all requests is done.
    fn reach(&self, percent: usize) {
        let enough = CLIENTS * REQUESTS * percent / 100;
        wait::until_true("the load goes on", || self.done.load(Ordering::SeqCst) >= enough);
    }
}

#[test]
fn backends_come_and_go_without_a_failed_request() {
    let (a, b, c) = (backend("a"), backend("b"), backend("c"));
    let proxy = Proxy::serve([a.target(), b.target()], unchecked());
    let mut left = 0;
    let outcomes = Load::default().run(&proxy.address, |load| {
        load.reach(20);
        assert_eq!(proxy.manager.add_backends("/", [c.target()], None).unwrap(), 1);
        load.reach(40);
        assert_eq!(proxy.manager.remove_backends("/", [a.target()]).unwrap(), 1);
        left = a.counts().unwrap().requests;
        load.reach(60);
        proxy.manager.add_route("/other/", [a.target()], unchecked()).unwrap();
        proxy.manager.remove_route("/other/").unwrap();
    });
    assert_eq!(outcomes, BTreeMap::from([("200".to_owned(), CLIENTS * REQUESTS)]));
    let late = a.counts().unwrap().requests - left;
    assert!(late <= CLIENTS, "{late} requests came after the removal, beyond those in flight");
    assert!(c.counts().unwrap().requests > REQUESTS);
}

#[test]
fn only_requests_in_flight_feel_that_a_backend_dies() {
    let (a, mut b) = (backend("a"), backend("b"));
    let proxy = Proxy::serve([a.target(), b.target()], unchecked());
    let mut outcomes = Load::default().run(&proxy.address, |load| {
        load.reach(30);
        assert!(b.counts().unwrap().requests > 0);
        b.kill().unwrap();
        load.reach(60);
        b.restart().unwrap();
        load.reach(90);
        assert!(b.counts().unwrap().requests > 0, "the backend takes part again");
    });
    let good = outcomes.remove("200").unwrap_or_default();
    let failed = outcomes.remove("502").unwrap_or_default();
    assert_eq!((good + failed, outcomes), (CLIENTS * REQUESTS, BTreeMap::new()));
    assert!(failed <= CLIENTS, "{failed} requests failed, more than were in flight");
}

#[test]
fn a_proxy_starts_and_stops_under_load_again_and_again() {
    let a = backend("a");
    for _ in 0..10 {
        let proxy = Proxy::before(&a);
        let load = Load::default();
        let address = proxy.address.clone();
        thread::scope(|scope| {
            let clients: Vec<_> = (0..CLIENTS)
                .map(|_| {
                    let mut connection = Connection::open(&address).unwrap();
                    let load = &load;
                    scope.spawn(move || {
                        // Until the proxy closes the connection.
                        while let Ok(answer) = connection.exchange(&Request::get("/")) {
                            assert_eq!(answer.status(), 200);
                            load.done.fetch_add(1, Ordering::SeqCst);
                        }
                    })
                })
                .collect();
            wait::until_true("the load begins", || load.done.load(Ordering::SeqCst) > 50);
            let cut_off = proxy.manager.stop(wait::DEADLINE).unwrap();
            assert_eq!(cut_off, 0);
            clients.into_iter().for_each(|client| client.join().unwrap());
        });
    }
}
