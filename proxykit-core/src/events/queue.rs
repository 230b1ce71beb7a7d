use std::collections::VecDeque;
#[cfg(unix)]
use std::os::fd::{AsFd, BorrowedFd};
#[cfg(unix)]
use std::sync::OnceLock;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use super::Event;
#[cfg(unix)]
use super::descriptor::Descriptor;
use crate::error::{ErrorKind, Result};

/// How many events wait for a subscriber; what comes when so many wait is lost.
pub(super) const MOST_WAITING: usize = 1024;

/// What waits for one subscriber.
#[derive(Default)]
pub(super) struct Queue {
    state: Mutex<State>,
    came: Condvar,
    #[cfg(unix)]
    descriptor: OnceLock<Descriptor>,
}

#[derive(Default)]
struct State {
    waiting: VecDeque<Event>,
    /// How many were lost behind those that wait.
    lost: u64,
    is_ended: bool,
}

impl Queue {
    /// Puts an event at the end, or counts it as lost.
    pub(super) fn push(&self, event: Event) {
        let mut state = self.lock();
        if state.waiting.len() >= MOST_WAITING {
            state.lost += 1;
            return;
        }
        state.put(event);
        self.show(&state);
        self.came.notify_one();
    }

    /// Puts the last event at the end, however many wait.
    pub(super) fn end(&self, last: Event) {
        self.lock().put(last);
        self.close();
    }

    /// Nothing comes any more.
    pub(super) fn close(&self) {
        let mut state = self.lock();
        state.is_ended = true;
        self.show(&state);
        self.came.notify_all();
    }

    /// Takes the next event, and waits for it until the deadline; without one, for ever.
    ///
    /// # Errors
    /// `stopped` behind the last one; `timed_out`.
    pub(super) fn next(&self, deadline: Option<Instant>) -> Result<Event> {
        let mut state = self.lock();
        loop {
            if let Some(event) = state.take() {
                self.show(&state);
                return Ok(event);
            }
            if state.is_ended {
                return Err(ErrorKind::Stopped.into());
            }
            state = match deadline {
                None => self.came.wait(state).unwrap_or_else(PoisonError::into_inner),
                Some(deadline) => {
                    let left = deadline.saturating_duration_since(Instant::now());
                    if left.is_zero() {
                        return Err(ErrorKind::TimedOut.into());
                    }
                    self.came.wait_timeout(state, left).unwrap_or_else(PoisonError::into_inner).0
                }
            };
        }
    }

    /// The descriptor that is readable while something waits; the first call makes it.
    #[cfg(unix)]
    pub(super) fn descriptor(&self) -> Result<BorrowedFd<'_>> {
        // Under the lock, so that two first calls make one.
        let state = self.lock();
        let descriptor = match self.descriptor.get() {
            Some(descriptor) => descriptor,
            None => {
                let made = Descriptor::new()?;
                self.descriptor.get_or_init(|| made)
            }
        };
        self.show(&state);
        Ok(descriptor.as_fd())
    }

    /// Has the descriptor tell whether a call would return at once.
    fn show(&self, state: &State) {
        #[cfg(unix)]
        if let Some(descriptor) = self.descriptor.get() {
            descriptor.set_readable(state.is_ended || !state.waiting.is_empty() || state.lost > 0);
        }
        #[cfg(not(unix))]
        let _ = state;
    }

    /// What is guarded is whole at any time.
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn put(&mut self, event: Event) {
        if self.lost > 0 {
            self.waiting.push_back(Event::lost(self.lost));
            self.lost = 0;
        }
        self.waiting.push_back(event);
    }

    fn take(&mut self) -> Option<Event> {
        // Behind all that wait is the place of those that were lost since.
        let lost = |lost: u64| (lost > 0).then(|| Event::lost(lost));
        self.waiting.pop_front().or_else(|| lost(std::mem::take(&mut self.lost)))
    }
}
