//! The core's answers as the rows that `proxykit._manager` makes its classes of.

use proxykit_core::{BackendStatus, RouteStatus};

/// Target, healthy, in flight, load.
pub(crate) type BackendRow = (String, bool, usize, f64);

/// Prefix, balancer, backends, whether it is a handler.
pub(crate) type RouteRow = (String, &'static str, Vec<BackendRow>, bool);

pub(crate) fn backend_row(status: BackendStatus) -> BackendRow {
    (status.target, status.healthy, status.in_flight, status.load)
}

pub(crate) fn route_row(status: RouteStatus) -> RouteRow {
    let backends = status.backends.into_iter().map(backend_row).collect();
    (status.prefix, status.balancer.name(), backends, status.is_handler)
}
