//! The balancers: which backend takes a request.
//!
//! All are synchronous, allocate nothing, take no lock, and skip backends that are unhealthy, full, or were tried already.

mod ip_hash;
mod least_connections;
mod round_robin;

use std::net::IpAddr;
use std::sync::Arc;
use std::sync::atomic::AtomicUsize;

use crate::backend::{Backend, BackendId};
use crate::config::BalancerKind;

/// A balancer with what it remembers. A route keeps it when its backends change, so that turns go on.
#[derive(Debug)]
pub(crate) struct Balancer {
    kind: BalancerKind,
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
        backends: &'a [Arc<Backend>],
        client: Option<IpAddr>,
        tried: &[BackendId],
    ) -> Option<&'a Arc<Backend>> {
        if backends.is_empty() {
            return None;
        }
        match self.kind {
            BalancerKind::RoundRobin => round_robin::pick(&self.turn, backends, tried),
            BalancerKind::LeastConnections => least_connections::pick(&self.turn, backends, tried),
            BalancerKind::IpHash => ip_hash::pick(client, backends, tried),
        }
    }
}

fn is_candidate(backend: &Backend, tried: &[BackendId]) -> bool {
    backend.live().is_healthy() && !tried.contains(&backend.id()) && !backend.is_full()
}

/// The first candidate at `start` or after it, going round.
fn first_from<'a>(
    start: usize,
    backends: &'a [Arc<Backend>],
    tried: &[BackendId],
) -> Option<&'a Arc<Backend>> {
    let (before, after) = backends.split_at(start % backends.len());
    after.iter().chain(before).find(|backend| is_candidate(backend, tried))
}

#[cfg(test)]
mod tests;
