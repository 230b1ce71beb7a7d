use std::net::IpAddr;
use std::sync::Arc;

use crate::backend::{Backend, BackendId};
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
    /// From the first backend on that needs it, or from the beginning if the options speak of it.
    tls: Option<ClientTls>,
}

impl Route {
    pub(super) fn new(
        prefix: Prefix,
        options: RouteOptions,
        backends: Vec<Arc<Backend>>,
        tls: Option<ClientTls>,
    ) -> Self {
        let balancer = Arc::new(Balancer::new(options.balancer));
        Route { prefix, options: Arc::new(options), backends, balancer, tls }
    }

    /// The same route with other backends, and what TLS is spoken to them with.
    pub(super) fn with_backends(&self, backends: Vec<Arc<Backend>>, tls: Option<ClientTls>) -> Self {
        let (options, balancer) = (self.options.clone(), self.balancer.clone());
        Route { prefix: self.prefix.clone(), options, backends, balancer, tls }
    }

    /// What TLS is spoken to its backends with.
    pub(super) fn tls(&self) -> Option<&ClientTls> {
        self.tls.as_ref()
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
}
