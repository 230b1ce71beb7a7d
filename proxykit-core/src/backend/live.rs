use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};

use super::Backend;
use crate::error::{Error, ErrorKind, Result};

/// What is known of a backend right now. Any thread may read and write it; no lock is taken.
///
/// Whether it is healthy and how many requests it has are also marked at its place, which needs one order for all. The rest
/// stands alone: a request that reads the value of a moment ago does nothing worse than one that came a moment earlier.
#[derive(Debug)]
pub struct Live {
    healthy: AtomicBool,
    removed: AtomicBool,
    in_flight: AtomicUsize,
    /// The bits of a number.
    load: AtomicU64,
}

/// A request in flight to a backend: counted from its making to its drop.
pub struct InFlight(Arc<Backend>);

// === impl Live ===

impl Default for Live {
    fn default() -> Self {
        let (healthy, removed) = (AtomicBool::new(true), AtomicBool::new(false));
        let load = AtomicU64::new(1_f64.to_bits());
        Live { healthy, removed, in_flight: AtomicUsize::new(0), load }
    }
}

impl Live {
    /// Whether checks say that it takes requests.
    pub fn is_healthy(&self) -> bool {
        self.healthy.load(Ordering::SeqCst)
    }

    pub(super) fn set_healthy(&self, healthy: bool) {
        self.healthy.store(healthy, Ordering::SeqCst);
    }

    /// Whether it was taken out of its route; requests that began before may still run.
    pub fn is_removed(&self) -> bool {
        self.removed.load(Ordering::Relaxed)
    }

    pub(crate) fn set_removed(&self) {
        self.removed.store(true, Ordering::Relaxed);
    }

    /// What the host has reported of its load: 1 until then.
    pub fn load(&self) -> f64 {
        f64::from_bits(self.load.load(Ordering::Relaxed))
    }

    /// Notes what the host reports of its load.
    ///
    /// # Errors
    /// `invalid_argument` if it is below 0, or no number.
    pub fn report_load(&self, load: f64) -> Result<()> {
        if !load.is_finite() || load < 0.0 {
            let message = format!("invalid load {load}: it must be a number from 0 up");
            return Err(Error::new(ErrorKind::InvalidArgument, message));
        }
        self.load.store(load.to_bits(), Ordering::Relaxed);
        Ok(())
    }

    /// How many requests and tunnels are in flight to it.
    pub fn in_flight(&self) -> usize {
        self.in_flight.load(Ordering::SeqCst)
    }
}

// === impl InFlight ===

impl InFlight {
    /// Counts one more request; none if the backend has as many as it may.
    pub(crate) fn begin(backend: &Arc<Backend>) -> Option<Self> {
        let count = &backend.live.in_flight;
        match &backend.capacity {
            None => {
                count.fetch_add(1, Ordering::Relaxed);
            }
            Some(capacity) => {
                let add = |count| (count < capacity.limit).then_some(count + 1);
                let before = count.fetch_update(Ordering::SeqCst, Ordering::SeqCst, add).ok()?;
                if before + 1 == capacity.limit {
                    backend.mark_capacity();
                }
            }
        }
        Some(InFlight(backend.clone()))
    }

    /// The backend that the request goes to.
    pub fn backend(&self) -> &Arc<Backend> {
        &self.0
    }
}

impl Drop for InFlight {
    fn drop(&mut self) {
        let before = self.0.live.in_flight.fetch_sub(1, Ordering::SeqCst);
        if let Some(capacity) = &self.0.capacity {
            if before == capacity.limit {
                // Before anybody is told of it.
                self.0.mark_capacity();
            }
            capacity.queue.free_one();
        }
    }
}

impl fmt::Debug for InFlight {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("InFlight").field(&self.0.target().as_str()).finish()
    }
}
