//! The fault run: backends that fail in every way, clients that check every answer, changes meanwhile. There must be no wrong
//! answer, no request that is processed twice, no hang, and no leak.
//!
//! It ends after three phases, or goes on for `PROXYKIT_FAULTS_SECONDS`. `PROXYKIT_FAULTS_SEED` repeats the choices of a run.
#![cfg(target_os = "linux")]

mod backends;
mod changes;
mod clients;
mod content;
mod fault;
mod leaks;
mod ledger;
mod place;
mod wire;

use std::env;
use std::io::Write;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use proxykit_core::{Manager, ManagerOptions};
use proxykit_tests::wait;

use backends::Fleet;
use clients::Phase;
use leaks::Held;
use ledger::Ledger;
use place::Place;

/// How many calls each client makes in a phase.
const CALLS: u64 = 60;
/// How many phases there are at the least: one to warm up, and two between which the memory must not grow.
const LEAST_PHASES: u64 = 3;
/// The number of the phase before the end, which none of the others has.
const LAST_PHASE: u64 = 0xffff;
/// How often each fault must have been committed.
const LEAST_FAULTS: u64 = 5;
/// How much the memory may grow between the middle of a run and its end, in KiB: what is left of many small requests in the
/// heap's gaps, and far less than one KiB for each of them.
const MOST_GROWTH: usize = 8 * 1024;

struct Run {
    manager: Manager,
    address: String,
    fleet: Fleet,
    places: Arc<Vec<Place>>,
    ledger: Arc<Ledger>,
    seed: u64,
}

#[test]
fn no_wrong_answer_no_hang_no_leak() {
    let seconds =
        env::var("PROXYKIT_FAULTS_SECONDS").ok().map(|text| text.parse().expect("a number of seconds"));
    let seed = env::var("PROXYKIT_FAULTS_SEED")
        .map_or_else(|_| fastrand::u64(..), |text| text.parse().expect("a seed"));
    let tells = seconds.is_some();
    say(tells, &format!("seed {seed}"));
    let ledger = Arc::<Ledger>::default();
    if let Err(wrong) = run(seed, Duration::from_secs(seconds.unwrap_or(0)), &ledger, tells) {
        panic!("{wrong}\n{}\nrepeat with PROXYKIT_FAULTS_SEED={seed}", ledger.report());
    }
    say(tells, &ledger.report());
}

fn run(seed: u64, duration: Duration, ledger: &Arc<Ledger>, tells: bool) -> Result<(), String> {
    // What tokio makes once in a process, and keeps, is not counted: with its feature `signal`, which an example may have switched
    // on for all of a build, it is a pair of sockets.
    drop(
        tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .map_err(|error| error.to_string())?,
    );
    let before = Held::now().map_err(|error| error.to_string())?;
    let run = Run::start(seed, ledger.clone())?;
    let footing = Held::now().map_err(|error| error.to_string())?;
    let mut memory = Vec::new();
    let begin = Instant::now();
    while (memory.len() as u64) < LEAST_PHASES || begin.elapsed() < duration {
        run.phase(memory.len() as u64)?;
        run.come_to_rest(&footing)?;
        memory.push(leaks::resident()?);
        ledger.check()?;
        ledger.turn_page();
    }
    let places = run.places.clone();
    run.end(&footing, &before)?;
    say(
        tells,
        &format!("{} phases in {:?}, memory in KiB after each: {memory:?}", memory.len(), begin.elapsed()),
    );
    check_memory(&memory)?;
    let rare = ledger.rarer_than(LEAST_FAULTS);
    // Where nobody accepts, nobody counts.
    let uncounted = |fault: &fault::Fault| {
        matches!(fault, fault::Fault::Refuse | fault::Fault::Missing | fault::Fault::Stuck)
    };
    if let Some(fault) = rare.iter().find(|fault| !uncounted(fault)) {
        return Err(format!("{fault:?} was committed less than {LEAST_FAULTS} times"));
    }
    for place in places.iter().filter(|place| place.fault.is_none() || place.is_among_others) {
        if ledger.count(&place.prefix, "whole") == 0 {
            return Err(format!("no call to {} succeeded", place.prefix));
        }
    }
    Ok(())
}

