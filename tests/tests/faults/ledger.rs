use std::collections::{BTreeMap, HashMap};
use std::fmt::Write;
use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::fault::{Fault, Outcome};

/// How many wrongs are told; the first ones tell most.
const MOST_WRONGS: usize = 20;

/// What all sides write down, and what was wrong with it.
#[derive(Default)]
pub(crate) struct Ledger(Mutex<Pages>);

#[derive(Default)]
struct Pages {
    /// How often a backend took up each request that must not be repeated.
    taken_up: HashMap<u64, u32>,
    /// How often each fault was committed.
    faults: BTreeMap<Fault, u64>,
    /// What clients saw, by where.
    outcomes: BTreeMap<(String, String), u64>,
    wrongs: Vec<String>,
    wrong_count: usize,
}

impl Ledger {
    /// A backend has read the head of a request.
    pub(crate) fn taken_up(&self, id: u64, method: &str) {
        if method != "POST" {
            return;
        }
        let times = {
            let mut pages = self.lock();
            let times = pages.taken_up.entry(id).or_default();
            *times += 1;
            *times
        };
        if times > 1 {
            self.wrong(format!("the POST {id:x} was sent {times} times"));
        }
    }

    pub(crate) fn committed(&self, fault: Fault) {
        *self.lock().faults.entry(fault).or_default() += 1;
    }

    pub(crate) fn saw(&self, place: &str, outcome: &str) {
        *self.lock().outcomes.entry((place.to_owned(), outcome.to_owned())).or_default() += 1;
    }

    pub(crate) fn saw_outcome(&self, place: &str, outcome: &Outcome) {
        match outcome {
            Outcome::Whole => self.saw(place, "whole"),
            Outcome::Broken => self.saw(place, "broken"),
            Outcome::Error(name) => self.saw(place, name),
        }
    }

    pub(crate) fn wrong(&self, what: String) {
        let mut pages = self.lock();
        pages.wrong_count += 1;
        if pages.wrongs.len() < MOST_WRONGS {
            pages.wrongs.push(what);
        }
    }

    /// Forgets the requests of a phase: all of its connections are closed, so that none can come late.
    pub(crate) fn turn_page(&self) {
        self.lock().taken_up.clear();
    }

    /// # Errors
    /// What was wrong.
    pub(crate) fn check(&self) -> Result<(), String> {
        let pages = self.lock();
        if pages.wrong_count == 0 {
            return Ok(());
        }
        Err(format!("{} wrongs, the first ones:\n{}", pages.wrong_count, pages.wrongs.join("\n")))
    }

    /// The faults that were committed less often than this.
    pub(crate) fn rarer_than(&self, least: u64) -> Vec<Fault> {
        let pages = self.lock();
        let is_rare = |fault: &Fault| pages.faults.get(fault).copied().unwrap_or(0) < least;
        Fault::ALL.into_iter().filter(is_rare).collect()
    }

    /// What was seen how often at a place.
    pub(crate) fn count(&self, place: &str, outcome: &str) -> u64 {
        self.lock().outcomes.get(&(place.to_owned(), outcome.to_owned())).copied().unwrap_or(0)
    }

    pub(crate) fn report(&self) -> String {
        let pages = self.lock();
        let mut text = String::from("faults committed:");
        for (fault, count) in &pages.faults {
            // Writing to a string does not fail.
            let _ = write!(text, " {fault:?} {count}");
        }
        let total: u64 = pages.outcomes.values().sum();
        let _ = write!(text, "\n{total} exchanges:");
        let mut place = "";
        for ((at, outcome), count) in &pages.outcomes {
            if at != place {
                let _ = write!(text, "\n  {at}:");
                place = at;
            }
            let _ = write!(text, " {outcome} {count}");
        }
        text
    }

    fn lock(&self) -> MutexGuard<'_, Pages> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
