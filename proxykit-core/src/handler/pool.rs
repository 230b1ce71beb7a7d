use std::collections::{HashMap, VecDeque};
use std::io;
use std::mem;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::process;
use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::{self, JoinHandle, ThreadId};
use std::time::{Duration, Instant};

use super::{Function, Handler, HandlerRequest, Responder};
use crate::config::ManagerOptions;
use crate::error::{Error, ErrorKind, Result};

/// Starts a thread with this name.
pub(crate) type Spawn = fn(String, Box<dyn FnOnce() + Send>) -> io::Result<JoinHandle<()>>;

/// How long a stop whose time is over waits for a function that may just be about to return.
const GRACE: Duration = Duration::from_millis(100);

/// The threads that call the host's functions, and the calls that wait for one of them.
///
/// It is open from start to stop. A thread starts when a call finds none free, up to a number; beyond that calls wait, up to
/// another number.
pub(crate) struct Pool {
    most_threads: usize,
    most_waiting: usize,
    most_bytes: u64,
    /// Of the requests' bodies.
    bytes: AtomicU64,
    /// Whose threads they are: in a fork of it there are none, and the lock may be held for ever.
    process: AtomicU32,
    state: Mutex<State>,
    has_work: Condvar,
    has_ended: Condvar,
}

#[derive(Default)]
struct State {
    /// While it is open.
    spawn: Option<Spawn>,
    /// Until when a stop waits.
    deadline: Option<Instant>,
    jobs: VecDeque<Job>,
    threads: HashMap<ThreadId, JoinHandle<()>>,
    /// How many of them call a function right now.
    busy: usize,
    ended: Vec<JoinHandle<()>>,
}

enum Job {
    Call(Box<Call>),
    /// The last of a function is to go.
    Dispose(Box<Function>),
}

/// A request, and who is to answer it.
pub(super) struct Call {
    pub(super) handler: Handler,
    pub(super) request: HandlerRequest,
    pub(super) responder: Responder,
}

/// A share of the bytes that requests' bodies may take, until it is dropped.
pub(crate) struct Lease {
    pool: Arc<Pool>,
    bytes: u64,
}

impl Pool {
    pub(crate) fn new(options: &ManagerOptions) -> Self {
        Pool {
            most_threads: options.handler_threads,
            most_waiting: options.handler_queue,
            most_bytes: options.handler_memory,
            bytes: AtomicU64::new(0),
            process: AtomicU32::new(0),
            state: Mutex::default(),
            has_work: Condvar::new(),
            has_ended: Condvar::new(),
        }
    }

    pub(crate) fn open(&self, spawn: Spawn) {
        self.process.store(process::id(), Ordering::Relaxed);
        let mut state = self.lock();
        state.spawn = Some(spawn);
        state.deadline = None;
    }

    /// Whether a thread is one of these.
    pub(crate) fn owns(&self, thread: ThreadId) -> bool {
        self.lock().threads.contains_key(&thread)
    }

    /// Says until when [`Pool::close`] waits; of several times the earliest counts.
    pub(crate) fn close_by(&self, deadline: Instant) {
        let mut state = self.lock();
        state.deadline = Some(state.deadline.map_or(deadline, |earlier| earlier.min(deadline)));
        self.has_ended.notify_all();
    }

    /// Takes no more calls, drops those that wait, and waits for the functions that run. A thread whose function does not
    /// return by then is left to end by itself.
    pub(crate) fn close(&self) {
        let soonest = Instant::now() + GRACE;
        self.take_no_more();
        let mut state = self.lock();
        while !state.threads.is_empty() {
            let deadline = state.deadline.map_or(soonest, |deadline| deadline.max(soonest));
            let left = deadline.saturating_duration_since(Instant::now());
            if left.is_zero() {
                break;
            }
            state = self.has_ended.wait_timeout(state, left).unwrap_or_else(PoisonError::into_inner).0;
        }
        let (ended, left_behind) = (mem::take(&mut state.ended), mem::take(&mut state.threads));
        drop(state);
        for thread in ended {
            // It ends in any case, and has nothing to say.
            thread.join().ok();
        }
        drop(left_behind);
    }

    /// Takes no more calls and waits for nothing: for a thread of its own that ends the manager.
    pub(crate) fn abandon(&self) {
        self.take_no_more();
        let threads = mem::take(&mut self.lock().threads);
        drop(threads);
    }

    fn take_no_more(&self) {
        let mut state = self.lock();
        state.spawn = None;
        let jobs = mem::take(&mut state.jobs);
        self.has_work.notify_all();
        drop(state);
        // What is dropped here may be the host's, and call back: not under the lock.
        jobs.into_iter().for_each(Job::give_up);
    }

    pub(super) fn lease(this: &Arc<Self>) -> Lease {
        Lease { pool: this.clone(), bytes: 0 }
    }

