use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, channel, sync_channel};
use std::sync::{Arc, Weak};
use std::thread;
use std::time::{Duration, Instant};

use proxykit_core::{ErrorKind, Event, EventKind, Manager};
use proxykit_tests::wait::DEADLINE;

use crate::{in_short, manager, unchecked};

/// Sets a callback that passes on what it hears.
fn hear(manager: &Manager) -> Receiver<String> {
    let (heard, hearing) = channel();
    manager.on_event(move |event| drop(heard.send(in_short(event)))).unwrap();
    hearing
}

/// What a callback heard until it was dropped.
fn all(hearing: &Receiver<String>) -> Vec<String> {
    hearing.iter().map(|event| event.split(' ').next().unwrap_or_default().to_owned()).collect()
}

#[test]
fn callbacks_hear_all_from_their_setting_to_the_end() {
    let manager = manager();
    let early = hear(&manager);
    manager.add_route("/x", ["http://a"], unchecked()).unwrap();
    let second = hear(&manager);
    assert!(early.try_recv().is_err(), "no thread runs before start");
    manager.start("127.0.0.1:0").unwrap();
    assert_eq!(early.recv_timeout(DEADLINE).unwrap(), "route_added /x/");
    let late = hear(&manager);
    manager.remove_route("/x").unwrap();
    manager.stop(DEADLINE).unwrap();
    // Nothing is waited for here: the stop has returned behind the last call.
    let heard = all(&early);
    assert_eq!(heard, ["backend_added", "started", "backend_removed", "route_removed", "stopped"]);
    assert_eq!(all(&second), heard[1..]);
    assert_eq!(all(&late), heard[2..]);
    let error = manager.on_event(|_| {}).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Stopped);
}

#[test]
fn a_callback_runs_on_a_thread_of_its_own_and_may_not_stop() {
    let manager = manager();
    let (heard, hearing) = channel();
    let inner: Weak<Manager> = Arc::downgrade(&manager);
    manager
        .on_event(move |event: &Event| {
            if event.kind == EventKind::Started {
                let manager = inner.upgrade().unwrap();
                let kinds = [
                    manager.stop(Duration::ZERO).unwrap_err().kind(),
                    manager.wait(None).unwrap_err().kind(),
                ];
                // It may do all else, and hears of it.
                manager.add_route("/inner", ["http://a"], unchecked()).unwrap();
                let name = thread::current().name().map(str::to_owned);
                heard.send((kinds, name, manager.address().is_ok())).unwrap();
            }
        })
        .unwrap();
    manager.start("127.0.0.1:0").unwrap();
    let (kinds, name, has_address) = hearing.recv_timeout(DEADLINE).unwrap();
    assert_eq!(kinds, [ErrorKind::WrongThread; 2]);
    assert_eq!((name.as_deref(), has_address), (Some("proxykit-events"), true));
    manager.stop(DEADLINE).unwrap();
    assert!(hearing.recv().is_err(), "the callback was dropped");
}

#[test]
fn a_callback_that_panics_is_called_again() {
    let manager = manager();
    let calls = Arc::new(AtomicUsize::new(0));
    let counter = calls.clone();
    manager
        .on_event(move |_| {
            counter.fetch_add(1, Ordering::SeqCst);
            std::panic::resume_unwind(Box::new("on purpose"));
        })
        .unwrap();
    let other = hear(&manager);
    manager.start("127.0.0.1:0").unwrap();
    manager.stop(DEADLINE).unwrap();
    assert_eq!(calls.load(Ordering::SeqCst), 2);
    assert_eq!(all(&other), ["started", "stopped"]);
}

#[test]
fn a_callback_that_hangs_holds_up_neither_changes_nor_the_stop() {
    let manager = manager();
    let (release, held) = sync_channel::<()>(0);
    let (entered, entering) = channel();
    let (ended, ending) = channel::<()>();
    manager
        .on_event(move |event| {
            let _dropped_with_it = &ended;
            if event.kind == EventKind::Started {
                entered.send(()).unwrap();
                held.recv().ok();
            }
        })
        .unwrap();
    let other = hear(&manager);
    manager.start("127.0.0.1:0").unwrap();
    entering.recv_timeout(DEADLINE).unwrap();
    for _ in 0..2000 {
        manager.add_route("/x", [""; 0], unchecked()).unwrap();
        manager.remove_route("/x").unwrap();
    }
    thread::scope(|scope| {
        // A later stop with an earlier deadline counts for the first as well.
        scope.spawn(|| manager.stop(Duration::from_secs(3600)).unwrap());
        let begin = Instant::now();
        manager.stop(Duration::ZERO).unwrap();
        assert!(begin.elapsed() < DEADLINE);
    });
    assert_eq!(all(&other).last().map(String::as_str), Some("stopped"));
    drop(manager);
    release.send(()).unwrap();
    assert!(ending.recv_timeout(DEADLINE).is_err(), "it is dropped when it has come to an end");
}

#[test]
fn a_callback_that_is_never_called_is_dropped() {
    let freed = hear(&manager());
    assert!(freed.recv().is_err());
    let stopped = manager();
    let hearing = hear(&stopped);
    stopped.stop(Duration::ZERO).unwrap();
    assert!(hearing.recv().is_err());
}

#[test]
fn the_last_owner_may_be_a_callback() {
    let manager = manager();
    let hearing = hear(&manager);
    let (give, take) = channel::<Arc<Manager>>();
    manager
        .on_event(move |event| {
            if event.kind == EventKind::RouteAdded {
                drop(take.recv());
            }
        })
        .unwrap();
    manager.start("127.0.0.1:0").unwrap();
    manager.add_route("/x", [""; 0], unchecked()).unwrap();
    give.send(manager).unwrap();
    assert_eq!(all(&hearing), ["started", "route_added", "stopped"]);
}
