use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use super::is_candidate;
use crate::backend::{Backend, BackendId};

pub(super) fn pick<'a>(
    turn: &AtomicUsize,
    backends: &'a [Arc<Backend>],
    tried: &[BackendId],
) -> Option<&'a Arc<Backend>> {
    // Among equals the first one behind the last pick wins: without the turn, the first in the list would take all
    // requests of a quiet route.
    let start = turn.load(Ordering::Relaxed) % backends.len();
    let mut best: Option<(usize, usize)> = None;
    for index in (start..backends.len()).chain(0..start) {
        let in_flight = backends[index].live().in_flight();
        if best.is_none_or(|(least, _)| in_flight < least) && is_candidate(&backends[index], tried) {
            best = Some((in_flight, index));
            if in_flight == 0 {
                break;
            }
        }
    }
    let (_, index) = best?;
    turn.store(index + 1, Ordering::Relaxed);
    Some(&backends[index])
}
