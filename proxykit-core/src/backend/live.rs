use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use super::Backend;

/// What is known of a backend right now. Any thread may read and write it; no lock is taken.
///
/// Orderings are relaxed: each value stands alone, and a request that reads the one of a moment ago does nothing
/// worse than one that came a moment earlier.
#[derive(Debug)]
pub struct Live {
    healthy: AtomicBool,
    removed: AtomicBool,
    in_flight: Counter,
}

/// A counter that every worker writes, alone on its cache line so that it does not slow the readers of `healthy`.
#[derive(Debug, Default)]
#[repr(align(64))]
struct Counter(AtomicUsize);

/// A request in flight to a backend: counted from its making to its drop.
pub struct InFlight(Arc<Backend>);

// === impl Live ===

impl Default for Live {
    fn default() -> Self {
        let (healthy, removed) = (AtomicBool::new(true), AtomicBool::new(false));
        Live { healthy, removed, in_flight: Counter::default() }
    }
}

impl Live {
    /// Whether checks say that it takes requests.
    pub fn is_healthy(&self) -> bool {
        self.healthy.load(Ordering::Relaxed)
    }

    pub(crate) fn set_healthy(&self, healthy: bool) {
        self.healthy.store(healthy, Ordering::Relaxed);
    }

    /// Whether it was taken out of its route; requests that began before may still run.
    pub fn is_removed(&self) -> bool {
        self.removed.load(Ordering::Relaxed)
    }

    pub(crate) fn set_removed(&self) {
        self.removed.store(true, Ordering::Relaxed);
    }

    /// How many requests and tunnels are in flight to it.
    pub fn in_flight(&self) -> usize {
        self.in_flight.0.load(Ordering::Relaxed)
    }
}

// === impl InFlight ===

impl InFlight {
    pub(crate) fn new(backend: Arc<Backend>) -> Self {
        backend.live.in_flight.0.fetch_add(1, Ordering::Relaxed);
        InFlight(backend)
    }

    /// The backend that the request goes to.
    pub fn backend(&self) -> &Arc<Backend> {
        &self.0
    }
}

impl Drop for InFlight {
    fn drop(&mut self) {
        self.0.live.in_flight.0.fetch_sub(1, Ordering::Relaxed);
    }
}

impl fmt::Debug for InFlight {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("InFlight").field(&self.0.target().as_str()).finish()
    }
}
