use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use super::{first_from, is_candidate};
use crate::backend::{Backend, BackendId};

pub(super) fn pick<'a>(
    turn: &AtomicUsize,
    backends: &'a [Arc<Backend>],
    tried: &[BackendId],
) -> Option<&'a Arc<Backend>> {
    // Each backend that is passed over uses up its turn. Going on from the same turn instead would give the
    // neighbour of every unhealthy backend a double share.
    for _ in 0..backends.len() {
        let backend = &backends[turn.fetch_add(1, Ordering::Relaxed) % backends.len()];
        if is_candidate(backend, tried) {
            return Some(backend);
        }
    }
    // Other threads took turns meanwhile, so that this one may have missed a candidate.
    first_from(turn.load(Ordering::Relaxed), backends, tried)
}
