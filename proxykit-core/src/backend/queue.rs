use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use tokio::sync::Notify;
use tokio::sync::futures::Notified;

/// How many requests a backend takes at a time, and where those wait that find all backends of a route busy.
#[derive(Clone, Debug)]
pub(crate) struct Capacity {
    /// The most requests in flight to one backend.
    pub(crate) limit: usize,
    pub(crate) queue: Arc<Queue>,
}

/// The requests of a route that wait for a backend, in the order in which they came.
#[derive(Debug, Default)]
pub(crate) struct Queue {
    /// Before a place is looked for it is counted here, and whoever frees a place looks here afterwards: one of the two
    /// sees the other. That holds only in one order for all, so that the orderings are sequentially consistent.
    waiting: AtomicUsize,
    freed: Notify,
}

/// A place in the queue, until it is dropped.
pub(crate) struct Waiting<'a>(&'a Queue);

impl Queue {
    /// A place at the end; none if `most` wait already.
    pub(crate) fn enter(&self, most: usize) -> Option<Waiting<'_>> {
        // Counted first, so that of two that come at once no third gets in.
        let waiting = Waiting(self);
        (self.waiting.fetch_add(1, Ordering::SeqCst) < most).then_some(waiting)
    }

    /// Whether somebody waits. Who comes now must not pass them.
    pub(crate) fn is_used(&self) -> bool {
        self.waiting.load(Ordering::SeqCst) > 0
    }

    /// The next place that gets free is for one of those who wait.
    pub(crate) fn freed(&self) -> Notified<'_> {
        self.freed.notified()
    }

    pub(super) fn free_one(&self) {
        if self.is_used() {
            self.freed.notify_one();
        }
    }

    /// Has all who wait look again: backends came, went, or changed their health.
    pub(crate) fn look_again(&self) {
        self.freed.notify_waiters();
    }
}

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        self.0.waiting.fetch_sub(1, Ordering::SeqCst);
    }
}
