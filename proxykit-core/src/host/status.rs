use crate::backend::Backend;
use crate::config::BalancerKind;
use crate::control::Route;
use crate::counters::Counters;

/// A route as it was at the moment of asking.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct RouteStatus {
    /// The prefix in its normal form.
    pub prefix: String,
    /// How a backend is picked.
    pub balancer: BalancerKind,
    /// Its backends, in the order in which they were added.
    pub backends: Vec<BackendStatus>,
    /// Whether the host answers its requests itself; it has no backends then.
    pub is_handler: bool,
    /// What was counted since it was added, also at backends that it has no more.
    pub counters: Counters,
}

/// A backend as it was at the moment of asking.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct BackendStatus {
    /// The target in its normal form.
    pub target: String,
    /// What its checks say.
    pub healthy: bool,
    /// How many requests and tunnels are in flight to it.
    pub in_flight: usize,
    /// What the host has reported of its load: 1 until then.
    pub load: f64,
    /// What was counted since it was added.
    pub counters: Counters,
}

impl RouteStatus {
    pub(super) fn of(route: &Route) -> Self {
        RouteStatus {
            prefix: route.prefix().to_string(),
            balancer: route.options().balancer,
            backends: route.backends().into_iter().map(|backend| BackendStatus::of(backend)).collect(),
            is_handler: route.handler().is_some(),
            counters: route.counters(),
        }
    }
}

impl BackendStatus {
    pub(super) fn of(backend: &Backend) -> Self {
        let live = backend.live();
        BackendStatus {
            target: backend.target().to_string(),
            healthy: live.is_healthy(),
            in_flight: live.in_flight(),
            load: live.load(),
            counters: backend.counters(),
        }
    }
}
