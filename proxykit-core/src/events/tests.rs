use std::time::Duration;

use super::queue::MOST_WAITING;
use super::*;
use crate::error::ErrorKind;

const AT_ONCE: Option<Duration> = Some(Duration::ZERO);

fn added(number: usize) -> Event {
    Event::of_route(EventKind::RouteAdded, &format!("/{number}").parse().unwrap())
}

/// What waits, in short.
fn taken(events: &Events) -> Vec<String> {
    std::iter::from_fn(|| events.next(AT_ONCE).ok()).map(|event| in_short(&event)).collect()
}

fn in_short(event: &Event) -> String {
    let rest = event.prefix.as_ref().map(|prefix| prefix.to_string());
    let rest = rest.or(event.count.map(|count| count.to_string())).unwrap_or_default();
    format!("{} {rest}", event.kind.name())
}

#[test]
fn each_subscriber_hears_all_from_its_beginning_on() {
    let publisher = Publisher::default();
    publisher.tell(|| unreachable!("nobody listens"));
    let early = publisher.subscribe();
    publisher.tell(|| added(1));
    let late = publisher.subscribe();
    publisher.tell(|| added(2));
    assert_eq!(taken(&early), ["route_added /1/", "route_added /2/"]);
    assert_eq!(taken(&late), ["route_added /2/"]);
    drop(early);
    drop(late);
    publisher.tell(|| added(3));
    publisher.tell(|| unreachable!("nobody listens any more"));
}

#[test]
fn what_does_not_fit_is_counted_where_it_would_stand() {
    let publisher = Publisher::default();
    let events = publisher.subscribe();
    (0..MOST_WAITING + 3).for_each(|number| publisher.tell(|| added(number)));
    assert_eq!(in_short(&events.next(AT_ONCE).unwrap()), "route_added /0/");
    publisher.tell(|| added(7777));
    publisher.tell(|| added(8888));
    let rest = taken(&events);
    assert_eq!(rest[rest.len() - 4..][..2], ["route_added /1023/", "events_lost 3"]);
    assert_eq!(rest[rest.len() - 2..], ["route_added /7777/", "events_lost 1"]);
    publisher.tell(|| added(9));
    assert_eq!(taken(&events), ["route_added /9/"]);
}

#[test]
fn the_last_event_always_finds_room() {
    let publisher = Publisher::default();
    let events = publisher.subscribe();
    (0..MOST_WAITING + 1).for_each(|number| publisher.tell(|| added(number)));
    publisher.end(&Event::stopped(5));
    publisher.end(&Event::stopped(6));
    publisher.tell(|| unreachable!("it has ended"));
    let taken = taken(&events);
    assert_eq!(taken[taken.len() - 2..], ["events_lost 1", "stopped 5"]);
    assert_eq!(events.next(None).unwrap_err().kind(), ErrorKind::Stopped);
    assert_eq!(publisher.subscribe().next(None).unwrap_err().kind(), ErrorKind::Stopped);
}

#[test]
fn waiting_has_a_limit() {
    let publisher = Publisher::default();
    let events = publisher.subscribe();
    let error = events.next(Some(Duration::from_millis(1))).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::TimedOut);
    std::thread::scope(|scope| {
        let waiting = scope.spawn(|| events.next(Some(Duration::MAX)));
        publisher.tell(|| added(1));
        assert_eq!(in_short(&waiting.join().unwrap().unwrap()), "route_added /1/");
    });
}

#[cfg(unix)]
#[test]
fn the_descriptor_is_readable_while_something_waits() {
    let is_readable = |events: &Events| {
        let descriptor = events.descriptor().unwrap();
        socket2::SockRef::from(&descriptor).peek(&mut [std::mem::MaybeUninit::uninit()]).is_ok()
    };
    let publisher = Publisher::default();
    let events = publisher.subscribe();
    publisher.tell(|| added(1));
    publisher.tell(|| added(2));
    assert!(is_readable(&events), "it was made behind the event");
    events.next(AT_ONCE).unwrap();
    assert!(is_readable(&events), "one more waits");
    events.next(AT_ONCE).unwrap();
    assert!(!is_readable(&events));
    events.next(AT_ONCE).unwrap_err();
    assert!(!is_readable(&events));
    publisher.tell(|| added(3));
    assert!(is_readable(&events));
    publisher.end(&Event::stopped(0));
    assert_eq!(taken(&events), ["route_added /3/", "stopped 0"]);
    assert!(is_readable(&events), "the end waits for ever");
}

#[test]
fn numbers_rise_and_names_differ() {
    let codes: Vec<_> = EventKind::ALL.iter().map(|kind| *kind as u32).collect();
    assert!(codes.is_sorted_by(|a, b| a < b), "{codes:?}");
    let mut names: Vec<_> = EventKind::ALL.iter().map(|kind| kind.name()).collect();
    names.sort_unstable();
    names.dedup();
    assert_eq!(names.len(), EventKind::ALL.len());
}

#[test]
fn what_nobody_wants_any_more_is_not_worded() {
    let publisher = Publisher::default();
    let (log, warnings) =
        (publisher.subscribe_to_log(LogLevel::Debug), publisher.subscribe_to_log(LogLevel::Warn));
    publisher.log(LogLevel::Debug, "requests", || "heard".into());
    assert_eq!(log.next(AT_ONCE).unwrap().message, "heard");
    drop(log);
    // With the first that is written it is found that nobody is there.
    publisher.log(LogLevel::Debug, "requests", || "in vain".into());
    publisher.log(LogLevel::Debug, "requests", || unreachable!("nobody listens any more"));
    publisher.log(LogLevel::Warn, "health", || "heard".into());
    assert_eq!(warnings.next(AT_ONCE).unwrap().message, "heard");
    assert_eq!(warnings.next(AT_ONCE).unwrap_err().kind(), ErrorKind::TimedOut);
}
