use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::{Answers, Door, Tally, Totals};

/// What is counted in the manager as a whole.
///
/// Each worker counts its answers alone, on cache lines that no other writes.
#[derive(Debug, Default)]
pub(crate) struct Whole {
    tally: Arc<Tally>,
    door: Arc<Door>,
    /// Held while one of them goes, so that nothing is read twice or not at all.
    parts: Mutex<Vec<Arc<Apart>>>,
}

/// The answers of one worker, until it is dropped: then they are the whole's own.
pub(crate) struct Part {
    answers: Arc<Apart>,
    whole: Arc<Whole>,
}

/// Two lines, since processors fetch them in pairs.
#[repr(align(128))]
#[derive(Debug, Default)]
struct Apart(Answers);

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
    pub(crate) fn part(self: &Arc<Self>) -> Part {
        let answers = Arc::<Apart>::default();
        self.parts().push(answers.clone());
        Part { answers, whole: self.clone() }
    }

    pub(crate) fn read(&self) -> Totals {
        let parts = self.parts();
        let mut answers = self.tally.answers().read();
        for part in parts.iter() {
            for (sum, counted) in answers.iter_mut().zip(part.0.read()) {
                *sum += counted;
            }
        }
        Totals { counters: self.tally.read_with(answers), connections: self.door.read() }
    }

    /// No code panics while it holds the lock.
    fn parts(&self) -> MutexGuard<'_, Vec<Arc<Apart>>> {
        self.parts.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Part {
    pub(crate) fn answers(&self) -> &Answers {
        &self.answers.0
    }
}

impl Drop for Part {
    fn drop(&mut self) {
        let mut parts = self.whole.parts();
        parts.retain(|part| !Arc::ptr_eq(part, &self.answers));
        self.whole.tally.answers().add(self.answers.0.read());
    }
}
