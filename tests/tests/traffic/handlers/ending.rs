//! What becomes of handlers when their route goes, or the manager.

use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant};

use proxykit_core::{ErrorKind, HandlerOptions, Manager, ManagerOptions};
use proxykit_tests::client::Request;
use proxykit_tests::wait::DEADLINE;

use super::{handling, refused, text};
use crate::Proxy;

/// Tells when it is dropped, and on which thread.
struct Told(Sender<String>);

impl Drop for Told {
    fn drop(&mut self) {
        self.0.send(thread::current().name().unwrap_or_default().to_owned()).unwrap();
    }
}

fn told() -> (Told, Receiver<String>) {
    let (sender, receiver) = channel();
    (Told(sender), receiver)
}

/// Answers when the test says so, and tells when it was called.
fn gated() -> (Proxy, Receiver<()>, Sender<()>, Receiver<String>) {
    let ((called, calls), (let_go, gate), (told, gone)) = (channel(), channel(), told());
    let gate = Mutex::new(gate);
    let proxy = handling(&[("handler_threads", "1")], move |_, responder| {
        let _told = &told;
        called.send(()).unwrap();
        gate.lock().unwrap().recv().ok();
        responder.respond(200, [("a", "b")], "finished").ok();
    });
    (proxy, calls, let_go, gone)
}

#[test]
fn requests_in_progress_finish_when_the_route_goes() {
    let (proxy, calls, let_go, gone) = gated();
    let client = proxy.begin(Request::get("/"));
    calls.recv().unwrap();
    proxy.manager.remove_route("/").unwrap();
    assert_eq!(refused(&proxy.send(&Request::get("/"))), (404, "no_route"));
    assert!(gone.try_recv().is_err(), "a call runs still");
    let_go.send(()).unwrap();
    assert_eq!(client.join().unwrap().unwrap().text(), "finished");
    let thread = gone.recv_timeout(DEADLINE).unwrap();
    assert!(thread.starts_with("proxykit-hand"), "{thread}");
    assert!(gone.recv_timeout(DEADLINE).is_err(), "it is dropped once");
}

#[test]
fn what_it_holds_is_dropped_once() {
    let manager = Manager::new(ManagerOptions::default()).unwrap();
    let handle = |prefix: &str, options: HandlerOptions| {
        let (told, gone) = told();
        let handled = manager.handle(prefix, options, move |_, _| {
            let _told = &told;
        });
        (handled, gone)
    };
    let here = thread::current().name().unwrap_or_default().to_owned();
    let options = HandlerOptions::default();
    let (handled, gone) = handle("/a", options);
    handled.unwrap();
    for (prefix, options, kind) in [
        ("/a", options, ErrorKind::RouteExists),
        ("?", options, ErrorKind::InvalidPrefix),
        ("/b", HandlerOptions { timeout: Duration::ZERO, ..options }, ErrorKind::InvalidOption),
    ] {
        let (handled, gone) = handle(prefix, options);
        assert_eq!(handled.unwrap_err().kind(), kind);
        assert_eq!(gone.recv().unwrap(), here);
        assert!(gone.recv().is_err());
    }
    assert!(gone.try_recv().is_err());
    manager.remove_route("/a").unwrap();
    assert_eq!((gone.recv().unwrap(), gone.recv().is_err()), (here.clone(), true));

    let (handled, gone) = handle("/a", options);
    handled.unwrap();
    manager.start("127.0.0.1:0").unwrap();
    manager.remove_route("/a").unwrap();
    let thread = gone.recv_timeout(DEADLINE).unwrap();
    assert!(thread.starts_with("proxykit-hand"), "{thread}");

    let (handled, gone) = handle("/a", options);
    handled.unwrap();
    drop(manager);
    assert_eq!((gone.recv().unwrap(), gone.recv().is_err()), (here, true));
}

/// The host's code may run when a handler goes, and may give commands then.
#[test]
fn commands_may_come_from_what_is_dropped() {
    struct Adds(std::sync::Weak<Manager>, Sender<ErrorKind>);
    impl Drop for Adds {
        fn drop(&mut self) {
            let manager = self.0.upgrade().unwrap();
            self.1.send(manager.remove_route("/b").unwrap_err().kind()).unwrap();
        }
    }
    let manager = Arc::new(Manager::new(ManagerOptions::default()).unwrap());
    let (sender, outcomes) = channel();
    for _ in 0..2 {
        let adds = Adds(Arc::downgrade(&manager), sender.clone());
        manager
            .handle("/a", HandlerOptions::default(), move |_, _| {
                let _adds = &adds;
            })
            .ok();
    }
    assert_eq!(outcomes.recv().unwrap(), ErrorKind::RouteNotFound);
    manager.remove_route("/a").unwrap();
    assert_eq!(outcomes.recv().unwrap(), ErrorKind::RouteNotFound);
}

