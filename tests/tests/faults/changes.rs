//! Routes and backends come and go while requests run.

use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

use proxykit_core::Manager;
use proxykit_tests::client::{self, Request};

use crate::backends::Fleet;
use crate::ledger::Ledger;
use crate::place::{Place, options};

/// Lets the others have a turn.
const PAUSE: Duration = Duration::from_millis(5);

/// Changes this and that until told to end; at the end all is as it was.
pub(crate) fn make(
    manager: &Manager,
    address: &str,
    fleet: &Fleet,
    places: &[Place],
    ledger: &Ledger,
    end: &AtomicBool,
) {
    let mut number = 0;
    while !end.load(Ordering::Relaxed) {
        if let Err(wrong) = change(manager, address, fleet, places, number) {
            ledger.wrong(format!("change {number}: {wrong}"));
        }
        ledger.saw("changes", "made");
        number += 1;
        thread::sleep(PAUSE);
    }
}

fn change(
    manager: &Manager,
    address: &str,
    fleet: &Fleet,
    places: &[Place],
    number: usize,
) -> Result<(), String> {
    let say = |error: proxykit_core::Error| error.to_string();
    // A route is there from the moment it is added until it is removed.
    let prefix = format!("/passing-{number}/");
    manager.add_route(&prefix, &fleet.healthy[..1], options(None)).map_err(say)?;
    expect(address, &prefix, 200)?;
    manager.remove_route(&prefix).map_err(say)?;
    expect(address, &prefix, 404)?;
    // Nobody notices that one of several healthy backends goes.
    let target = &fleet.healthy[number % fleet.healthy.len()];
    expect_count(manager.remove_backends("/good/", [target]).map_err(say)?)?;
    thread::sleep(PAUSE);
    expect_count(manager.add_backends("/good/", [target], None).map_err(say)?)?;
    let place = &places[number % places.len()];
    if let Some(target) = place.fault.filter(|_| place.is_among_others).map(|fault| &fleet.faulty[&fault]) {
        expect_count(manager.remove_backends(&place.prefix, [target]).map_err(say)?)?;
        thread::sleep(PAUSE);
        expect_count(manager.add_backends(&place.prefix, [target], None).map_err(say)?)?;
    }
    Ok(())
}

fn expect(address: &str, prefix: &str, status: u16) -> Result<(), String> {
    let mut request = Request::get(&format!("{prefix}0"));
    for name in ["X-Id", "X-Size", "X-Upload"] {
        request = request.header(name, "0");
    }
    let answer =
        client::send(address, &request.header("Connection", "close")).map_err(|error| error.to_string())?;
    if answer.status() == status {
        Ok(())
    } else {
        Err(format!("{prefix}: {} instead of {status}", answer.status()))
    }
}

fn expect_count(count: usize) -> Result<(), String> {
    if count == 1 { Ok(()) } else { Err(format!("{count} backends changed instead of one")) }
}
