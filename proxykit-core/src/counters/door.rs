use std::sync::atomic::{AtomicU64, Ordering};

use super::Connections;

/// Counts who comes in.
#[derive(Debug, Default)]
pub(crate) struct Door {
    open: AtomicU64,
    accepted: AtomicU64,
    refused: AtomicU64,
}

impl Door {
    /// Counts one more that is open, and says how many there were before.
    pub(crate) fn open(&self) -> u64 {
        self.open.fetch_add(1, Ordering::Relaxed)
    }

    pub(crate) fn close(&self) {
        self.open.fetch_sub(1, Ordering::Relaxed);
    }

    pub(crate) fn accept(&self) {
        self.accepted.fetch_add(1, Ordering::Relaxed);
    }

    pub(crate) fn refuse(&self) {
        self.refused.fetch_add(1, Ordering::Relaxed);
    }

    pub(crate) fn read(&self) -> Connections {
        let read = |count: &AtomicU64| count.load(Ordering::Relaxed);
        Connections { open: read(&self.open), accepted: read(&self.accepted), refused: read(&self.refused) }
    }
}
