//! What happens, told: in the order of what has happened, at the hearer's own pace.

mod callbacks;
mod log;

use std::sync::Arc;
use std::thread;
use std::time::Duration;

use proxykit_core::{
    ErrorKind, Event, EventKind, Events, HealthCheck, Manager, ManagerOptions, RouteOptions,
};
use proxykit_tests::backend::Backend;
use proxykit_tests::wait::DEADLINE;

fn manager() -> Arc<Manager> {
    Arc::new(Manager::new(ManagerOptions { workers: 1, ..ManagerOptions::default() }).unwrap())
}

fn unchecked() -> RouteOptions {
    RouteOptions { health_check: None, ..RouteOptions::default() }
}

fn next(events: &Events) -> Event {
    events.next(Some(DEADLINE)).unwrap()
}

fn in_short(event: &Event) -> String {
    let prefix = event.prefix.as_ref().map(ToString::to_string);
    let target = event.target.as_ref().map(ToString::to_string);
    let fields = [prefix, target, event.count.map(|count| count.to_string())];
    fields.into_iter().flatten().fold(event.kind.name().to_owned(), |text, field| text + " " + &field)
}

fn take(events: &Events, count: usize) -> Vec<String> {
    (0..count).map(|_| in_short(&next(events))).collect()
}

#[test]
fn changes_are_told_in_their_order() {
    let manager = manager();
    let events = manager.events().unwrap();
    manager.add_route("/x", ["http://a", "http://b"], unchecked()).unwrap();
    manager.add_route("/x", ["http://c"], unchecked()).unwrap_err();
    manager.add_backends("/x", ["http://b", "http://c"], None).unwrap();
    manager.remove_backends("/x", ["http://a", "http://z"]).unwrap();
    assert_eq!(
        manager.manage("POST", "/endpoints/remove", br#"{"prefixPath":"/x","targets":["http://c"]}"#).status,
        200
    );
    manager.remove_route("/x").unwrap();
    let expected = [
        "route_added /x/",
        "backend_added /x/ http://a",
        "backend_added /x/ http://b",
        "backend_added /x/ http://c",
        "backend_removed /x/ http://a",
        "backend_removed /x/ http://c",
        "backend_removed /x/ http://b",
        "route_removed /x/",
    ];
    assert_eq!(take(&events, expected.len()), expected);
    assert_eq!(events.next(Some(Duration::ZERO)).unwrap_err().kind(), ErrorKind::TimedOut);
}

#[test]
fn changes_of_many_threads_do_not_swap() {
    let manager = manager();
    manager.add_route("/", ["http://fixed"], unchecked()).unwrap();
    let events = manager.events().unwrap();
    thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                for _ in 0..100 {
                    manager.add_backends("/", ["http://a"], None).unwrap();
                    manager.remove_backends("/", ["http://a"]).unwrap();
                }
            });
        }
    });
    let told: Vec<_> = std::iter::from_fn(|| events.next(Some(Duration::ZERO)).ok()).collect();
    assert!(!told.is_empty() && told.len() % 2 == 0);
    for pair in told.chunks(2) {
        assert_eq!((pair[0].kind, pair[1].kind), (EventKind::BackendAdded, EventKind::BackendRemoved));
    }
}

#[test]
fn health_is_told_when_it_changes_and_never_of_what_was_removed() {
    let interval = Duration::from_millis(10);
    let check = HealthCheck { interval, timeout: Duration::from_secs(2), ..HealthCheck::default() };
    let options = RouteOptions { health_check: Some(check), ..RouteOptions::default() };
    let manager = manager();
    let backend = Backend::start(env!("CARGO_BIN_EXE_sample-backend"), "a").unwrap();
    let target = backend.target().to_owned();
    manager.add_route("/", [&target], options).unwrap();
    manager.start("127.0.0.1:0").unwrap();
    let events = manager.events().unwrap();
    drop(backend);
    let event = next(&events);
    assert_eq!(in_short(&event), format!("backend_unhealthy / {target}"));
    assert!(!event.message.unwrap_or_default().is_empty(), "it says why");
    assert!(!manager.get_backend("/", &target).unwrap().healthy);
    let other = Backend::start(env!("CARGO_BIN_EXE_sample-backend"), "b").unwrap();
    manager.add_backends("/", ["http://127.0.0.1:1", &other.target()], None).unwrap();
    manager.remove_backends("/", [&target]).unwrap();
    let told = take(&events, 4);
    let expected = [
        "backend_added / http://127.0.0.1:1".to_owned(),
        format!("backend_added / {}", other.target()),
        format!("backend_removed / {target}"),
        "backend_unhealthy / http://127.0.0.1:1".to_owned(),
    ];
    let mut sorted = told.clone();
    sorted.sort();
    let mut all = expected.to_vec();
    all.sort();
    assert_eq!(sorted, all, "each is told once");
    assert_eq!(told[..2], expected[..2]);
    manager.stop(Duration::ZERO).unwrap();
    assert_eq!(take(&events, 1), ["stopped 0"]);
    assert_eq!(events.next(None).unwrap_err().kind(), ErrorKind::Stopped);
}

#[test]
fn start_and_stop_are_told() {
    let manager = manager();
    let events = manager.events().unwrap();
    manager.start("127.0.0.1:0").unwrap();
    let started = next(&events);
    assert_eq!((started.kind, started.address), (EventKind::Started, manager.address().ok()));
    manager.stop(Duration::ZERO).unwrap();
    assert_eq!(take(&events, 1), ["stopped 0"]);
    assert_eq!(manager.events().unwrap().next(None).unwrap_err().kind(), ErrorKind::Stopped);
}

#[test]
fn a_start_that_fails_is_not_told() {
    let manager = manager();
    let events = manager.events().unwrap();
    manager.start("192.0.2.1:0").unwrap_err();
    assert_eq!(events.next(Some(Duration::ZERO)).unwrap_err().kind(), ErrorKind::TimedOut);
    drop(manager);
    assert_eq!(take(&events, 1), ["stopped 0"]);
}
