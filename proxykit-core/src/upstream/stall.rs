use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use tokio::time::{Instant, Sleep, sleep_until};

/// A limit for the time between two pieces of a body.
///
/// The timer is made at the first wait, and set anew only when it has run out: a body that comes in one piece has none,
/// and one that flows costs a look at the clock for each wait.
pub(crate) struct Stall {
    /// Zero for none.
    limit: Duration,
    since: Option<Instant>,
    timer: Option<Pin<Box<Sleep>>>,
}

impl Stall {
    pub(crate) fn new(limit: Duration) -> Self {
        Stall { limit, since: None, timer: None }
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
        let timer = self.timer.get_or_insert_with(|| Box::pin(sleep_until(end)));
        ready!(timer.as_mut().poll(cx));
        if Instant::now() >= end {
            return Poll::Ready(());
        }
        // It was set for an earlier wait.
        timer.as_mut().reset(end);
        timer.as_mut().poll(cx)
    }
}
