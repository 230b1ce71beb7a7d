//! The threads of handlers, and their queue.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{Sender, channel};
use std::sync::{Arc, Mutex};
use std::thread;

use proxykit_core::{ErrorKind, HandlerOptions, Manager, ManagerOptions};
use proxykit_tests::client::Request;
use proxykit_tests::wait;

use super::{handling, refused, text};

/// A handler that tells of each call, and answers when it is let go.
struct Gate {
    calls: Sender<(String, Sender<()>)>,
}

impl Gate {
    fn pass(&self, path: &str) {
        let (let_go, gone) = channel();
        self.calls.send((path.to_owned(), let_go)).unwrap();
        // An error says that the test is over.
        gone.recv().ok();
    }
}

#[test]
fn a_full_queue_is_a_refusal() {
    let (calls, called) = channel();
    let gate = Gate { calls };
    let options = [("handler_threads", "2"), ("handler_queue", "1"), ("workers", "2")];
    let proxy = handling(&options, move |request, responder| {
        gate.pass(request.target());
        text(&responder, request.target());
    });
    let mut clients: Vec<_> = ["/a", "/b"].map(|path| proxy.begin(Request::get(path))).into();
    let mut held: Vec<_> = (0..2).map(|_| called.recv().unwrap().1).collect();
    // One of them waits for a thread, all others are refused: how many wait cannot be seen from outside.
    let crowd: Vec<_> = (0..4).map(|_| proxy.begin(Request::get("/c"))).collect();
    let is_refused = |client: &thread::JoinHandle<_>| client.is_finished();
    wait::until_true("three are refused", || crowd.iter().filter(|it| is_refused(it)).count() == 3);
    held.pop();
    held.push(called.recv().unwrap().1);
    drop(held);
    let answers: Vec<_> = crowd.into_iter().map(|client| client.join().unwrap().unwrap()).collect();
    let served = answers.iter().filter(|answer| answer.status() == 200).count();
    assert_eq!(served, 1);
    for answer in answers.iter().filter(|answer| answer.status() != 200) {
        assert_eq!(refused(answer), (503, "handler_busy"));
    }
    clients.drain(..).for_each(|client| assert_eq!(client.join().unwrap().unwrap().status(), 200));
}

#[test]
fn threads_are_the_managers_own_and_no_more_than_told() {
    let (most, names) = (Arc::new(AtomicUsize::new(0)), Arc::new(Mutex::new(Vec::new())));
    let (present, seen, listed) = (AtomicUsize::new(0), most.clone(), names.clone());
    let proxy = handling(&[("handler_threads", "3")], move |_, responder| {
        seen.fetch_max(present.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
        listed.lock().unwrap().push(thread::current().name().unwrap_or_default().to_owned());
        thread::yield_now();
        present.fetch_sub(1, Ordering::SeqCst);
        text(&responder, "done");
    });
    let clients: Vec<_> = (0..30).map(|_| proxy.begin(Request::get("/"))).collect();
    clients.into_iter().for_each(|client| assert_eq!(client.join().unwrap().unwrap().text(), "done"));
    assert!((1..=3).contains(&most.load(Ordering::SeqCst)));
    let names = names.lock().unwrap();
    assert!(names.iter().all(|name| name.starts_with("proxykit-hand")), "{names:?}");
}

#[test]
fn routes_may_be_changed_from_inside() {
    let manager = Arc::new(Manager::new(ManagerOptions::default()).unwrap());
    let inner = Arc::downgrade(&manager);
    manager
        .handle("/add", HandlerOptions::default(), move |request, responder| {
            let manager = inner.upgrade().unwrap();
            let prefix = String::from_utf8_lossy(request.body()).into_owned();
            let added = prefix.clone();
            manager
                .handle(&prefix, HandlerOptions::default(), move |_, responder| text(&responder, &added))
                .unwrap();
            manager.remove_route("/add").unwrap();
            let refused = [
                manager.stop(std::time::Duration::ZERO).unwrap_err().kind(),
                manager.wait(None).unwrap_err().kind(),
            ];
            assert_eq!(refused, [ErrorKind::WrongThread; 2]);
            text(&responder, "added");
        })
        .unwrap();
    manager.start("127.0.0.1:0").unwrap();
    let address = manager.address().unwrap();
    let send = |request: &Request| proxykit_tests::client::send(&address, request).unwrap();
    assert_eq!(send(&Request::post("/add", "/new/")).text(), "added");
    assert_eq!(send(&Request::get("/new/x")).text(), "/new/");
    assert_eq!(refused(&send(&Request::get("/add"))), (404, "no_route"));
}
