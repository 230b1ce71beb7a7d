use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use crate::backend::Backends;

/// Up to so many backends are counted each time.
const FEW: usize = 64;
/// How old the count of more of them may be. To count ten thousand costs as much as some requests, and who asks is a request
/// that has failed once, of which there are many at a time if there are any.
const FRESH: Duration = Duration::from_millis(10);

/// How many requests a route has in flight.
#[derive(Debug, Default)]
pub(super) struct Traffic {
    counted: Mutex<Option<(Instant, usize)>>,
}

impl Traffic {
    pub(super) fn of(&self, backends: &Backends) -> usize {
        if backends.len() <= FEW {
            return count(backends);
        }
        // The lock is not held while they are counted, so that no worker waits for another.
        let counted = *self.counted.lock().unwrap_or_else(PoisonError::into_inner);
        match counted {
            Some((at, traffic)) if at.elapsed() < FRESH => traffic,
            _ => {
                let traffic = count(backends);
                *self.counted.lock().unwrap_or_else(PoisonError::into_inner) =
                    Some((Instant::now(), traffic));
                traffic
            }
        }
    }
}

fn count(backends: &Backends) -> usize {
    backends.iter().map(|backend| backend.live().in_flight()).sum()
}