impl Run {
    fn start(seed: u64, ledger: Arc<Ledger>) -> Result<Self, String> {
        let fleet = Fleet::start(ledger.clone()).map_err(|error| error.to_string())?;
        let say = |error: proxykit_core::Error| error.to_string();
        let manager =
            Manager::new(ManagerOptions { workers: 2, ..ManagerOptions::default() }).map_err(say)?;
        let places = place::all();
        for place in &places {
            place.add_to(&manager, &fleet).map_err(say)?;
        }
        manager.start("127.0.0.1:0").map_err(say)?;
        let address = manager.address().map_err(say)?;
        Ok(Run { manager, address, fleet, places: Arc::new(places), ledger, seed })
    }

    /// Clients make their calls, and backends come and go.
    fn phase(&self, number: u64) -> Result<(), String> {
        let phase = Arc::new(Phase {
            number,
            seed: self.seed,
            calls: CALLS,
            address: self.address.clone(),
            places: self.places.clone(),
            ledger: self.ledger.clone(),
        });
        let end = AtomicBool::new(false);
        thread::scope(|scope| {
            scope.spawn(|| {
                changes::make(&self.manager, &self.address, &self.fleet, &self.places, &self.ledger, &end);
            });
            let ran = clients::run(&phase);
            end.store(true, Ordering::Relaxed);
            ran.map_err(|error| error.to_string())
        })
    }

    /// Waits until no request is in flight and, once the backends have closed their connections, nothing is held that was not at
    /// the beginning.
    fn come_to_rest(&self, footing: &Held) -> Result<(), String> {
        wait::until(|| {
            let routes = self.manager.routes();
            let mut backends =
                routes.iter().flat_map(|route| route.backends.iter().map(move |backend| (route, backend)));
            match backends.find(|(_, backend)| backend.in_flight > 0) {
                Some((route, backend)) => {
                    Err(format!("{} in flight to {} of {}", backend.in_flight, backend.target, route.prefix))
                }
                None => Ok(()),
            }
        })?;
        wait::until(|| {
            self.fleet.close_connections();
            expect_held(footing)
        })
    }

    /// Without routes, the proxy closes all connections of its own accord; stopped, it leaves nothing behind.
    fn end(self, footing: &Held, before: &Held) -> Result<(), String> {
        self.phase(LAST_PHASE)?;
        self.ledger.check()?;
        for place in self.places.iter() {
            self.manager.remove_route(&place.prefix).map_err(|error| error.to_string())?;
        }
        wait::until(|| expect_held(footing)).map_err(|held| format!("without routes, {held}"))?;
        let cut_off = self.manager.stop(wait::DEADLINE).map_err(|error| error.to_string())?;
        if cut_off > 0 {
            return Err(format!("{cut_off} requests were cut off where none should be"));
        }
        drop((self.manager, self.fleet));
        wait::until(|| expect_held(before))
    }
}

fn expect_held(expected: &Held) -> Result<(), String> {
    let held = Held::now().map_err(|error| error.to_string())?;
    if held.is_as(expected) { Ok(()) } else { Err(format!("held: {held:?} instead of {expected:?}")) }
}

fn check_memory(memory: &[usize]) -> Result<(), String> {
    let (middle, last) = (memory[memory.len() / 2], memory[memory.len() - 1]);
    if last > middle + MOST_GROWTH {
        return Err(format!(
            "the memory grew from {middle} KiB in the middle to {last} KiB at the end: {memory:?}"
        ));
    }
    Ok(())
}

/// Tells how a long run goes; a short one is silent.
fn say(tells: bool, text: &str) {
    if tells {
        // Whoever has closed the output does not want to hear it.
        let _ = writeln!(std::io::stderr(), "{text}");
    }
}
