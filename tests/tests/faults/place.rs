use std::time::Duration;

use proxykit_core::{HealthCheck, Manager, Result, RouteOptions};

use crate::backends::Fleet;
use crate::fault::Fault;

/// The proxy's limits for backends that do not answer.
const SHORT: Duration = Duration::from_millis(300);
/// Of the checks on the backend that comes and goes.
const INTERVAL: Duration = Duration::from_millis(20);

/// A route, and who is behind it.
pub(crate) struct Place {
    pub(crate) prefix: String,
    pub(crate) fault: Option<Fault>,
    /// Whether healthy backends stand beside the faulty one.
    pub(crate) is_among_others: bool,
    pub(crate) takes_tunnels: bool,
}

/// All routes: healthy backends, and each fault alone and among others.
pub(crate) fn all() -> Vec<Place> {
    let healthy = |prefix: &str| Place {
        prefix: prefix.into(),
        fault: None,
        is_among_others: false,
        takes_tunnels: prefix == "/tunnel/",
    };
    let faulty = |fault, is_among_others| Place {
        prefix: format!("/{}/{fault:?}/", if is_among_others { "among" } else { "alone" }),
        fault: Some(fault),
        is_among_others,
        takes_tunnels: fault == Fault::TunnelDie,
    };
    let mut places = vec![healthy("/good/"), healthy("/tunnel/")];
    for fault in Fault::ALL {
        places.push(faulty(fault, false));
        if fault != Fault::TunnelDie {
            places.push(faulty(fault, true));
        }
    }
    places
}

/// The options of the route to a backend with this fault.
pub(crate) fn options(fault: Option<Fault>) -> RouteOptions {
    let mut options = RouteOptions { health_check: None, ..RouteOptions::default() };
    match fault {
        // Nothing else depends on a time limit, so that a slow machine is no fault.
        Some(Fault::Stuck) => options.connect_timeout = SHORT,
        Some(Fault::Hang) => options.response_head_timeout = SHORT,
        Some(Fault::TunnelDie) => options.tunnel_idle_timeout = SHORT,
        _ => {}
    }
    options
}

impl Place {
    pub(crate) fn add_to(&self, manager: &Manager, fleet: &Fleet) -> Result<()> {
        let mut targets: Vec<&String> = self.fault.iter().map(|fault| &fleet.faulty[fault]).collect();
        if self.fault.is_none() || self.is_among_others {
            // Upgrades do not go through to backends of HTTP/2.
            targets.extend(
                fleet.healthy.iter().filter(|target| !self.takes_tunnels || !target.starts_with("h2c")),
            );
        }
        let mut options = options(self.fault);
        if self.fault == Some(Fault::Flap) && self.is_among_others {
            options.health_check = Some(HealthCheck { interval: INTERVAL, ..HealthCheck::default() });
        }
        manager.add_route(&self.prefix, targets, options)
    }
}
