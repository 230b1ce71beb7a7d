use std::task::{Context, Poll};
use std::time::Duration;

use tokio::time::Instant;

use super::timer::Timer;

/// A limit for the time between two pieces of a body.
///
/// The timer is made at the first wait: a body that comes in one piece has none, and one that flows costs a look at the
/// clock for each wait.
pub(crate) struct Stall {
    /// Zero for none.
    limit: Duration,
    since: Option<Instant>,
    timer: Timer,
}

impl Stall {
    pub(crate) fn new(limit: Duration) -> Self {
        Stall { limit, since: None, timer: Timer::default() }
    }

    /// A piece is there.
    pub(crate) fn moved(&mut self) {
        self.since = None;
    }

    /// No piece is there: ready once that has been so for too long.
    pub(crate) fn poll_waiting(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        if self.limit.is_zero() {
            return Poll::Pending;
        }
        let end = *self.since.get_or_insert_with(Instant::now) + self.limit;
        self.timer.poll(end, cx)
    }
}
