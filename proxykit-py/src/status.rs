//! The core's answers as the rows that `proxykit._manager` makes its classes of.

use proxykit_core::{BackendStatus, Counters, RouteStatus, Totals};

/// In the order of `Counters` of Python.
pub(crate) type CountersRow = (u64, u64, u64, u64, u64, u64, u64, u64, u64);

/// Target, healthy, in flight, load, counters.
pub(crate) type BackendRow = (String, bool, usize, f64, CountersRow);

/// Prefix, balancer, backends, whether it is a handler, counters.
pub(crate) type RouteRow = (String, &'static str, Vec<BackendRow>, bool, CountersRow);

/// Counters; connections that are open, accepted, refused.
pub(crate) type TotalsRow = (CountersRow, (u64, u64, u64));

pub(crate) fn backend_row(status: BackendStatus) -> BackendRow {
    (status.target, status.healthy, status.in_flight, status.load, counters_row(status.counters))
}

pub(crate) fn route_row(status: RouteStatus) -> RouteRow {
    let backends = status.backends.into_iter().map(backend_row).collect();
    (status.prefix, status.balancer.name(), backends, status.is_handler, counters_row(status.counters))
}

pub(crate) fn totals_row(totals: Totals) -> TotalsRow {
    let connections = totals.connections;
    (counters_row(totals.counters), (connections.open, connections.accepted, connections.refused))
}

fn counters_row(counters: Counters) -> CountersRow {
    (
        counters.requests,
        counters.responses_2xx,
        counters.responses_3xx,
        counters.responses_4xx,
        counters.responses_5xx,
        counters.connect_failures,
        counters.timeouts,
        counters.broken_responses,
        counters.retries,
    )
}
