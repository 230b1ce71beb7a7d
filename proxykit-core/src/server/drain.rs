use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use tokio::sync::watch;
use tokio::time::Instant;

/// Tells all connections and workers to come to an end, and until when.
pub(crate) struct Drain {
    deadline: watch::Sender<Option<Instant>>,
    flag: Flag,
}

/// The listening end of [`Drain`].
#[derive(Clone)]
pub(crate) struct Drained {
    deadline: watch::Receiver<Option<Instant>>,
    flag: Flag,
}

/// Whether the drain has begun: for those who look often.
#[derive(Clone)]
pub(super) struct Flag(Arc<AtomicBool>);

impl Drain {
    pub(crate) fn new() -> (Self, Drained) {
        let (sender, receiver) = watch::channel(None);
        let flag = Flag(Arc::default());
        (Drain { deadline: sender, flag: flag.clone() }, Drained { deadline: receiver, flag })
    }

    /// Begins the drain, or brings its end forward: of several deadlines the earliest counts.
    pub(crate) fn begin(&self, deadline: Instant) {
        self.flag.0.store(true, Ordering::Release);
        self.deadline.send_modify(|present| {
            *present = Some(present.map_or(deadline, |earlier| earlier.min(deadline)));
        });
    }
}

impl Drop for Drain {
    fn drop(&mut self) {
        self.flag.0.store(true, Ordering::Release);
    }
}

impl Flag {
    pub(super) fn is_set(&self) -> bool {
        self.0.load(Ordering::Acquire)
    }
}

impl Drained {
    pub(super) fn flag(&self) -> Flag {
        self.flag.clone()
    }

    /// Waits until the drain begins. A [`Drain`] that is gone has begun as well.
    pub(crate) async fn begun(&mut self) {
        // The error says that the sender is gone.
        self.deadline.wait_for(Option::is_some).await.ok();
    }

    /// Waits until the deadline of a drain that has begun, wherever it is moved meanwhile.
    pub(crate) async fn deadline(&mut self) {
        loop {
            let Some(deadline) = *self.deadline.borrow_and_update() else { return };
            tokio::select! {
                () = tokio::time::sleep_until(deadline) => return,
                changed = self.deadline.changed() => {
                    if changed.is_err() {
                        return tokio::time::sleep_until(deadline).await;
                    }
                }
            }
        }
    }
}
