use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use super::callbacks::{Callback, Callbacks};
use super::fork::ForkGuard;
use super::running::{Addresses, Running};
use crate::error::Result;

/// Where a manager is in its life. It only ever goes forward.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Phase {
    #[default]
    New,
    Running,
    Draining,
    Stopped,
}

/// The phase, and what belongs to it.
#[derive(Default)]
pub(super) struct Lifecycle {
    fork_guard: ForkGuard,
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Default)]
pub(super) struct State {
    pub(super) phase: Phase,
    /// From start on.
    pub(super) addresses: Addresses,
    /// From start to stop.
    pub(super) running: Option<Running>,
    /// What is called from start on, and was set before.
    pub(super) waiting: Vec<Callback>,
    /// From start on.
    pub(super) callbacks: Callbacks,
    /// From stop on.
    pub(super) cut_off: usize,
}

impl Lifecycle {
    pub(super) fn check_not_forked(&self) -> Result<()> {
        self.fork_guard.check()
    }

    pub(super) fn arm_fork_guard(&self) {
        self.fork_guard.arm();
    }

    pub(super) fn lock(&self) -> MutexGuard<'_, State> {
        // What panics while it holds the lock leaves a whole state behind: it is written last, and at once.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The state, if nobody holds it.
    pub(super) fn try_lock(&self) -> Option<MutexGuard<'_, State>> {
        self.state.try_lock().ok()
    }

    /// Enters a later phase and wakes all who wait for one.
    pub(super) fn enter(&self, state: &mut State, phase: Phase) {
        state.phase = phase;
        self.changed.notify_all();
    }

    /// Waits for another phase, or the deadline; it may return before either.
    pub(super) fn wait<'a>(
        &self,
        state: MutexGuard<'a, State>,
        deadline: Option<Instant>,
    ) -> MutexGuard<'a, State> {
        match deadline {
            None => self.changed.wait(state).unwrap_or_else(PoisonError::into_inner),
            Some(deadline) => {
                let left = deadline.saturating_duration_since(Instant::now());
                self.changed.wait_timeout(state, left).unwrap_or_else(PoisonError::into_inner).0
            }
        }
    }
}
