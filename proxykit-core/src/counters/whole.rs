use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use arc_swap::ArcSwap;

use super::{Answers, Door, Tally, Totals};

/// What is counted in the manager as a whole.
///
/// Each worker counts its answers alone, on cache lines that no other writes. Nothing here takes a lock, which a fork could leave
/// held for ever.
#[derive(Debug, Default)]
pub(crate) struct Whole {
    tally: Arc<Tally>,
    door: Arc<Door>,
    /// Only grows: when a worker is gone, its part is the next one's, and goes on from what it has.
    parts: ArcSwap<Vec<Arc<Apart>>>,
}

/// The answers of one worker, until it is dropped.
pub(crate) struct Part(Arc<Apart>);

/// Two lines, since processors fetch them in pairs.
#[repr(align(128))]
#[derive(Debug, Default)]
struct Apart {
    answers: Answers,
    is_taken: AtomicBool,
}

impl Whole {
    /// What failures and retries of all routes are counted in.
    pub(crate) fn tally(&self) -> &Arc<Tally> {
        &self.tally
    }

    /// What counts the connections of clients.
    pub(crate) fn door(&self) -> &Arc<Door> {
        &self.door
    }

    /// A place for the answers of one worker.
    pub(crate) fn part(&self) -> Part {
        let parts = self.parts.load();
        if let Some(free) = parts.iter().find(|part| !part.is_taken.swap(true, Ordering::Relaxed)) {
            return Part(free.clone());
        }
        let part = Arc::new(Apart { answers: Answers::default(), is_taken: AtomicBool::new(true) });
        self.parts.rcu(|parts| {
            let mut parts = Vec::clone(parts);
            parts.push(part.clone());
            parts
        });
        Part(part)
    }

    pub(crate) fn read(&self) -> Totals {
        let mut answers = self.tally.answers().read();
        for part in self.parts.load().iter() {
            for (sum, counted) in answers.iter_mut().zip(part.answers.read()) {
                *sum += counted;
            }
        }
        Totals { counters: self.tally.read_with(answers), connections: self.door.read() }
    }
}

impl Part {
    pub(crate) fn answers(&self) -> &Answers {
        &self.0.answers
    }
}

impl Drop for Part {
    fn drop(&mut self) {
        self.0.is_taken.store(false, Ordering::Relaxed);
    }
}
