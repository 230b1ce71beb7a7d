//! What is told of a change.

use super::Outcome;
use super::reduce::Change;
use crate::backend::Backend;
use crate::config::Prefix;
use crate::events::{Event, EventKind, Feed};

/// Tells of a command that was carried out: a route comes before its backends, and goes behind them.
pub(super) fn tell(feed: &mut Feed<'_>, prefix: &Prefix, change: &Change) {
    if matches!(change.outcome, Outcome::RouteAdded(_)) {
        feed.tell(|| Event::of_route(EventKind::RouteAdded, prefix));
    }
    for backend in &change.added {
        feed.tell(|| Event::of_backend(EventKind::BackendAdded, prefix, backend.target()));
    }
    for backend in &change.removed {
        feed.tell(|| Event::of_backend(EventKind::BackendRemoved, prefix, backend.target()));
    }
    if matches!(change.outcome, Outcome::RouteRemoved(_)) {
        feed.tell(|| Event::of_route(EventKind::RouteRemoved, prefix));
    }
}

/// Tells what checks say of a backend now.
pub(super) fn tell_health(feed: &mut Feed<'_>, prefix: &Prefix, backend: &Backend, why: Option<String>) {
    let kind =
        if backend.live().is_healthy() { EventKind::BackendHealthy } else { EventKind::BackendUnhealthy };
    feed.tell(|| Event::of_backend(kind, prefix, backend.target()).because(why));
}
