use std::net::IpAddr;
use std::sync::Arc;

use super::retries::{Retries, Retrying};
use crate::backend::{Backend, BackendId, Capacity};
use crate::balance::Balancer;
use crate::config::{Prefix, RouteOptions};
use crate::tls::ClientTls;

/// A route as it stands in one table: it never changes. A change of its backends makes the next one, which shares
/// the backends that stay and the balancer.
#[derive(Debug)]
pub struct Route {
    prefix: Prefix,
    options: Arc<RouteOptions>,
    backends: Vec<Arc<Backend>>,
    balancer: Arc<Balancer>,
    shared: Shared,
    retries: Arc<Retries>,
}

/// What a route's backends have in common.
#[derive(Debug)]
pub(super) struct Shared {
    /// From the first backend on that needs it, or from the beginning if the options speak of it.
    pub(super) tls: Option<ClientTls>,
    pub(super) capacity: Option<Capacity>,
}

impl Route {
    pub(super) fn new(
        prefix: Prefix,
        options: RouteOptions,
        backends: Vec<Arc<Backend>>,
        shared: Shared,
    ) -> Self {
        let balancer = Arc::new(Balancer::new(options.balancer));
        Route { prefix, options: Arc::new(options), backends, balancer, shared, retries: Arc::default() }
    }

    /// The same route with other backends, and what they share.
    pub(super) fn with_backends(&self, backends: Vec<Arc<Backend>>, shared: Shared) -> Self {
        Route {
            prefix: self.prefix.clone(),
            options: self.options.clone(),
            backends,
            balancer: self.balancer.clone(),
            shared,
            retries: self.retries.clone(),
        }
    }

    /// What TLS is spoken to its backends with.
    pub(super) fn tls(&self) -> Option<&ClientTls> {
        self.shared.tls.as_ref()
    }

    /// The prefix of the paths that it takes.
    pub fn prefix(&self) -> &Prefix {
        &self.prefix
    }

    /// How it works.
    pub fn options(&self) -> &RouteOptions {
        &self.options
    }

    /// Its backends, in the order in which they were added.
    pub fn backends(&self) -> &[Arc<Backend>] {
        &self.backends
    }

    /// Picks a backend that is healthy and was not tried yet.
    pub(crate) fn pick(&self, client: Option<IpAddr>, tried: &[BackendId]) -> Option<&Arc<Backend>> {
        self.balancer.pick(&self.backends, client, tried)
    }

    /// How many requests its backends take, if that is limited.
    pub(crate) fn capacity(&self) -> Option<&Capacity> {
        self.shared.capacity.as_ref()
    }

    /// Whether a backend is there that takes requests and was not tried yet, be it busy.
    pub(crate) fn has_candidate(&self, tried: &[BackendId]) -> bool {
        self.backends.iter().any(|backend| backend.live().is_healthy() && !tried.contains(&backend.id()))
    }

    /// Begins one more retry, unless enough of them run for the traffic that there is.
    pub(crate) fn retry(&self) -> Option<Retrying> {
        let in_flight = self.backends.iter().map(|backend| backend.live().in_flight()).sum();
        self.retries.begin(self.options.retry_budget, in_flight)
    }
}
