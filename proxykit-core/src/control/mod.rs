//! The one writer of routes and backends, used by every front.
//!
//! A [`Command`] goes through [`Control::apply`]: a pure function makes the next [`Table`] out of the present one,
//! all or nothing, and one pointer swap puts it into force. Requests read the table without a lock, and keep the
//! one that they began with. It needs no runtime: it works before start and after stop.

mod command;
mod news;
mod reduce;
mod retries;
mod route;
mod table;
mod traffic;

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use arc_swap::{ArcSwap, Guard};

pub use command::{Command, Outcome};
pub use route::Route;
pub use table::Table;

use crate::backend::{Backend, BackendId};
use crate::config::{Prefix, RouteOptions, Target};
use crate::counters::Whole;
use crate::error::{Error, ErrorKind, Result};
use crate::events::Publisher;
use crate::tls::{ClientTls, PlatformRoots};
use reduce::Means;

/// Holds the table, and is its one writer.
pub struct Control {
    table: ArcSwap<Table>,
    /// Held from reading the table to swapping it, so that no command is lost.
    writer: Mutex<()>,
    next_id: AtomicU64,
    platform_roots: PlatformRoots,
    watchers: Mutex<Vec<Box<Watcher>>>,
    events: Arc<Publisher>,
    counted: Arc<Whole>,
}

/// Hears which backends of which route came and which went.
type Watcher = dyn Fn(&Prefix, &[Arc<Backend>], &[Arc<Backend>]) + Send + Sync;

impl Default for Control {
    fn default() -> Self {
        Control {
            table: ArcSwap::from_pointee(Table::default()),
            writer: Mutex::new(()),
            next_id: AtomicU64::new(1),
            platform_roots: PlatformRoots::default(),
            watchers: Mutex::new(Vec::new()),
            events: Arc::default(),
            counted: Arc::default(),
        }
    }
}

impl Control {
    /// Carries out a command, wholly or not at all. Any thread may call it at any time.
    ///
    /// # Errors
    /// `route_exists`, `route_not_found`, `route_is_handler`, `invalid_option`, `invalid_certificate`. Nothing was changed then.
    pub fn apply(&self, command: Command) -> Result<Outcome> {
        let prefix = command.prefix().clone();
        // Kept until the lock is free, as that of a change.
        let _handler = match &command {
            Command::AddHandler { handler, .. } => Some(handler.clone()),
            _ => None,
        };
        let change = {
            let _writer = lock(&self.writer);
            let mut next_id = || BackendId(self.next_id.fetch_add(1, Ordering::Relaxed));
            let tls = |options: &RouteOptions| ClientTls::new(options, &self.platform_roots);
            let means = &mut Means { next_id: &mut next_id, tls: &tls, counted: self.counted.tally() };
            let mut change = reduce::reduce(&self.table.load(), command, means)?;
            // Held over the swap: what is told has the order of what comes into force.
            let mut feed = self.events.lock();
            if let Some(table) = change.table.take() {
                self.table.store(Arc::new(table));
            }
            if let Some(queue) = &change.queue {
                queue.look_again();
            }
            for backend in &change.removed {
                // Behind the swap: from here on no new request finds it, and its idle connections can go.
                backend.live().set_removed();
            }
            news::tell(&mut feed, &prefix, &change);
            change
        };
        for watcher in lock(&self.watchers).iter() {
            watcher(&prefix, &change.added, &change.removed);
        }
        Ok(change.outcome)
    }

    /// The table in force, for a short look; [`Control::snapshot`] is for keeping.
    pub(crate) fn table(&self) -> Guard<Arc<Table>> {
        self.table.load()
    }

    /// The table in force.
    pub fn snapshot(&self) -> Arc<Table> {
        self.table.load_full()
    }

    /// The route with this prefix.
    ///
    /// # Errors
    /// `route_not_found`, with the prefix in the message.
    pub fn route(&self, prefix: &Prefix) -> Result<Arc<Route>> {
        self.table.load().get(prefix).cloned().ok_or_else(|| route_not_found(prefix))
    }

    /// One backend of a route.
    ///
    /// # Errors
    /// `route_not_found` or `backend_not_found`, with the value in the message.
    pub fn backend(&self, prefix: &Prefix, target: &Target) -> Result<Arc<Backend>> {
        let route = self.route(prefix)?;
        route.backend(target).cloned().ok_or_else(|| {
            let message = format!("the route {:?} has no backend {:?}", prefix.as_str(), target.as_str());
            Error::new(ErrorKind::BackendNotFound, message)
        })
    }

    /// Notes what checks say of a backend of a route; of one that was removed, nothing.
    pub(crate) fn note_health(&self, prefix: &Prefix, backend: &Backend, healthy: bool, why: Option<String>) {
        // Held so that it is not told behind the removal.
        let mut feed = self.events.lock();
        if !backend.live().is_removed() {
            backend.set_healthy(healthy);
            news::tell_health(&mut feed, prefix, backend, why);
        }
    }

    /// Where everything that happens is told.
    pub(crate) fn events(&self) -> &Arc<Publisher> {
        &self.events
    }

    /// What is counted in all.
    pub(crate) fn counted(&self) -> &Arc<Whole> {
        &self.counted
    }

    /// Has `watcher` called after each command that succeeded, with the route, its backends that came and those that went, on the
    /// thread that gave it. It must be quick. Of two commands that are given at a time it may hear in the other order.
    pub(crate) fn watch(
        &self,
        watcher: impl Fn(&Prefix, &[Arc<Backend>], &[Arc<Backend>]) + Send + Sync + 'static,
    ) {
        lock(&self.watchers).push(Box::new(watcher));
    }
}

fn route_not_found(prefix: &Prefix) -> Error {
    Error::new(ErrorKind::RouteNotFound, format!("there is no route {:?}", prefix.as_str()))
}

/// No code panics while it holds one of these locks, and what they guard would be whole even then.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests;
