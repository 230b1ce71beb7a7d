use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use tokio::time::{Sleep, sleep};

/// How long a body is held back for a backend that says nothing (RFC 9110, section 10.1.1: not for an indefinite time); as
/// curl and Go's transport have it.
const PATIENCE: Duration = Duration::from_secs(1);

/// A backend's word that it wants the body of a request, which the client holds back until then
/// (`Expect: 100-continue`). The client is told as soon as its body is asked for.
#[derive(Clone, Default)]
pub(crate) struct GoAhead(Arc<Mutex<State>>);

#[derive(Default)]
struct State {
    is_given: bool,
    waker: Option<Waker>,
    patience: Option<Pin<Box<Sleep>>>,
}

impl GoAhead {
    pub(crate) fn give(&self) {
        let mut state = self.lock();
        state.is_given = true;
        if let Some(waker) = state.waker.take() {
            waker.wake();
        }
    }

    /// Ready when the body may be asked for.
    pub(super) fn poll(&self, cx: &mut Context<'_>) -> Poll<()> {
        let mut state = self.lock();
        if state.is_given {
            return Poll::Ready(());
        }
        let patience = state.patience.get_or_insert_with(|| Box::pin(sleep(PATIENCE)));
        if patience.as_mut().poll(cx).is_ready() {
            state.is_given = true;
            return Poll::Ready(());
        }
        state.waker = Some(cx.waker().clone());
        Poll::Pending
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use std::future::poll_fn;

    use super::*;

    #[tokio::test]
    async fn who_waits_is_woken() {
        let go_ahead = GoAhead::default();
        let waiting = tokio::spawn({
            let go_ahead = go_ahead.clone();
            async move { poll_fn(|cx| go_ahead.poll(cx)).await }
        });
        tokio::task::yield_now().await;
        assert!(!waiting.is_finished());
        go_ahead.give();
        waiting.await.unwrap();
    }
}
