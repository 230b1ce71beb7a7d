use std::sync::mpsc::{Receiver, channel, sync_channel};
use std::thread;
use std::time::Duration;

use proxykit_core::{ErrorKind, EventKind, LogLevel, LogRecord, Manager, ManagerOptions};
use proxykit_tests::wait::DEADLINE;

use crate::{manager, unchecked};

/// Sets a callback that passes on what is logged.
fn log(manager: &Manager, level: LogLevel) -> Receiver<LogRecord> {
    let (sender, records) = channel();
    manager.on_log(level, move |record| drop(sender.send(record.clone()))).unwrap();
    records
}

/// What was logged until the end, in short.
fn all(records: &Receiver<LogRecord>) -> Vec<String> {
    records.iter().map(|record| format!("{} {}: {}", record.level, record.category, record.message)).collect()
}

#[test]
fn each_event_is_a_record() {
    let manager = manager();
    let records = log(&manager, LogLevel::Info);
    manager.add_route("/x", ["http://a"], unchecked()).unwrap();
    manager.remove_route("/x").unwrap();
    manager.start("127.0.0.1:0").unwrap();
    let address = manager.address().unwrap();
    manager.stop(DEADLINE).unwrap();
    // Nothing is waited for: the stop has returned behind the last call.
    assert_eq!(
        all(&records),
        [
            "info routes: route added: /x/",
            "info routes: backend added: /x/: http://a",
            "info routes: backend removed: /x/: http://a",
            "info routes: route removed: /x/",
            &format!("info lifecycle: started: {address}"),
            "info lifecycle: stopped: 0 cut off",
        ]
    );
    assert_eq!(manager.on_log(LogLevel::Info, |_| {}).unwrap_err().kind(), ErrorKind::Stopped);
}

#[test]
fn records_are_taken_at_the_hosts_own_pace() {
    let manager = manager();
    let log = manager.log(LogLevel::Info).unwrap();
    let at_once = Some(Duration::ZERO);
    assert_eq!(log.next(at_once).unwrap_err().kind(), ErrorKind::TimedOut);
    manager.add_route("/x", [""; 0], unchecked()).unwrap();
    let record = log.next(at_once).unwrap();
    assert_eq!((record.level, record.category), (LogLevel::Info, "routes"));
    let event = record.event.unwrap();
    assert_eq!((event.kind, event.to_string()), (EventKind::RouteAdded, record.message));
    manager.manage("GET", "/endpoints/list?prefixPath=/y", b"");
    let record = log.next(at_once).unwrap();
    assert_eq!((record.category, record.event), ("management", None));
    manager.stop(DEADLINE).unwrap();
    assert_eq!(log.next(Some(DEADLINE)).unwrap().event.unwrap().kind, EventKind::Stopped);
    assert_eq!(log.next(None).unwrap_err().kind(), ErrorKind::Stopped);
    // Behind the stop there is nothing, and nobody waits for it.
    assert_eq!(manager.log(LogLevel::Info).unwrap().next(None).unwrap_err().kind(), ErrorKind::Stopped);
}

#[test]
fn each_callback_gets_the_levels_that_it_wants() {
    let manager = manager();
    let (warnings, records) = (log(&manager, LogLevel::Warn), log(&manager, LogLevel::Debug));
    manager.add_route("/x", ["http://a"], unchecked()).unwrap();
    manager.manage("GET", "/endpoints/list?prefixPath=/y", b"");
    manager.start_without_listener().unwrap();
    manager.stop(DEADLINE).unwrap();
    assert_eq!(all(&warnings), Vec::<String>::new());
    let refused = "info management: call refused: GET /endpoints/list: there is no route \"/y/\"";
    assert!(all(&records).contains(&refused.to_owned()));
}

#[test]
fn a_record_is_one_line() {
    let manager = manager();
    let records = log(&manager, LogLevel::Info);
    manager.manage("GET", "/endpoints/list?prefixPath=%2Fa%0Aerror+b", b"");
    manager.manage("GET\nerror x", "/endpoints", b"");
    manager.start_without_listener().unwrap();
    manager.stop(DEADLINE).unwrap();
    let lines = all(&records);
    assert_eq!(lines.len(), 4, "{lines:?}");
    assert!(lines.iter().all(|line| !line.contains(char::is_control)), "{lines:?}");
}

#[test]
fn what_is_lost_is_counted() {
    const MORE: usize = 2000;
    let manager = Manager::new(ManagerOptions::default()).unwrap();
    let (entered, entering) = sync_channel(0);
    let (release, released) = channel::<()>();
    let (sender, records) = channel();
    let mut is_first = true;
    manager
        .on_log(LogLevel::Info, move |record| {
            if std::mem::take(&mut is_first) {
                entered.send(thread::current().name().map(str::to_owned)).unwrap();
                released.recv().unwrap();
            }
            sender.send(record.clone()).unwrap();
        })
        .unwrap();
    manager.start_without_listener().unwrap();
    // The first record is being written while the others come.
    assert_eq!(entering.recv_timeout(DEADLINE).unwrap().as_deref(), Some("proxykit-log"));
    for _ in 0..MORE / 2 {
        manager.add_route("/x", [""; 0], unchecked()).unwrap();
        manager.remove_route("/x").unwrap();
    }
    release.send(()).unwrap();
    manager.stop(DEADLINE).unwrap();
    let lines = all(&records);
    let lost = format!("warn log: records lost: {}", MORE - 1024);
    assert!(lines.contains(&lost), "{}: {lost}", lines.len());
    assert_eq!(lines.len(), 1 + 1024 + 1 + 1);
}
