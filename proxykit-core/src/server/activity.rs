use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, AtomicU64, Ordering};

use tokio::time::Instant;

use crate::clock::Clock;

/// What a connection is doing: noted by those who do it, read by the [`super::watch`] that ends a connection on which
/// nothing happens.
///
/// One thread writes and reads it, so that the orderings are relaxed; a note costs a look at the clock.
pub(super) struct Activity {
    clock: Arc<Clock>,
    /// Requests whose answer has not ended.
    requests: AtomicU32,
    /// Answers of which a piece is there, and the client's side has not asked for the next one.
    offered: AtomicU32,
    /// Whether the socket takes no more bytes.
    is_blocked: AtomicBool,
    /// Whether bytes have come since the last request ended.
    has_received: AtomicBool,
    /// Whether a request was answered before all of its body was read.
    is_unread: AtomicBool,
    /// Whether the connection is to end when no request is under way.
    is_ending: AtomicBool,
    /// When bytes last moved, in milliseconds since the clock was made.
    moved: AtomicU64,
    /// When the last request ended, or the head of the next one began.
    rested: AtomicU64,
}

/// Something that a client may not do for longer than a limit says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Wait {
    /// To ask nothing.
    Idle,
    /// To send the head of a request.
    Head,
    /// Not to take what it asked for.
    Stalled,
}

impl Activity {
    pub(super) fn new(clock: &Arc<Clock>) -> Self {
        Activity {
            clock: clock.clone(),
            requests: AtomicU32::new(0),
            offered: AtomicU32::new(0),
            is_blocked: AtomicBool::new(false),
            has_received: AtomicBool::new(false),
            is_unread: AtomicBool::new(false),
            is_ending: AtomicBool::new(false),
            moved: AtomicU64::new(clock.milliseconds()),
            rested: AtomicU64::new(clock.milliseconds()),
        }
    }

    /// What the client is waited for, if it is, and since when.
    pub(super) fn waits(&self) -> Option<(Wait, Instant)> {
        let since = |moment: &AtomicU64| Instant::from_std(self.clock.at(moment.load(Ordering::Relaxed)));
        let is_busy = self.requests.load(Ordering::Relaxed) > 0;
        if self.is_blocked.load(Ordering::Relaxed) || is_busy && self.offered.load(Ordering::Relaxed) > 0 {
            Some((Wait::Stalled, since(&self.moved)))
        } else if is_busy {
            None
        } else if self.has_received.load(Ordering::Relaxed) {
            Some((Wait::Head, since(&self.rested)))
        } else {
            Some((Wait::Idle, since(&self.rested)))
        }
    }

    pub(super) fn is_busy(&self) -> bool {
        self.requests.load(Ordering::Relaxed) > 0
    }

    pub(super) fn is_unread(&self) -> bool {
        self.is_unread.load(Ordering::Relaxed)
    }

    pub(super) fn is_ending(&self) -> bool {
        self.is_ending.load(Ordering::Relaxed)
    }

    /// Has the connection end when no request is under way. Whoever says so polls it afterwards.
    pub(super) fn end_soon(&self) {
        self.is_ending.store(true, Ordering::Relaxed);
    }

    pub(super) fn received(&self) {
        if !self.is_busy() && !self.has_received.swap(true, Ordering::Relaxed) {
            self.rested.store(self.now(), Ordering::Relaxed);
        }
        self.note();
    }

    pub(super) fn sent(&self) {
        self.is_blocked.store(false, Ordering::Relaxed);
        self.note();
    }

    pub(super) fn blocked(&self) {
        self.is_blocked.store(true, Ordering::Relaxed);
    }

    /// The socket takes bytes, which costs no look at the clock.
    pub(super) fn unblocked(&self) {
        if self.is_blocked.load(Ordering::Relaxed) {
            self.is_blocked.store(false, Ordering::Relaxed);
        }
    }

    /// The socket takes no more bytes: from now on, or as long as before.
    pub(super) fn waits_since(&self, is_now: bool) {
        self.is_blocked.store(true, Ordering::Relaxed);
        if is_now {
            self.note();
        }
    }

    /// What came so far was not of a request: a header of the PROXY protocol, a TLS handshake.
    pub(super) fn settled(&self) {
        self.has_received.store(false, Ordering::Relaxed);
        self.rested.store(self.now(), Ordering::Relaxed);
    }

    pub(super) fn request_began(&self) {
        self.requests.fetch_add(1, Ordering::Relaxed);
    }

    pub(super) fn request_ended(&self, was_read: bool) {
        if !was_read {
            self.is_unread.store(true, Ordering::Relaxed);
        }
        if self.requests.fetch_sub(1, Ordering::Relaxed) == 1 {
            self.has_received.store(false, Ordering::Relaxed);
            self.rested.store(self.now(), Ordering::Relaxed);
        }
    }

    /// A piece of an answer is there.
    pub(super) fn offers(&self) {
        self.offered.fetch_add(1, Ordering::Relaxed);
    }

    /// The piece was taken, or will never be.
    pub(super) fn taken(&self) {
        self.offered.fetch_sub(1, Ordering::Relaxed);
        self.note();
    }

    fn note(&self) {
        self.moved.store(self.now(), Ordering::Relaxed);
    }

    fn now(&self) -> u64 {
        self.clock.milliseconds()
    }
}
