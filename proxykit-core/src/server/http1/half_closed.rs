use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use tokio::time::{Sleep, sleep};

/// The patience with a client that has ended its direction while an answer is due.
///
/// It may have said all and wait for the answer, or be gone: on the wire both are the same FIN, and which one it was shows
/// only when something is sent. A client that waits gets its answer, and one that is gone has its request cancelled soon.
pub(super) struct HalfClosed {
    patience: Duration,
    end: Option<Pin<Box<Sleep>>>,
}

impl HalfClosed {
    pub(super) fn new(patience: Duration) -> Self {
        HalfClosed { patience, end: None }
    }

    /// Ready when the client has waited for long enough to be taken for gone.
    pub(super) fn poll_gone(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        if self.patience.is_zero() {
            return Poll::Ready(());
        }
        let patience = self.patience;
        self.end.get_or_insert_with(|| Box::pin(sleep(patience))).as_mut().poll(cx)
    }
}

#[cfg(test)]
mod tests {
    use std::future::poll_fn;

    use super::*;

    #[tokio::test]
    async fn nobody_is_waited_for_for_ever() {
        let mut none = HalfClosed::new(Duration::ZERO);
        poll_fn(|cx| none.poll_gone(cx)).await;
        let mut short = HalfClosed::new(Duration::from_millis(1));
        poll_fn(|cx| short.poll_gone(cx)).await;
        let mut long = HalfClosed::new(Duration::from_secs(3600));
        poll_fn(|cx| {
            assert!(long.poll_gone(cx).is_pending());
            Poll::Ready(())
        })
        .await;
    }
}
