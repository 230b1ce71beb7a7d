use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::time::Duration;

use super::connection::Connection;
use crate::backend::{Backend, BackendId};

/// The most idle connections that a worker keeps to one backend; more than it can use is rarely idle.
const MOST_IDLE: usize = 512;
/// The time between two looks at the idle connections.
const SWEEP_INTERVAL: Duration = Duration::from_secs(5);
/// How many sweeps a connection stays idle before it is closed: a minute, as common servers keep theirs (nginx:
/// 60 s upstream, 75 s downstream).
const SWEEPS_TO_LIVE: u32 = 12;

/// The idle connections of one worker, by backend.
///
/// Their age is counted in sweeps, so that putting one back costs no look at the clock.
#[derive(Default)]
pub(super) struct Pool {
    state: Mutex<State>,
    swept: AtomicBool,
}

#[derive(Default)]
struct State {
    idle: HashMap<BackendId, Shelf>,
    sweeps: u32,
}

struct Shelf {
    backend: Arc<Backend>,
    connections: Vec<Idle>,
}

struct Idle {
    connection: Connection,
    /// The number of the sweep before which it was put here.
    since: u32,
}

/// Says, whichever way the sweeping task ends, that it has ended.
struct Sweeper(Weak<Pool>);

impl Pool {
    /// The connection that was used last: it is the least likely to have been closed, and lets the others age.
    pub(super) fn take(&self, id: BackendId) -> Option<Connection> {
        let mut state = self.lock();
        let connections = &mut state.idle.get_mut(&id)?.connections;
        let mut index = connections.len();
        while index > 0 {
            index -= 1;
            if connections[index].connection.is_closed() {
                connections.swap_remove(index);
            } else if connections[index].connection.is_ready() {
                return Some(connections.swap_remove(index).connection);
            }
            // The others still send a request that was answered early.
        }
        None
    }

    /// Keeps a connection for the next request, unless its backend was removed or enough are kept.
    pub(super) fn put(self: &Arc<Self>, backend: &Arc<Backend>, connection: Connection) {
        if backend.live().is_removed() || connection.is_closed() {
            return;
        }
        {
            let mut state = self.lock();
            let since = state.sweeps;
            let shelf = state
                .idle
                .entry(backend.id())
                .or_insert_with(|| Shelf { backend: backend.clone(), connections: Vec::new() });
            if shelf.connections.len() >= MOST_IDLE {
                return;
            }
            shelf.connections.push(Idle { connection, since });
        }
        if !self.swept.load(Ordering::Relaxed) && !self.swept.swap(true, Ordering::Relaxed) {
            tokio::spawn(sweep_while_needed(Sweeper(Arc::downgrade(self))));
        }
    }

    /// Closes what is old, dead, or leads to a removed backend; says whether anything is left.
    fn sweep(&self) -> bool {
        let mut state = self.lock();
        state.sweeps = state.sweeps.wrapping_add(1);
        let now = state.sweeps;
        state.idle.retain(|_, shelf| {
            let is_kept = |idle: &mut Idle| {
                now.wrapping_sub(idle.since) <= SWEEPS_TO_LIVE && !idle.connection.is_closed()
            };
            shelf.connections.retain_mut(is_kept);
            !shelf.backend.live().is_removed() && !shelf.connections.is_empty()
        });
        !state.idle.is_empty()
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Sweeps until the pool is empty or gone, so that a quiet proxy keeps no timer.
async fn sweep_while_needed(sweeper: Sweeper) {
    loop {
        tokio::time::sleep(SWEEP_INTERVAL).await;
        if !sweeper.0.upgrade().is_some_and(|pool| pool.sweep()) {
            return;
        }
    }
}

impl Drop for Sweeper {
    fn drop(&mut self) {
        if let Some(pool) = self.0.upgrade() {
            pool.swept.store(false, Ordering::Relaxed);
        }
    }
}
