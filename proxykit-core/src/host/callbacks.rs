use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::mpsc::{SyncSender, sync_channel};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::{Builder, JoinHandle, ThreadId};
use std::time::{Duration, Instant};

use super::thread::leave_signals_to_the_host;

/// How much longer than the deadline of the stop a callback is waited for. One that hangs would hold up the stop for ever.
const GRACE: Duration = Duration::from_secs(1);

/// What the host wants called for each event, or each record of the log, from its setting on.
pub(super) struct Callback {
    thread: &'static str,
    run: Box<dyn FnOnce() + Send>,
}

/// The threads of the callbacks, one for each: a slow one holds up no other.
#[derive(Default)]
pub(super) struct Callbacks {
    threads: Vec<JoinHandle<()>>,
    /// Also of those that were not waited for to the end.
    ids: Vec<ThreadId>,
    pub(super) finish: Arc<Finish>,
}

/// A thread that waits for its callback, and ends if this is dropped before.
pub(super) struct Idle(Option<(JoinHandle<()>, SyncSender<Callback>)>);

/// Waits for the ends of threads, but not beyond a deadline that may come nearer meanwhile.
#[derive(Default)]
pub(super) struct Finish {
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Default)]
struct State {
    running: usize,
    deadline: Option<Instant>,
}

/// A thread that runs, until it is dropped.
struct Ran(Arc<Finish>);

// === impl Callback ===

impl Callback {
    /// `next` gives what it is called with, and none behind the last one. The thread gets this name.
    pub(super) fn new<T>(
        thread: &'static str,
        next: impl Fn() -> Option<T> + Send + 'static,
        mut call: impl FnMut(&T) + Send + 'static,
    ) -> Self {
        let run = move || {
            while let Some(told) = next() {
                // Its panic is the host's own affair: the hook has told of it, and the next call may go well.
                catch_unwind(AssertUnwindSafe(|| call(&told))).ok();
            }
        };
        Callback { thread, run: Box::new(run) }
    }
}

// === impl Callbacks ===

impl Callbacks {
    /// Starts a thread for this callback that does nothing before [`Callbacks::give`]: a start that fails calls nothing.
    pub(super) fn prepare(&self, callback: &Callback) -> io::Result<Idle> {
        let (give, take) = sync_channel::<Callback>(1);
        let finish = self.finish.clone();
        let thread = Builder::new().name(callback.thread.into()).spawn(move || {
            leave_signals_to_the_host();
            if let Ok(callback) = take.recv() {
                let _ran = Ran(finish);
                (callback.run)();
            }
        })?;
        Ok(Idle(Some((thread, give))))
    }

    /// Has a thread make the calls.
    pub(super) fn give(&mut self, mut idle: Idle, callback: Callback) {
        let Some((thread, give)) = idle.0.take() else { return };
        self.finish.lock().running += 1;
        self.ids.push(thread.thread().id());
        self.threads.push(thread);
        // The thread waits for it, and there is room.
        give.try_send(callback).ok();
    }

    /// Whether a thread is one of these.
    pub(super) fn owns(&self, thread: ThreadId) -> bool {
        self.ids.contains(&thread)
    }

    /// Takes the threads out, to be joined by whoever does not hold a lock.
    pub(super) fn take_threads(&mut self) -> Vec<JoinHandle<()>> {
        std::mem::take(&mut self.threads)
    }
}

impl Drop for Idle {
    fn drop(&mut self) {
        if let Some((thread, give)) = self.0.take() {
            drop(give);
            thread.join().ok();
        }
    }
}

// === impl Finish ===

impl Finish {
    /// The end must come by then.
    pub(super) fn hasten(&self, deadline: Instant) {
        let mut state = self.lock();
        state.deadline = Some(state.deadline.map_or(deadline, |before| before.min(deadline)));
        self.changed.notify_all();
    }

    /// Waits until the threads have ended, the deadline and some grace at most; those that hang are left to themselves.
    pub(super) fn join(&self, threads: Vec<JoinHandle<()>>) {
        let mut state = self.lock();
        while state.running > 0 {
            let end = state.deadline.unwrap_or_else(Instant::now) + GRACE;
            let left = end.saturating_duration_since(Instant::now());
            if left.is_zero() {
                break;
            }
            state = self.changed.wait_timeout(state, left).unwrap_or_else(PoisonError::into_inner).0;
        }
        let all_ended = state.running == 0;
        drop(state);
        for thread in threads {
            if all_ended || thread.is_finished() {
                // A finaliser that panicked is the host's affair as well.
                thread.join().ok();
            }
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        // What is guarded is whole at any time.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Ran {
    fn drop(&mut self) {
        self.0.lock().running -= 1;
        self.0.changed.notify_all();
    }
}
