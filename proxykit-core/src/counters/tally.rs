use std::array;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use super::Counters;
use crate::error::ErrorKind;

/// Answers by the class of their status, from 1xx to 5xx.
#[derive(Debug, Default)]
pub(crate) struct Answers([AtomicU64; 5]);

/// Counts for a backend, a route, or the manager.
///
/// Answers are counted at each of them by whoever has it at hand; what is rare only at the lowest, which hands it on.
#[repr(C)]
#[derive(Debug, Default)]
pub(crate) struct Tally {
    answers: Answers,
    failures: [AtomicU64; 3],
    retries: AtomicU64,
    /// Whose part it is.
    above: Option<Arc<Tally>>,
}

/// How an attempt fails.
#[derive(Clone, Copy)]
enum Failure {
    Connect,
    Timeout,
    Broken,
}

impl Answers {
    /// Counts an answer with this status.
    pub(crate) fn count(&self, status: http::StatusCode) {
        let class = usize::from(status.as_u16() / 100).clamp(1, 5);
        self.0[class - 1].fetch_add(1, Ordering::Relaxed);
    }

    pub(super) fn read(&self) -> [u64; 5] {
        array::from_fn(|class| self.0[class].load(Ordering::Relaxed))
    }
}

impl Tally {
    /// One whose rare counts are part of another's.
    pub(crate) fn within(above: &Arc<Tally>) -> Self {
        Tally { above: Some(above.clone()), ..Tally::default() }
    }

    pub(crate) fn answers(&self) -> &Answers {
        &self.answers
    }

    /// Counts what this error says of a backend; of one for which it cannot be blamed, nothing.
    #[cold]
    pub(crate) fn count_failure(&self, kind: ErrorKind) {
        if let Some(failure) = Failure::of(kind) {
            self.each(|tally| &tally.failures[failure as usize]);
        }
    }

    /// Counts an attempt for a request that has failed before.
    #[cold]
    pub(crate) fn count_retry(&self) {
        self.each(|tally| &tally.retries);
    }

    pub(crate) fn read(&self) -> Counters {
        self.read_with(self.answers.read())
    }

    /// The counters, with these answers in place of its own.
    pub(super) fn read_with(&self, answers: [u64; 5]) -> Counters {
        let failures = |failure: Failure| self.failures[failure as usize].load(Ordering::Relaxed);
        let [_, responses_2xx, responses_3xx, responses_4xx, responses_5xx] = answers;
        Counters {
            requests: answers.into_iter().sum(),
            responses_2xx,
            responses_3xx,
            responses_4xx,
            responses_5xx,
            connect_failures: failures(Failure::Connect),
            timeouts: failures(Failure::Timeout),
            broken_responses: failures(Failure::Broken),
            retries: self.retries.load(Ordering::Relaxed),
        }
    }

    /// Counts one more at this one and all above it.
    fn each(&self, counter: impl Fn(&Tally) -> &AtomicU64) {
        let mut tally = Some(self);
        while let Some(present) = tally {
            counter(present).fetch_add(1, Ordering::Relaxed);
            tally = present.above.as_deref();
        }
    }
}

impl Failure {
    fn of(kind: ErrorKind) -> Option<Self> {
        match kind {
            ErrorKind::ConnectFailed | ErrorKind::ConnectTimeout | ErrorKind::TlsFailed => {
                Some(Failure::Connect)
            }
            ErrorKind::ResponseTimeout | ErrorKind::UpstreamStalled | ErrorKind::RequestExpired => {
                Some(Failure::Timeout)
            }
            ErrorKind::UpstreamClosed | ErrorKind::UpstreamProtocol => Some(Failure::Broken),
            _ => None,
        }
    }
}
