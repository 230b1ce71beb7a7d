//! The balancers: which backend takes a request.
//!
//! All are synchronous, allocate nothing, take no lock, and skip backends that are unhealthy, full, or were tried already.
//! What they cost does not grow with the number of backends, but for one look per 64 of them when nearly all are down.

mod ip_hash;
mod least;
mod round_robin;

use std::net::IpAddr;
use std::sync::Arc;
use std::sync::atomic::AtomicUsize;

use crate::backend::{Backend, BackendId, Backends};
use crate::config::BalancerKind;

/// A balancer with what it remembers. A route keeps it when its backends change, so that turns go on.
#[derive(Debug)]
pub(crate) struct Balancer {
    kind: BalancerKind,
    /// The place behind that of the last pick. The workers share it, so that the first requests of a quiet route take turns
    /// whichever worker they come to.
    turn: AtomicUsize,
}

impl Balancer {
    /// A balancer that begins with the first backend.
    pub(crate) fn new(kind: BalancerKind) -> Self {
        Balancer { kind, turn: AtomicUsize::new(0) }
    }

    /// Picks a backend for a request from `client`, or none if all are unhealthy or in `tried`.
    ///
    /// A client without an address (on a unix socket) counts as one client.
    pub(crate) fn pick<'a>(
        &self,
        backends: &'a Backends,
        client: Option<IpAddr>,
        tried: &[BackendId],
    ) -> Option<&'a Arc<Backend>> {
        if backends.places() == 0 {
            return None;
        }
        match self.kind {
            BalancerKind::RoundRobin => round_robin::pick(&self.turn, backends, tried),
            BalancerKind::LeastConnections => {
                least::pick(&self.turn, backends, tried, |live| live.in_flight() as f64)
            }
            BalancerKind::LeastLoad => least::pick(&self.turn, backends, tried, |live| {
                // The request that is to be sent counts: without it all idle backends would cost the same.
                (live.in_flight() + 1) as f64 * live.load()
            }),
            BalancerKind::IpHash => ip_hash::pick(client, backends, tried),
        }
    }
}

fn is_candidate(backend: &Backend, tried: &[BackendId]) -> bool {
    backend.live().is_healthy() && !tried.contains(&backend.id()) && !backend.is_full()
}

#[cfg(test)]
mod tests;
