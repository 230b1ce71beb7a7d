use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::Notify;
use tokio::time::{Instant, sleep_until};

/// Tells all connections and workers to come to an end, and until when.
pub(crate) struct Drain(Drained);

/// The listening end of [`Drain`].
#[derive(Clone)]
pub(crate) struct Drained(Arc<State>);

#[derive(Default)]
struct State {
    has_begun: AtomicBool,
    deadline: Mutex<Option<Instant>>,
    /// Tells of both. Each connection waits for it all the time: a wait for one of tokio's channels takes twice the room.
    moved: Notify,
}

impl Drain {
    pub(crate) fn new() -> (Self, Drained) {
        let drained = Drained(Arc::default());
        (Drain(drained.clone()), drained)
    }

    /// Begins the drain, or brings its end forward: of several deadlines the earliest counts.
    pub(crate) fn begin(&self, deadline: Instant) {
        {
            let mut present = self.0.0.deadline.lock().unwrap_or_else(PoisonError::into_inner);
            *present = Some(present.map_or(deadline, |earlier| earlier.min(deadline)));
        }
        self.0.0.tell();
    }
}

impl Drop for Drain {
    fn drop(&mut self) {
        self.0.0.tell();
    }
}

impl State {
    fn tell(&self) {
        self.has_begun.store(true, Ordering::Release);
        self.moved.notify_waiters();
    }
}

impl Drained {
    /// Whether the drain has begun: for those who look often. A [`Drain`] that is gone has begun as well.
    pub(crate) fn has_begun(&self) -> bool {
        self.0.has_begun.load(Ordering::Acquire)
    }

    /// Waits until the drain begins.
    pub(crate) async fn begun(&self) {
        // Made before the look: what is told in between is not missed.
        let moved = self.0.moved.notified();
        if !self.has_begun() {
            moved.await;
        }
    }

    /// Waits until the deadline of a drain that has begun, wherever it is moved meanwhile.
    pub(crate) async fn deadline(&self) {
        loop {
            let moved = self.0.moved.notified();
            let Some(deadline) = self.present_deadline() else { return };
            tokio::select! {
                () = sleep_until(deadline) => return,
                () = moved => {}
            }
        }
    }

    fn present_deadline(&self) -> Option<Instant> {
        *self.0.deadline.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
