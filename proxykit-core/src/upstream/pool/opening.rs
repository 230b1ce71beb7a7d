use std::sync::atomic::{AtomicBool, Ordering};

use super::Connection;

/// The opening of connections that may be shared.
#[derive(Default)]
pub(in crate::upstream) struct Opening {
    /// Held while a connection of HTTP/2 is being opened, so that those who wait for one share it.
    alone: tokio::sync::Mutex<()>,
    /// Whether the backend chose HTTP/1.1 the last time, so that there will be nothing to share.
    is_http1: AtomicBool,
}

impl Opening {
    /// Waits for its turn if there may be something to share.
    pub(in crate::upstream) async fn turn(&self) -> Option<tokio::sync::MutexGuard<'_, ()>> {
        if self.is_http1.load(Ordering::Relaxed) {
            return None;
        }
        let alone = self.alone.lock().await;
        // Whoever was before may have found out.
        (!self.is_http1.load(Ordering::Relaxed)).then_some(alone)
    }

    pub(in crate::upstream) fn found(&self, connection: &Connection) {
        self.is_http1.store(connection.can_upgrade(), Ordering::Relaxed);
    }
}
