use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread;
use std::time::{Duration, Instant};

use bytes::Bytes;
use http::{HeaderMap, Method, Uri};

use super::*;
use crate::config::ManagerOptions;
use crate::error::ErrorKind;

fn pool(threads: usize, queue: usize) -> Arc<Pool> {
    let options =
        ManagerOptions { handler_threads: threads, handler_queue: queue, ..ManagerOptions::default() };
    Arc::new(Pool::new(&options))
}

fn opened(threads: usize, queue: usize) -> Arc<Pool> {
    let pool = pool(threads, queue);
    pool.open(|name, work| thread::Builder::new().name(name).spawn(work));
    pool
}

fn request(handler: &Handler, path: &str) -> HandlerRequest {
    let head = (Method::GET, path.parse::<Uri>().unwrap(), HeaderMap::new());
    HandlerRequest::new(head, (Bytes::new(), handler.lease()), None)
}

fn call(handler: &Handler, path: &str) -> Result<Pending> {
    handler.call(request(handler, path))
}

/// A handler that tells of each call, and waits until it is let go.
fn gated(pool: &Arc<Pool>) -> (Handler, Receiver<String>, Sender<()>) {
    let ((called, calls), (let_go, gate)) = (channel(), channel::<()>());
    let gate = std::sync::Mutex::new(gate);
    let handler = Handler::new(pool, HandlerOptions::default(), move |request, _| {
        called.send(request.target().to_owned()).unwrap();
        gate.lock().unwrap().recv().ok();
    });
    (handler, calls, let_go)
}

#[test]
fn calls_wait_up_to_a_number() {
    let pool = opened(2, 1);
    let (handler, calls, let_go) = gated(&pool);
    let mut held: Vec<_> = ["/a", "/b"].map(|path| call(&handler, path).unwrap()).into();
    let mut called: Vec<_> = (0..2).map(|_| calls.recv().unwrap()).collect();
    called.sort();
    assert_eq!(called, ["/a", "/b"]);
    held.push(call(&handler, "/c").unwrap());
    assert_eq!(call(&handler, "/d").err().unwrap().kind(), ErrorKind::HandlerBusy);
    drop(let_go);
    assert_eq!(calls.recv().unwrap(), "/c");
    pool.close();
}

#[test]
fn who_has_left_the_queue_makes_room() {
    let pool = opened(1, 1);
    let (handler, calls, let_go) = gated(&pool);
    let _first = call(&handler, "/first").unwrap();
    assert_eq!(calls.recv().unwrap(), "/first");
    let leaver = call(&handler, "/leaver").unwrap();
    assert!(call(&handler, "/next").is_err());
    drop(leaver);
    let _next = call(&handler, "/next").unwrap();
    drop(let_go);
    assert_eq!(calls.recv().unwrap(), "/next");
    pool.close();
    drop(handler);
    assert!(calls.recv().is_err(), "nobody waits for that answer");
}

#[test]
fn a_pool_without_a_queue_takes_what_its_threads_take() {
    let pool = opened(1, 0);
    let (handler, calls, _let_go) = gated(&pool);
    let _held = call(&handler, "/a").unwrap();
    assert_eq!(calls.recv().unwrap(), "/a");
    assert_eq!(call(&handler, "/b").err().unwrap().kind(), ErrorKind::HandlerBusy);
    pool.close_by(Instant::now());
    pool.close();
}

#[test]
fn calls_are_taken_while_it_is_open() {
    let pool = pool(1, 1);
    let (handler, calls, let_go) = gated(&pool);
    drop(let_go);
    assert_eq!(call(&handler, "/early").err().unwrap().kind(), ErrorKind::NotStarted);
    pool.open(|name, work| thread::Builder::new().name(name).spawn(work));
    let _pending = call(&handler, "/").unwrap();
    assert_eq!(calls.recv().unwrap(), "/");
    pool.close();
    assert_eq!(call(&handler, "/late").err().unwrap().kind(), ErrorKind::NotStarted);
}

#[test]
fn without_a_thread_there_is_no_call() {
    let pool = pool(1, 1);
    pool.open(|_, _| Err(std::io::Error::other("none is left")));
    let (handler, _calls, _let_go) = gated(&pool);
    let error = call(&handler, "/").err().unwrap();
    assert_eq!(error.to_string(), "the threads could not be started: none is left");
}

#[test]
fn the_end_waits_for_no_one_for_ever() {
    let pool = opened(1, 1);
    let (handler, calls, let_go) = gated(&pool);
    let _running = call(&handler, "/running").unwrap();
    assert_eq!(calls.recv().unwrap(), "/running");
    let _waiting = call(&handler, "/waiting").unwrap();
    pool.close_by(Instant::now() + Duration::from_secs(3600));
    thread::scope(|scope| {
        let closed = scope.spawn(|| pool.close());
        pool.close_by(Instant::now());
        closed.join().unwrap();
    });
    drop(handler);
    assert!(calls.try_recv().is_err());
    drop(let_go);
    assert!(calls.recv().is_err(), "the one that waited is never called");
}

#[test]
fn bodies_have_a_bound_together() {
    let options = ManagerOptions { handler_memory: 100, ..ManagerOptions::default() };
    let pool = Arc::new(Pool::new(&options));
    let (mut one, mut other) = (Pool::lease(&pool), Pool::lease(&pool));
    one.grow(60).unwrap();
    other.grow(40).unwrap();
    assert_eq!(other.grow(1).unwrap_err().kind(), ErrorKind::HandlerBusy);
    drop(other);
    one.grow(40).unwrap();
}
