use crate::config::{HealthCheck, Prefix, RouteOptions, Target};
use crate::handler::Handler;

/// What can be asked of [`super::Control`].
#[derive(Clone, Debug)]
#[non_exhaustive]
#[allow(clippy::large_enum_variant, reason = "a command is given once and then gone")]
pub enum Command {
    /// Adds a route; its targets may be none, and are added once each.
    AddRoute {
        /// The prefix of the paths that it takes.
        prefix: Prefix,
        /// Its first backends.
        targets: Vec<Target>,
        /// How it works.
        options: RouteOptions,
    },
    /// Adds a route whose requests the host answers itself.
    AddHandler {
        /// The prefix of the paths that it takes.
        prefix: Prefix,
        /// What answers them.
        handler: Handler,
    },
    /// Removes a route. Requests in flight finish.
    RemoveRoute {
        /// The prefix that it was added with.
        prefix: Prefix,
    },
    /// Adds backends to a route; those that it has already are left as they are.
    AddBackends {
        /// The route's prefix.
        prefix: Prefix,
        /// The new backends.
        targets: Vec<Target>,
        /// How they are checked; `None` is the route's own way.
        health_check: Option<HealthCheck>,
    },
    /// Removes backends from a route; targets that it does not have are passed over. Requests in flight finish.
    RemoveBackends {
        /// The route's prefix.
        prefix: Prefix,
        /// The backends to remove.
        targets: Vec<Target>,
    },
}

impl Command {
    /// The route that it speaks of.
    pub(super) fn prefix(&self) -> &Prefix {
        match self {
            Command::AddRoute { prefix, .. }
            | Command::AddHandler { prefix, .. }
            | Command::RemoveRoute { prefix }
            | Command::AddBackends { prefix, .. }
            | Command::RemoveBackends { prefix, .. } => prefix,
        }
    }
}

/// What a command did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Outcome {
    /// The route stands, with this many backends.
    RouteAdded(usize),
    /// The route is gone, with this many backends.
    RouteRemoved(usize),
    /// So many backends are new.
    BackendsAdded(usize),
    /// So many backends are gone.
    BackendsRemoved(usize),
}

impl Outcome {
    /// The number of backends that came or went.
    pub fn count(self) -> usize {
        match self {
            Outcome::RouteAdded(count)
            | Outcome::RouteRemoved(count)
            | Outcome::BackendsAdded(count)
            | Outcome::BackendsRemoved(count) => count,
        }
    }
}
