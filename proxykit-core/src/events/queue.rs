use std::collections::VecDeque;
#[cfg(unix)]
use std::os::fd::{AsFd, BorrowedFd};
#[cfg(unix)]
use std::sync::OnceLock;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

#[cfg(unix)]
use super::descriptor::Descriptor;
use crate::error::{ErrorKind, Result};

/// What waits in a queue.
pub(super) trait Entry {
    /// What stands in the place of so many that were lost.
    fn lost(count: u64) -> Self;
}

/// How many entries wait for a subscriber; what comes when so many wait is lost.
pub(super) const MOST_WAITING: usize = 1024;

/// What waits for one subscriber.
pub(super) struct Queue<T> {
    state: Mutex<State<T>>,
    came: Condvar,
    #[cfg(unix)]
    descriptor: OnceLock<Descriptor>,
}

struct State<T> {
    waiting: VecDeque<T>,
    /// How many were lost behind those that wait.
    lost: u64,
    is_ended: bool,
}

impl<T> Default for Queue<T> {
    fn default() -> Self {
        let state = State { waiting: VecDeque::new(), lost: 0, is_ended: false };
        Queue {
            state: Mutex::new(state),
            came: Condvar::new(),
            #[cfg(unix)]
            descriptor: OnceLock::new(),
        }
    }
}

impl<T: Entry> Queue<T> {
    /// Puts an entry at the end, or counts it as lost.
    pub(super) fn push(&self, entry: T) {
        let mut state = self.lock();
        if state.waiting.len() >= MOST_WAITING {
            state.lost += 1;
            return;
        }
        state.put(entry);
        self.show(&state);
        self.came.notify_one();
    }

    /// Puts the last entry at the end, however many wait.
    pub(super) fn end(&self, last: T) {
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

    /// Takes the next entry, and waits for it until the deadline; without one, for ever.
    ///
    /// # Errors
    /// `stopped` behind the last one; `timed_out`.
    pub(super) fn next(&self, deadline: Option<Instant>) -> Result<T> {
        let mut state = self.lock();
        loop {
            if let Some(entry) = state.take() {
                self.show(&state);
                return Ok(entry);
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
    fn show(&self, state: &State<T>) {
        #[cfg(unix)]
        if let Some(descriptor) = self.descriptor.get() {
            descriptor.set_readable(state.is_ended || !state.waiting.is_empty() || state.lost > 0);
        }
        #[cfg(not(unix))]
        let _ = state;
    }

    /// What is guarded is whole at any time.
    fn lock(&self) -> MutexGuard<'_, State<T>> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<T: Entry> State<T> {
    fn put(&mut self, entry: T) {
        if self.lost > 0 {
            self.waiting.push_back(T::lost(self.lost));
            self.lost = 0;
        }
        self.waiting.push_back(entry);
    }

    fn take(&mut self) -> Option<T> {
        // Behind all that wait is the place of those that were lost since.
        let lost = |lost: u64| (lost > 0).then(|| T::lost(lost));
        self.waiting.pop_front().or_else(|| lost(std::mem::take(&mut self.lost)))
    }
}
