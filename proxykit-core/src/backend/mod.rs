//! A backend: who it is, and what is known of it right now.
//!
//! The identity never changes; [`Live`] is the few counters that workers and health checks write while requests
//! run. Both travel together in one `Arc`, so that no reader can see a backend without its health.

mod backends;
mod live;
mod place;
mod queue;

use std::fmt;
use std::sync::Arc;

pub(crate) use backends::Backends;
pub use live::{InFlight, Live};
pub(crate) use place::Place;
pub(crate) use queue::{Capacity, Queue};

use crate::config::{HealthCheck, Target};
use crate::counters::{Counters, Tally};
use crate::tls::BackendTls;

/// Tells backends apart for as long as the manager lives, even when a target is removed and added again.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct BackendId(pub(crate) u64);

/// One target of a route.
///
/// What a request looks at comes first, together with the count of references, which each request writes: of many backends
/// each is used rarely, and then every cache line has to come from memory; of few, all workers write the same ones.
#[repr(C)]
pub struct Backend {
    live: Live,
    tally: Tally,
    id: BackendId,
    target: Target,
    capacity: Option<Capacity>,
    tls: Option<BackendTls>,
    place: Place,
    health_check: Option<HealthCheck>,
}

impl Backend {
    /// A backend that is healthy until a check says otherwise.
    pub(crate) fn new(
        place: Place,
        id: BackendId,
        target: Target,
        health_check: Option<HealthCheck>,
        tls: Option<BackendTls>,
        capacity: Option<Capacity>,
        tally: Tally,
    ) -> Arc<Self> {
        let backend =
            Backend { live: Live::default(), tally, id, target, capacity, tls, place, health_check };
        backend.mark_health();
        Arc::new(backend)
    }

    /// Its identity.
    pub fn id(&self) -> BackendId {
        self.id
    }

    /// Where it is.
    pub fn target(&self) -> &Target {
        &self.target
    }

    /// How it is checked; `None` if it is not.
    pub fn health_check(&self) -> Option<&HealthCheck> {
        self.health_check.as_ref()
    }

    /// What TLS is spoken to it with, if it is.
    pub(crate) fn tls(&self) -> Option<&BackendTls> {
        self.tls.as_ref()
    }

    /// Whether it has as many requests in flight as it may.
    pub(crate) fn is_full(&self) -> bool {
        self.capacity.as_ref().is_some_and(|capacity| self.live.in_flight() >= capacity.limit)
    }

    /// Notes what checks say of it.
    pub(crate) fn set_healthy(&self, healthy: bool) {
        self.live.set_healthy(healthy);
        self.mark_health();
        if let Some(capacity) = &self.capacity {
            capacity.queue.look_again();
        }
    }

    /// What is known of it right now.
    pub fn live(&self) -> &Live {
        &self.live
    }

    /// What is counted of it.
    pub(crate) fn tally(&self) -> &Tally {
        &self.tally
    }

    /// What was counted of it.
    pub fn counters(&self) -> Counters {
        self.tally.read()
    }

    /// Where it stands among those of its route.
    fn place(&self) -> &Place {
        &self.place
    }

    fn mark_health(&self) {
        self.place.mark_healthy(|| self.live.is_healthy());
    }

    /// To be called when a request more or less may have made a difference to it.
    fn mark_capacity(&self) {
        self.place.mark_full(|| self.is_full());
    }
}

impl fmt::Debug for Backend {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Backend")
            .field("target", &self.target)
            .field("healthy", &self.live.is_healthy())
            .finish()
    }
}
