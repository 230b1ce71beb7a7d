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
        let Some(end) = self.end() else { return Poll::Pending };
        self.timer.poll(end, cx)
    }

    /// The same with a timer that is there already.
    pub(crate) fn poll_waiting_by(&mut self, timer: &mut Timer, cx: &mut Context<'_>) -> Poll<()> {
        let Some(end) = self.end() else { return Poll::Pending };
        timer.poll(end, cx)
    }

    fn end(&mut self) -> Option<Instant> {
        let is_limited = !self.limit.is_zero();
        is_limited.then(|| *self.since.get_or_insert_with(Instant::now) + self.limit)
    }
}