#[test]
fn the_stop_waits_for_handlers() {
    let (proxy, calls, let_go, gone) = gated();
    let client = proxy.begin(Request::get("/"));
    calls.recv().unwrap();
    thread::scope(|scope| {
        let stopped = scope.spawn(|| proxy.manager.stop(DEADLINE));
        assert_eq!(proxy.manager.wait(Some(Duration::ZERO)).unwrap_err().kind(), ErrorKind::TimedOut);
        let_go.send(()).unwrap();
        assert_eq!(client.join().unwrap().unwrap().text(), "finished");
        assert_eq!(stopped.join().unwrap().unwrap(), 0);
    });
    drop(proxy);
    gone.recv_timeout(DEADLINE).unwrap();
}

#[test]
fn the_deadline_cuts_handlers_off() {
    let (proxy, calls, let_go, gone) = gated();
    let running = proxy.begin(Request::get("/"));
    calls.recv().unwrap();
    let queued = proxy.begin(Request::get("/"));
    // The second one waits for the thread; that it has arrived can be seen only by what the stop counts.
    let mut idle = proxy.connect();
    idle.write(&Request::get("/endpoints/list?prefixPath=/").to_bytes()).unwrap();
    assert_eq!(idle.read_response("GET").unwrap().status(), 200);
    let begun = Instant::now();
    let cut_off = proxy.manager.stop(Duration::from_millis(100)).unwrap();
    assert!((1..=2).contains(&cut_off), "{cut_off}");
    assert!(begun.elapsed() < DEADLINE / 2, "a handler that does not return does not hold it");
    assert!(running.join().unwrap().is_err() && queued.join().unwrap().is_err());
    assert_eq!(proxy.manager.stop(DEADLINE).unwrap(), cut_off, "the count stays");
    drop(proxy);
    assert!(gone.try_recv().is_err(), "the call runs still");
    let_go.send(()).unwrap();
    gone.recv_timeout(DEADLINE).unwrap();
    assert!(calls.recv().is_err(), "the one that waited was never called");
}

/// A later stop with less time brings the end forward, also of the wait for a function that does not return.
#[test]
fn the_earliest_deadline_counts_for_handlers() {
    let (proxy, calls, let_go, _gone) = gated();
    let client = proxy.begin(Request::get("/"));
    calls.recv().unwrap();
    thread::scope(|scope| {
        let patient = scope.spawn(|| proxy.manager.stop(Duration::from_secs(3600)));
        assert_eq!(proxy.manager.stop(Duration::ZERO).unwrap(), 1);
        assert_eq!(patient.join().unwrap().unwrap(), 1);
    });
    assert!(client.join().unwrap().is_err());
    drop(let_go);
}

#[test]
fn the_stop_comes_under_load() {
    let proxy = handling(&[("workers", "2")], |request, responder| {
        // An error says that the client was cut off.
        responder.respond(200, [("a", "b")], request.target().to_owned()).ok();
    });
    thread::scope(|scope| {
        let clients: Vec<_> = (0..8)
            .map(|_| {
                scope.spawn(|| {
                    let mut answers = 0;
                    while let Ok(answer) = proxykit_tests::client::send(&proxy.address, &Request::get("/x")) {
                        assert_eq!(answer.text(), "/x");
                        answers += 1;
                    }
                    answers
                })
            })
            .collect();
        while proxy.send(&Request::get("/y")).text() != "/y" {}
        assert_eq!(proxy.manager.stop(DEADLINE).unwrap(), 0);
        clients.into_iter().for_each(|client| assert!(client.join().is_ok()));
    });
    assert!(proxykit_tests::client::send(&proxy.address, &Request::get("/")).is_err());
}

#[test]
fn nothing_runs_before_start_and_after_stop() {
    let manager = Manager::new(ManagerOptions::default()).unwrap();
    manager.handle("/", HandlerOptions::default(), |_, responder| text(&responder, "early")).unwrap();
    manager.start("127.0.0.1:0").unwrap();
    let address = manager.address().unwrap();
    let answer = proxykit_tests::client::send(&address, &Request::get("/")).unwrap();
    assert_eq!(answer.text(), "early");
    manager.stop(DEADLINE).unwrap();
    manager.handle("/late", HandlerOptions::default(), |_, responder| text(&responder, "late")).unwrap();
    assert_eq!(manager.routes().len(), 2);
    manager.remove_route("/").unwrap();
}
