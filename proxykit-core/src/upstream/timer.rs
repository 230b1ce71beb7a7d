use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use tokio::time::{Instant, Sleep, sleep_until};

/// A timer that is set anew only when it has run out: what moves its deadline costs it nothing.
#[derive(Default)]
pub(crate) struct Timer(Option<Pin<Box<Sleep>>>);

impl Timer {
    /// Ready when the deadline has passed.
    pub(super) fn poll(&mut self, deadline: Instant, cx: &mut Context<'_>) -> Poll<()> {
        let sleep = self.0.get_or_insert_with(|| Box::pin(sleep_until(deadline)));
        if sleep.deadline() > deadline {
            sleep.as_mut().reset(deadline);
        }
        loop {
            ready!(sleep.as_mut().poll(cx));
            if Instant::now() >= deadline {
                return Poll::Ready(());
            }
            // It was set for an earlier wait.
            sleep.as_mut().reset(deadline);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::future::poll_fn;
    use std::time::Duration;

    use super::*;

    #[tokio::test]
    async fn it_keeps_to_each_deadline_whatever_it_was_set_for() {
        let mut timer = Timer::default();
        for milliseconds in [1, 20, 5, 30] {
            let deadline = Instant::now() + Duration::from_millis(milliseconds);
            poll_fn(|cx| timer.poll(deadline, cx)).await;
            assert!(Instant::now() >= deadline);
            // Left before it runs out.
            let far = Instant::now() + Duration::from_secs(3600);
            assert!(poll_fn(|cx| Poll::Ready(timer.poll(far, cx))).await.is_pending());
        }
    }
}