    /// Has a thread make this call.
    pub(super) fn submit(this: &Arc<Self>, call: Box<Call>) -> Result<()> {
        // Dropped behind the lock, as above.
        let mut unwanted = VecDeque::new();
        let mut state = this.lock();
        if state.spawn.is_none() {
            return Err(Error::new(ErrorKind::NotStarted, "handlers run while the manager is started"));
        }
        if state.jobs.len() >= state.free()
            && let Err(error) = this.add_thread(&mut state)
            && state.threads.is_empty()
        {
            return Err(Error::from(ErrorKind::StartFailed).because(error));
        }
        if state.jobs.len() >= state.free() + this.most_waiting {
            let jobs = mem::take(&mut state.jobs);
            (state.jobs, unwanted) = jobs.into_iter().partition(Job::is_wanted);
        }
        let has_room = state.jobs.len() < state.free() + this.most_waiting;
        if has_room {
            state.jobs.push_back(Job::Call(call));
            this.has_work.notify_one();
        }
        drop(state);
        drop(unwanted);
        if has_room { Ok(()) } else { Err(ErrorKind::HandlerBusy.into()) }
    }

    /// Drops a function where no worker has to wait for it.
    pub(super) fn dispose(this: &Arc<Self>, function: Box<Function>) {
        let job = Job::Dispose(function);
        if this.is_forked() {
            return job.run();
        }
        let mut state = this.lock();
        if state.spawn.is_none() {
            drop(state);
            return job.run();
        }
        if state.jobs.len() >= state.free() {
            // Without a new thread it waits for one, or for the end.
            this.add_thread(&mut state).ok();
        }
        state.jobs.push_back(job);
        this.has_work.notify_one();
    }

    /// Starts one more thread if there may be one more.
    fn add_thread(self: &Arc<Self>, state: &mut State) -> io::Result<()> {
        let Some(spawn) = state.spawn.filter(|_| state.threads.len() < self.most_threads) else {
            return Ok(());
        };
        let pool = self.clone();
        let name = format!("proxykit-handler-{}", state.threads.len());
        let thread = spawn(name, Box::new(move || pool.work()))?;
        state.threads.insert(thread.thread().id(), thread);
        Ok(())
    }

    /// What each thread does.
    fn work(&self) {
        let mut state = self.lock();
        loop {
            if let Some(job) = state.jobs.pop_front() {
                state.busy += 1;
                drop(state);
                job.run();
                state = self.lock();
                state.busy -= 1;
            } else if state.spawn.is_none() {
                break;
            } else {
                state = self.has_work.wait(state).unwrap_or_else(PoisonError::into_inner);
            }
        }
        // Gone from there already if nobody waits for it.
        let thread = state.threads.remove(&thread::current().id());
        state.ended.extend(thread);
        self.has_ended.notify_all();
    }

    fn is_forked(&self) -> bool {
        let own = self.process.load(Ordering::Relaxed);
        own != 0 && own != process::id()
    }

    /// No code of the host's runs while it is held, and nothing else panics.
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Pool {
    fn drop(&mut self) {
        if self.is_forked() {
            // The threads are not there, and what waited for them is shared with the parent.
            mem::forget(mem::take(self.state.get_mut().unwrap_or_else(PoisonError::into_inner)));
        }
    }
}

impl State {
    /// How many threads wait for a job, or are about to take one.
    fn free(&self) -> usize {
        self.threads.len().saturating_sub(self.busy)
    }
}

impl Job {
    fn is_wanted(&self) -> bool {
        match self {
            Job::Call(call) => call.responder.is_wanted(),
            Job::Dispose(_) => true,
        }
    }

    /// Ends it without a call.
    fn give_up(self) {
        match self {
            // Its answer's place fails with it.
            Job::Call(call) => drop(call),
            dispose @ Job::Dispose(_) => dispose.run(),
        }
    }

    /// A panic of the host's ends the call, and not the thread.
    fn run(self) {
        let slot = match &self {
            Job::Call(call) => Some(call.responder.slot().clone()),
            Job::Dispose(_) => None,
        };
        let ran = catch_unwind(AssertUnwindSafe(|| match self {
            Job::Call(call) => call.run(),
            Job::Dispose(function) => drop(function),
        }));
        if let (Err(_), Some(slot)) = (ran, slot) {
            slot.fail();
        }
    }
}

impl Call {
    fn run(self) {
        // Whoever has left while it waited needs no answer.
        if self.responder.is_wanted() {
            self.handler.run(self.request, self.responder);
        }
    }
}

impl Lease {
    /// Takes up so many bytes more.
    ///
    /// # Errors
    /// `handler_busy` if all bodies together are too large then.
    pub(crate) fn grow(&mut self, bytes: u64) -> Result<()> {
        self.bytes += bytes;
        let all = self.pool.bytes.fetch_add(bytes, Ordering::Relaxed) + bytes;
        if all > self.pool.most_bytes { Err(ErrorKind::HandlerBusy.into()) } else { Ok(()) }
    }
}

impl Drop for Lease {
    fn drop(&mut self) {
        self.pool.bytes.fetch_sub(self.bytes, Ordering::Relaxed);
    }
}
