use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use tokio::sync::Notify;

/// Counts what is under way, and can be waited for.
pub(crate) struct Tracker {
    count: AtomicUsize,
    /// Only a waiter makes the last one to finish pay for waking it.
    awaited: AtomicBool,
    finished: Notify,
}

/// One of the things under way, until it is dropped.
pub(crate) struct Tracked(Arc<Tracker>);

impl Tracker {
    pub(crate) fn new() -> Arc<Self> {
        Arc::new(Tracker {
            count: AtomicUsize::new(0),
            awaited: AtomicBool::new(false),
            finished: Notify::new(),
        })
    }

    pub(crate) fn track(self: &Arc<Self>) -> Tracked {
        self.count.fetch_add(1, Ordering::SeqCst);
        Tracked(self.clone())
    }

    pub(crate) fn count(&self) -> usize {
        self.count.load(Ordering::SeqCst)
    }

    /// Waits until nothing is under way. There is one waiter at most.
    pub(crate) async fn finished(&self) {
        self.awaited.store(true, Ordering::SeqCst);
        // The permit of a `notify_one` that came before the wait is kept, so that none is lost.
        while self.count() > 0 {
            self.finished.notified().await;
        }
    }
}

impl Drop for Tracked {
    fn drop(&mut self) {
        if self.0.count.fetch_sub(1, Ordering::SeqCst) == 1 && self.0.awaited.load(Ordering::SeqCst) {
            self.0.finished.notify_one();
        }
    }
}
