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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::backend::{Backend, BackendId, InFlight};
    use crate::counters::Tally;

    fn backends(count: usize) -> Backends {
        let mut backends = Backends::default();
        for id in 0..count as u64 {
            let (place, target) = (backends.take_place(), format!("http://b{id}").parse().unwrap());
            backends.insert(Backend::new(place, BackendId(id), target, None, None, None, Tally::default()));
        }
        backends
    }

    #[test]
    fn few_backends_are_counted_each_time() {
        let (traffic, backends) = (Traffic::default(), backends(FEW));
        let mut held = Vec::new();
        for backend in backends.iter() {
            assert_eq!(traffic.of(&backends), held.len());
            held.extend(InFlight::begin(backend));
        }
    }

    #[test]
    fn the_count_of_many_follows() {
        let (traffic, backends) = (Traffic::default(), backends(FEW + 1));
        assert_eq!(traffic.of(&backends), 0);
        let _held: Vec<_> = backends.iter().filter_map(InFlight::begin).collect();
        let end = Instant::now() + Duration::from_secs(20);
        while traffic.of(&backends) != FEW + 1 {
            assert!(Instant::now() < end, "it stays at {}", traffic.of(&backends));
        }
    }
}
