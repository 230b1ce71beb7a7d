use std::net::IpAddr;
use std::sync::Arc;

use super::retries::{Retries, Retrying};
use super::traffic::Traffic;
use crate::backend::{Backend, BackendId, Backends, Capacity};
use crate::balance::Balancer;
use crate::config::{Prefix, RouteOptions, Target};
use crate::counters::{Counters, Tally};
use crate::handler::Handler;
use crate::tls::ClientTls;

/// A route as it stands in one table: it never changes. A change of its backends makes the next one, which shares
/// the backends that stay and the balancer.
#[derive(Debug)]
pub struct Route {
    prefix: Prefix,
    options: Arc<RouteOptions>,
    backends: Backends,
    /// What answers in place of backends.
    handler: Option<Handler>,
    balancer: Arc<Balancer>,
    shared: Shared,
    retries: Arc<Retries>,
    traffic: Arc<Traffic>,
}

/// What a route's backends have in common.
#[derive(Debug)]
pub(super) struct Shared {
    /// From the first backend on that needs it, or from the beginning if the options speak of it.
    pub(super) tls: Option<ClientTls>,
    pub(super) capacity: Option<Capacity>,
    /// What is counted of the route, and above that of each of them.
    pub(super) tally: Arc<Tally>,
}

impl Route {
    pub(super) fn new(prefix: Prefix, options: RouteOptions, backends: Backends, shared: Shared) -> Self {
        let balancer = Arc::new(Balancer::new(options.balancer));
        let (options, retries, traffic) = (Arc::new(options), Arc::default(), Arc::default());
        Route { prefix, options, backends, handler: None, balancer, shared, retries, traffic }
    }

    pub(super) fn of_handler(prefix: Prefix, handler: Handler, tally: Tally) -> Self {
        let shared = Shared { tls: None, capacity: None, tally: Arc::new(tally) };
        let route = Self::new(prefix, RouteOptions::default(), Backends::default(), shared);
        Route { handler: Some(handler), ..route }
    }

    /// The same route with other backends, and what they share.
    pub(super) fn with_backends(&self, backends: Backends, shared: Shared) -> Self {
        Route {
            prefix: self.prefix.clone(),
            options: self.options.clone(),
            backends,
            handler: self.handler.clone(),
            balancer: self.balancer.clone(),
            shared,
            retries: self.retries.clone(),
            traffic: self.traffic.clone(),
        }
    }

    /// What TLS is spoken to its backends with.
    pub(super) fn tls(&self) -> Option<&ClientTls> {
        self.shared.tls.as_ref()
    }

    /// What is counted of it.
    pub(crate) fn tally(&self) -> &Arc<Tally> {
        &self.shared.tally
    }

    /// What was counted of it.
    pub fn counters(&self) -> Counters {
        self.tally().read()
    }

    /// The prefix of the paths that it takes.
    pub fn prefix(&self) -> &Prefix {
        &self.prefix
    }

    /// How it works.
    pub fn options(&self) -> &RouteOptions {
        &self.options
    }

    /// What answers its requests, if the host does so itself.
    pub fn handler(&self) -> Option<&Handler> {
        self.handler.as_ref()
    }

    /// Its backends, in the order in which they were added.
    pub fn backends(&self) -> Vec<&Arc<Backend>> {
        self.backends.in_order()
    }

    /// Its backend with this target.
    pub fn backend(&self, target: &Target) -> Option<&Arc<Backend>> {
        self.backends.get(target)
    }

    /// The list of its backends.
    pub(super) fn list(&self) -> &Backends {
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
        self.backends.any_healthy(tried)
    }

    /// Begins one more retry, unless enough of them run for the traffic that there is.
    pub(crate) fn retry(&self) -> Option<Retrying> {
        self.retries.begin(self.options.retry_budget, || self.traffic.of(&self.backends))
    }
}
