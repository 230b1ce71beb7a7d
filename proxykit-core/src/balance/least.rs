use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use super::is_candidate;
use crate::backend::{Backend, BackendId, Backends, Live};

/// Up to so many backends, all are compared.
const FEW: usize = 32;
/// Of more, so many are looked at, spread evenly over all, and others each time, until all had their turn. That is nearly
/// as good as to compare all (Mitzenmacher 2001, who shows it for two of them), and needs no order to be kept that all
/// workers would have to write.
const SAMPLE: usize = 16;

/// What a backend costs its next request.
type Cost = f64;

/// The best of those that were compared until now.
struct Best<'a, F> {
    cost_of: F,
    found: Option<(Cost, usize, &'a Arc<Backend>)>,
}

/// The backend whose next request costs the least, by `cost_of`; equals take turns.
pub(super) fn pick<'a>(
    turn: &AtomicUsize,
    backends: &'a Backends,
    tried: &[BackendId],
    cost_of: impl Fn(&Live) -> Cost,
) -> Option<&'a Arc<Backend>> {
    let places = backends.places();
    // Among equals the first one behind the last pick wins: without the turn, the first in the list would take all
    // requests of a quiet route.
    let start = turn.load(Ordering::Relaxed) % places;
    let mut best = Best { cost_of, found: None };
    if places <= FEW {
        backends.ready(start, places).any(|(place, backend)| best.compare(place, backend, tried));
    } else {
        // The places are divided into stretches of the same length, and the first candidate of each is compared.
        let edge = |number| number * places / SAMPLE;
        (0..SAMPLE).any(|number| {
            let (from, to) = (start + edge(number), start + edge(number + 1));
            let mut ready = backends.ready(from % places, to - from);
            let found = ready.find(|(_, backend)| is_candidate(backend, tried));
            found.is_some_and(|(place, backend)| best.compare(place, backend, tried))
        });
    }
    let (_, place, backend) = best.found?;
    turn.store(place + 1, Ordering::Relaxed);
    Some(backend)
}

impl<'a, F: Fn(&Live) -> Cost> Best<'a, F> {
    /// Whether none can be better than the best after this one.
    fn compare(&mut self, place: usize, backend: &'a Arc<Backend>, tried: &[BackendId]) -> bool {
        let cost = (self.cost_of)(backend.live());
        let is_better = self.found.is_none_or(|(least, ..)| cost < least) && is_candidate(backend, tried);
        if is_better {
            self.found = Some((cost, place, backend));
        }
        is_better && cost == 0.0
    }
}
