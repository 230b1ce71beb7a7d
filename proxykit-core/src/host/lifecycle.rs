use std::io;
use std::mem;
use std::thread;
use std::time::{Duration, Instant};

use super::Manager;
use super::callbacks::Callback;
use super::phase::{Phase, State};
use super::running::{self, Addresses, start_error};
use crate::config::Listen;
use crate::error::{Error, ErrorKind, Result};
use crate::events::Event;

/// The longest wait that is counted; beyond it, waiting is for ever.
const LONGEST: Duration = Duration::from_secs(100 * 365 * 24 * 3600);

impl Manager {
    pub(super) fn start_with(&self, listen: Option<Listen>) -> Result<()> {
        self.lifecycle.check_not_forked()?;
        let mut state = self.lifecycle.lock();
        match state.phase {
            Phase::New => {}
            Phase::Running | Phase::Draining => return Err(ErrorKind::AlreadyStarted.into()),
            Phase::Stopped => return Err(ErrorKind::Stopped.into()),
        }
        let prepared = state.waiting.iter().map(|callback| state.callbacks.prepare(callback));
        let idle = prepared.collect::<io::Result<Vec<_>>>().map_err(start_error)?;
        let (running, addresses) =
            running::start(&self.control, &self.options, self.tls.as_ref(), &self.handlers, listen.as_ref())?;
        self.lifecycle.arm_fork_guard();
        state.running = Some(running);
        state.addresses = addresses;
        for (idle, callback) in idle.into_iter().zip(mem::take(&mut state.waiting)) {
            state.callbacks.give(idle, callback);
        }
        self.lifecycle.enter(&mut state, Phase::Running);
        Ok(())
    }

    /// Has a callback run until the stop. Its making subscribes: it comes before the lock, since one that is not wanted is dropped
    /// behind it, and its drop may call the manager.
    pub(super) fn call_back(&self, make: impl FnOnce() -> Callback) -> Result<()> {
        self.lifecycle.check_not_forked()?;
        let callback = make();
        let mut state = self.lifecycle.lock();
        match state.phase {
            Phase::New => state.waiting.push(callback),
            Phase::Running => {
                let idle = state.callbacks.prepare(&callback).map_err(start_error)?;
                state.callbacks.give(idle, callback);
            }
            Phase::Draining | Phase::Stopped => return Err(ErrorKind::Stopped.into()),
        }
        Ok(())
    }

    pub(super) fn address_of(&self, pick: impl FnOnce(&Addresses) -> Option<String>) -> Result<String> {
        self.lifecycle.check_not_forked()?;
        let state = self.lifecycle.lock();
        match (state.phase, pick(&state.addresses)) {
            (_, Some(address)) => Ok(address),
            (Phase::New, None) => Err(ErrorKind::NotStarted.into()),
            (_, None) => {
                Err(Error::new(ErrorKind::NotStarted, "the manager was started without such a listener"))
            }
        }
    }

    pub(super) fn wait_until_stopped(&self, timeout: Option<Duration>) -> Result<()> {
        self.lifecycle.check_not_forked()?;
        let deadline = timeout.filter(|timeout| *timeout < LONGEST).map(|timeout| Instant::now() + timeout);
        let mut state = self.lifecycle.lock();
        check_thread(&state)?;
        loop {
            match state.phase {
                Phase::New => return Err(ErrorKind::NotStarted.into()),
                Phase::Stopped => return Ok(()),
                Phase::Running | Phase::Draining => {}
            }
            if deadline.is_some_and(|deadline| deadline <= Instant::now()) {
                return Err(ErrorKind::TimedOut.into());
            }
            state = self.lifecycle.wait(state, deadline);
        }
    }

    pub(super) fn stop_within(&self, deadline: Duration) -> Result<usize> {
        self.lifecycle.check_not_forked()?;
        let deadline = Instant::now() + deadline.min(LONGEST);
        let mut state = self.lifecycle.lock();
        check_thread(&state)?;
        if state.phase == Phase::New {
            self.lifecycle.enter(&mut state, Phase::Stopped);
            self.control.events().end(&Event::stopped(0));
            let never_called = mem::take(&mut state.waiting);
            // Their drop may call the manager.
            drop(state);
            drop(never_called);
            return Ok(0);
        }
        state.callbacks.finish.hasten(deadline);
        if let Some(running) = &state.running {
            running.drain(deadline);
        }
        if state.phase == Phase::Running {
            // This call does the work; those that come meanwhile wait for it.
            self.lifecycle.enter(&mut state, Phase::Draining);
            let threads = state.running.as_mut().map(|running| running.take_threads()).unwrap_or_default();
            let (callbacks, finish) = (state.callbacks.take_threads(), state.callbacks.finish.clone());
            drop(state);
            let cut_off = threads.into_iter().map(|thread| thread.join()).sum();
            // Behind the workers, whose requests may wait for a handler until the deadline.
            self.handlers.close();
            self.control.events().end(&Event::stopped(cut_off));
            finish.join(callbacks);
            state = self.lifecycle.lock();
            state.running = None;
            state.cut_off = cut_off;
            self.lifecycle.enter(&mut state, Phase::Stopped);
            return Ok(cut_off);
        }
        while state.phase == Phase::Draining {
            state = self.lifecycle.wait(state, None);
        }
        Ok(state.cut_off)
    }
}

/// # Errors
/// `wrong_thread` on one of the manager's own threads, which would wait for itself.
fn check_thread(state: &State) -> Result<()> {
    let present = thread::current().id();
    let is_own = state.running.as_ref().is_some_and(|running| running.owns(present));
    if is_own || state.callbacks.owns(present) {
        return Err(ErrorKind::WrongThread.into());
    }
    Ok(())
}

impl Drop for Manager {
    fn drop(&mut self) {
        match self.stop_within(Duration::ZERO) {
            Ok(_) => {}
            // In a forked child the threads are not there, and their handles lead nowhere; what they share with the
            // parent must stay as it is.
            Err(error) if error.kind() == ErrorKind::Forked => {
                if let Some(mut state) = self.lifecycle.try_lock() {
                    mem::forget((state.running.take(), mem::take(&mut state.callbacks)));
                }
            }
            // On one of its own threads: they end by themselves when `Running` is dropped, and nobody waits.
            Err(_) => self.control.events().end(&Event::stopped(0)),
        }
    }
}
