use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hasher};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::time::Duration;

use super::connection::Connection;
use super::secure::Protocols;
use crate::backend::{Backend, BackendId};

/// The most idle connections that a worker keeps to one backend; more than it can use is rarely idle.
const MOST_IDLE: usize = 512;
/// The time between two looks at the idle connections. So long, at most, a backend that has ended one waits for its own end.
const SWEEP_INTERVAL: Duration = Duration::from_secs(1);
/// How many sweeps a connection stays idle before it is closed: a minute, as common servers keep theirs (nginx:
/// 60 s upstream, 75 s downstream).
const SWEEPS_TO_LIVE: u32 = 60;

/// The open connections of one worker, by backend: idle ones of HTTP/1.1, and those of HTTP/2, which stay here while
/// requests share them.
///
/// Their age is counted in sweeps, so that putting one back costs no look at the clock.
#[derive(Default)]
pub(super) struct Pool {
    state: Mutex<State>,
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

/// The opening of connections that may be shared.
#[derive(Default)]
pub(super) struct Opening {
    /// Held while a connection of HTTP/2 is being opened, so that those who wait for one share it.
    alone: tokio::sync::Mutex<()>,
    /// Whether the backend chose HTTP/1.1 the last time, so that there will be nothing to share.
    is_http1: AtomicBool,
}

struct Kept {
    connection: Connection,
    /// The number of the sweep before which it was used last.
    since: u32,
}

/// Says, if the sweeping task is ended from outside, that it has ended.
struct Sweeper {
    pool: Weak<Pool>,
    is_done: bool,
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

    /// Keeps a connection for the next request, unless its backend was removed or enough are kept.
    pub(super) fn put(self: &Arc<Self>, backend: &Arc<Backend>, connection: Connection) {
        if backend.live().is_removed() {
            return connection.close();
        }
        {
            let mut state = self.lock();
            let since = state.sweeps;
            let shelf = state.shelf(backend);
            if shelf.connections.len() >= MOST_IDLE {
                return connection.close();
            }
            shelf.connections.push(Kept { connection, since });
            // Under the lock, as the sweeper's last look is: no connection is put behind it unswept.
            if std::mem::replace(&mut state.is_swept, true) {
                return;
            }
        }
        tokio::spawn(sweep_while_needed(Sweeper { pool: Arc::downgrade(self), is_done: false }));
    }

    /// The lock under which a connection that may be shared is opened.
    pub(super) fn opening(&self, backend: &Arc<Backend>) -> Arc<Opening> {
        self.lock().shelf(backend).opening.clone()
    }

    /// Closes what is old, dead, or leads to a removed backend; says whether anything is left.
    fn sweep(&self) -> bool {
        let mut state = self.lock();
        state.sweeps = state.sweeps.wrapping_add(1);
        let now = state.sweeps;
        state.shelves.retain(|_, shelf| {
            let is_removed = shelf.backend.live().is_removed();
            let is_done = |kept: &mut Kept| {
                let is_old = now.wrapping_sub(kept.since) > SWEEPS_TO_LIVE;
                kept.connection.is_closed() || !kept.connection.is_shared() && (is_old || is_removed)
            };
            for kept in shelf.connections.extract_if(.., is_done) {
                kept.connection.close();
            }
            !shelf.connections.is_empty()
        });
        state.is_swept = !state.shelves.is_empty();
        state.is_swept
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Opening {
    /// Waits for its turn if there may be something to share.
    pub(super) async fn turn(&self) -> Option<tokio::sync::MutexGuard<'_, ()>> {
        if self.is_http1.load(Ordering::Relaxed) {
            return None;
        }
        let alone = self.alone.lock().await;
        // Whoever was before may have found out.
        (!self.is_http1.load(Ordering::Relaxed)).then_some(alone)
    }

    pub(super) fn found(&self, connection: &Connection) {
        self.is_http1.store(connection.can_upgrade(), Ordering::Relaxed);
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

/// Sweeps until the pool is empty or gone, so that a quiet proxy keeps no timer.
async fn sweep_while_needed(mut sweeper: Sweeper) {
    while !sweeper.is_done {
        tokio::time::sleep(SWEEP_INTERVAL).await;
        sweeper.is_done = !sweeper.pool.upgrade().is_some_and(|pool| pool.sweep());
    }
}

impl Drop for Sweeper {
    fn drop(&mut self) {
        if !self.is_done
            && let Some(pool) = self.pool.upgrade()
        {
            pool.lock().is_swept = false;
        }
    }
}
