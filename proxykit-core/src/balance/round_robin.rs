use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use super::is_candidate;
use crate::backend::{Backend, BackendId, Backends};

pub(super) fn pick<'a>(
    turn: &AtomicUsize,
    backends: &'a Backends,
    tried: &[BackendId],
) -> Option<&'a Arc<Backend>> {
    let mut last = turn.load(Ordering::Relaxed);
    loop {
        let found = backends.ready(last, backends.places()).find(|(_, backend)| is_candidate(backend, tried));
        let (place, backend) = found?;
        // The turn goes to the place behind the one that was picked. With a turn for each place, the neighbour of an
        // unhealthy backend would get a double share.
        match turn.compare_exchange_weak(last, place + 1, Ordering::Relaxed, Ordering::Relaxed) {
            Ok(_) => return Some(backend),
            Err(taken) => last = taken,
        }
    }
}
