//! The open connections of a worker, which requests take from and give back to.

mod opening;
mod sweeper;
#[cfg(test)]
mod tests;

use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hasher};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Waker};

use opening::Opening;
use sweeper::{News, Sweeper};

use super::connection::Connection;
use super::secure::Protocols;
use crate::backend::{Backend, BackendId};
use crate::http1::{Pipe, Pipes};

/// The most idle connections that a worker keeps to one backend; more than it can use is rarely idle.
const MOST_IDLE: usize = 512;
/// How many sweeps a connection stays idle before it is closed: a minute, as common servers keep theirs (nginx:
/// 60 s upstream, 75 s downstream).
const SWEEPS_TO_LIVE: u32 = 60;

/// The open connections of one worker, by backend: idle ones of HTTP/1.1, and those of HTTP/2, which stay here while
/// requests share them.
///
/// Their age is counted in sweeps, so that putting one back costs no look at the clock.
pub(super) struct Pool {
    /// What large answers go through.
    pipes: Arc<Pipes>,
    state: Mutex<State>,
    news: Arc<News>,
    /// Wakes who waits for `news`.
    waker: Waker,
}

#[derive(Default)]
struct State {
    shelves: HashMap<BackendId, Shelf, BuildHasherDefault<NumberHasher>>,
    sweeps: u32,
    is_swept: bool,
}

/// Hashes the number of a backend. Numbers are given out here, one after the other, and nobody chooses them: a hash that
/// withstands an attacker would cost more than all else that the pool does.
#[derive(Default)]
struct NumberHasher(u64);

struct Shelf {
    backend: Arc<Backend>,
    connections: Vec<Kept>,
    opening: Arc<Opening>,
}

struct Kept {
    connection: Connection,
    /// The number of the sweep before which it was used last.
    since: u32,
}

impl Hasher for NumberHasher {
    fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.write_u64(u64::from(*byte));
        }
    }

    fn write_u64(&mut self, number: u64) {
        self.0 = (self.0 ^ number).wrapping_mul(0x9E37_79B9_7F4A_7C15);
    }

    fn finish(&self) -> u64 {
        self.0
    }
}

impl Default for Pool {
    fn default() -> Self {
        let news = Arc::<News>::default();
        Pool { pipes: Arc::default(), state: Mutex::default(), waker: news.clone().into(), news }
    }
}

impl Pool {
    /// The connection that was used last: it is the least likely to have been closed, and lets the others age.
    ///
    /// One that will be asked to change the protocol must be able to.
    pub(super) fn take(&self, id: BackendId, protocols: Protocols) -> Option<Connection> {
        let mut state = self.lock();
        let sweeps = state.sweeps;
        let connections = &mut state.shelves.get_mut(&id)?.connections;
        let mut index = connections.len();
        while index > 0 {
            index -= 1;
            let kept = &mut connections[index];
            if kept.connection.is_closed() {
                connections.swap_remove(index);
            } else if kept.connection.is_ready()
                && (protocols == Protocols::Any || kept.connection.can_upgrade())
            {
                kept.since = sweeps;
                return Some(
                    kept.connection.share().unwrap_or_else(|| connections.swap_remove(index).connection),
                );
            }
            // The others have as many requests as the backend allows.
        }
        None
    }

    /// Keeps a connection for the next request, unless its backend has ended it, was removed, or enough are kept.
    pub(super) fn put(self: &Arc<Self>, backend: &Arc<Backend>, mut connection: Connection) {
        // From this look on the sweeper is woken when something comes.
        let is_closed = connection.poll_closed(&mut Context::from_waker(&self.waker)).is_ready();
        if is_closed || backend.live().is_removed() {
            return connection.close();
        }
        let mut state = self.lock();
        let since = state.sweeps;
        let shelf = state.shelf(backend);
        if shelf.connections.len() >= MOST_IDLE {
            return connection.close();
        }
        shelf.connections.push(Kept { connection, since });
        self.have_swept(state);
    }

    /// A pipe for a large answer, unless there are enough.
    pub(super) fn pipe(self: &Arc<Self>) -> Option<Pipe> {
        let pipe = self.pipes.take()?;
        self.have_swept(self.lock());
        Some(pipe)
    }

    /// Starts the sweeper if it does not run: under the lock, as its last look is, so that nothing is put behind that unswept.
    fn have_swept(self: &Arc<Self>, mut state: MutexGuard<'_, State>) {
        if !std::mem::replace(&mut state.is_swept, true) {
            drop(state);
            tokio::spawn(Sweeper::new(self).sweep_while_needed());
        }
    }

    /// The lock under which a connection that may be shared is opened.
    pub(super) fn opening(&self, backend: &Arc<Backend>) -> Arc<Opening> {
        self.lock().shelf(backend).opening.clone()
    }

    /// Closes what is dead, and says how many connections it has looked at.
    fn close_dead(&self) -> usize {
        let mut count = 0;
        for shelf in self.lock().shelves.values_mut() {
            count += shelf.connections.len();
            shelf.close(&self.waker, |_| false);
        }
        count
    }

    /// Closes what is old, dead, or leads to a removed backend, and pipes that wait; says whether anything is left.
    fn sweep(&self) -> bool {
        let mut state = self.lock();
        state.sweeps = state.sweeps.wrapping_add(1);
        let now = state.sweeps;
        state.shelves.retain(|_, shelf| {
            let is_removed = shelf.backend.live().is_removed();
            shelf.close(&self.waker, |kept| {
                let is_old = now.wrapping_sub(kept.since) > SWEEPS_TO_LIVE;
                !kept.connection.is_shared() && (is_old || is_removed)
            });
            !shelf.connections.is_empty()
        });
        state.is_swept = self.pipes.close_idle() || !state.shelves.is_empty();
        state.is_swept
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn shelf(&mut self, backend: &Arc<Backend>) -> &mut Shelf {
        self.shelves.entry(backend.id()).or_insert_with(|| {
            let (backend, opening) = (backend.clone(), Arc::default());
            Shelf { backend, connections: Vec::new(), opening }
        })
    }
}

impl Shelf {
    /// Closes what is dead, or done. `waker` hears of all others.
    fn close(&mut self, waker: &Waker, is_done: impl Fn(&Kept) -> bool) {
        let mut cx = Context::from_waker(waker);
        let is_closed = |kept: &mut Kept| kept.connection.poll_closed(&mut cx).is_ready() || is_done(kept);
        for kept in self.connections.extract_if(.., is_closed) {
            kept.connection.close();
        }
    }
}
