use std::future::Future;
use std::mem;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};

use bytes::Bytes;
use http::Response;

use crate::error::{Error, ErrorKind, Result};

/// The place of an answer, between who gives it and who waits for it.
#[derive(Default)]
pub(super) struct Slot(Mutex<State>);

enum State {
    Waiting(Option<Waker>),
    Answered(Result<Response<Bytes>>),
    /// No answer is wanted any more, for this reason.
    Over(ErrorKind),
}

/// An answer that is waited for. Who drops it wants none any more.
pub(crate) struct Pending(Arc<Slot>);

impl Default for State {
    fn default() -> Self {
        State::Waiting(None)
    }
}

impl Slot {
    /// Gives the answer, or says why none comes.
    ///
    /// # Errors
    /// Why it is not wanted: `already_answered`, `handler_timeout`, `client_closed`.
    pub(super) fn give(&self, answer: Result<Response<Bytes>>) -> Result<()> {
        let mut state = self.lock();
        let waker = match &mut *state {
            State::Waiting(waker) => waker.take(),
            State::Answered(_) => return Err(ErrorKind::AlreadyAnswered.into()),
            State::Over(ErrorKind::ClientClosed) => {
                return Err(Error::new(ErrorKind::ClientClosed, "the client is gone"));
            }
            State::Over(why) => return Err((*why).into()),
        };
        *state = State::Answered(answer);
        drop(state);
        if let Some(waker) = waker {
            waker.wake();
        }
        Ok(())
    }

    /// Ends it without an answer, unless there is one.
    pub(super) fn fail(&self) {
        // An error says that nobody waits for it.
        self.give(Err(ErrorKind::HandlerFailed.into())).ok();
    }

    pub(super) fn is_wanted(&self) -> bool {
        matches!(*self.lock(), State::Waiting(_))
    }

    /// Wants no answer any more, unless there is one.
    fn end(&self, why: ErrorKind) {
        let mut state = self.lock();
        if let State::Waiting(waker) = &mut *state {
            let waker = waker.take();
            *state = State::Over(why);
            drop(state);
            // What goes with it may be whoever else looks at this place.
            drop(waker);
        }
    }

    /// Nothing panics while it holds the lock.
    fn lock(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Pending {
    pub(super) fn new(slot: &Arc<Slot>) -> Self {
        Pending(slot.clone())
    }

    /// Waits no longer: the handler is late.
    pub(crate) fn expire(self) {
        self.0.end(ErrorKind::HandlerTimeout);
    }
}

impl Future for Pending {
    type Output = Result<Response<Bytes>>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let mut state = self.0.lock();
        match &mut *state {
            State::Waiting(waker) => {
                *waker = Some(cx.waker().clone());
                Poll::Pending
            }
            State::Over(why) => Poll::Ready(Err((*why).into())),
            State::Answered(_) => match mem::replace(&mut *state, State::Over(ErrorKind::AlreadyAnswered)) {
                State::Answered(answer) => Poll::Ready(answer),
                State::Waiting(_) | State::Over(_) => Poll::Pending,
            },
        }
    }
}

impl Drop for Pending {
    fn drop(&mut self) {
        self.0.end(ErrorKind::ClientClosed);
    }
}
