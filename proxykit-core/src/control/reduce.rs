use std::sync::Arc;

use super::route::Shared;
use super::{Command, Outcome, Route, Table, route_not_found};
use crate::backend::{Backend, BackendId, Backends, Capacity, Queue};
use crate::config::{HealthCheck, Prefix, RouteOptions, Scheme, Target};
use crate::counters::Tally;
use crate::error::{Error, ErrorKind, Result};
use crate::handler::Handler;
use crate::tls::ClientTls;

/// What a command makes of a table.
pub(super) struct Change {
    /// The next table; `None` if all stays as it is.
    pub(super) table: Option<Table>,
    pub(super) outcome: Outcome,
    pub(super) added: Vec<Arc<Backend>>,
    pub(super) removed: Vec<Arc<Backend>>,
    /// Whose waiters must look at the next table.
    pub(super) queue: Option<Arc<Queue>>,
    /// What the host's code goes with: kept until the writer's lock is free, since that code may give commands.
    pub(super) _handler: Option<Handler>,
}

/// What a change takes from outside.
pub(super) struct Means<'a> {
    /// A number that no backend had yet.
    pub(super) next_id: &'a mut dyn FnMut() -> BackendId,
    /// Reads what a route speaks TLS with.
    pub(super) tls: &'a dyn Fn(&RouteOptions) -> Result<ClientTls>,
    /// What the counts of a new route are part of.
    pub(super) counted: &'a Arc<Tally>,
}

/// Works out what `command` makes of `table`, and changes nothing.
pub(super) fn reduce(table: &Table, command: Command, means: &mut Means<'_>) -> Result<Change> {
    match command {
        Command::AddRoute { prefix, targets, options } => add_route(table, prefix, &targets, options, means),
        Command::AddHandler { prefix, handler } => add_handler(table, prefix, handler, means),
        Command::RemoveRoute { prefix } => remove_route(table, &prefix),
        Command::AddBackends { prefix, targets, health_check } => {
            add_backends(table, &prefix, &targets, health_check, means)
        }
        Command::RemoveBackends { prefix, targets } => remove_backends(table, &prefix, &targets),
    }
}

fn add_route(
    table: &Table,
    prefix: Prefix,
    targets: &[Target],
    options: RouteOptions,
    means: &mut Means<'_>,
) -> Result<Change> {
    options.validate()?;
    check_free(table, &prefix)?;
    let needs_tls = options.speaks_of_tls() || any_https(targets);
    let shared = Shared {
        tls: needs_tls.then(|| (means.tls)(&options)).transpose()?,
        capacity: (options.backend_request_limit > 0)
            .then(|| Capacity { limit: options.backend_request_limit, queue: Arc::default() }),
        tally: Arc::new(Tally::within(means.counted)),
    };
    let mut backends = Backends::default();
    let added = add(&mut backends, targets, options.health_check, &shared, means)?;
    let outcome = Outcome::RouteAdded(added.len());
    let table = table.with(Route::new(prefix, options, backends, shared));
    Ok(Change { table: Some(table), outcome, added, removed: Vec::new(), queue: None, _handler: None })
}

fn add_handler(table: &Table, prefix: Prefix, handler: Handler, means: &Means<'_>) -> Result<Change> {
    handler.options().validate()?;
    check_free(table, &prefix)?;
    let table = Some(table.with(Route::of_handler(prefix, handler, Tally::within(means.counted))));
    let (outcome, added, removed) = (Outcome::RouteAdded(0), Vec::new(), Vec::new());
    Ok(Change { table, outcome, added, removed, queue: None, _handler: None })
}

fn remove_route(table: &Table, prefix: &Prefix) -> Result<Change> {
    let route = table.get(prefix).ok_or_else(|| route_not_found(prefix))?;
    let removed: Vec<_> = route.list().iter().cloned().collect();
    let (outcome, queue) = (Outcome::RouteRemoved(removed.len()), queue_of(route));
    let (table, _handler) = (Some(table.without(prefix)), route.handler().cloned());
    Ok(Change { table, outcome, added: Vec::new(), removed, queue, _handler })
}

fn add_backends(
    table: &Table,
    prefix: &Prefix,
    targets: &[Target],
    health_check: Option<HealthCheck>,
    means: &mut Means<'_>,
) -> Result<Change> {
    if let Some(health_check) = &health_check {
        health_check.validate()?;
    }
    let route = with_backends(table, prefix)?;
    let health_check = health_check.or(route.options().health_check);
    let tls = match route.tls() {
        None if any_https(targets) => Some((means.tls)(route.options())?),
        tls => tls.cloned(),
    };
    let shared = Shared { tls, capacity: route.capacity().cloned(), tally: route.tally().clone() };
    let mut backends = route.list().clone();
    let added = add(&mut backends, targets, health_check, &shared, means)?;
    let outcome = Outcome::BackendsAdded(added.len());
    let table = (!added.is_empty()).then(|| table.with(route.with_backends(backends, shared)));
    Ok(Change { table, outcome, added, removed: Vec::new(), queue: queue_of(route), _handler: None })
}

fn remove_backends(table: &Table, prefix: &Prefix, targets: &[Target]) -> Result<Change> {
    let route = with_backends(table, prefix)?;
    let mut backends = route.list().clone();
    let removed: Vec<_> = targets.iter().filter_map(|target| backends.remove(target)).collect();
    let outcome = Outcome::BackendsRemoved(removed.len());
    let shared = || Shared {
        tls: route.tls().cloned(),
        capacity: route.capacity().cloned(),
        tally: route.tally().clone(),
    };
    let table = (!removed.is_empty()).then(|| table.with(route.with_backends(backends, shared())));
    Ok(Change { table, outcome, added: Vec::new(), removed, queue: queue_of(route), _handler: None })
}

fn check_free(table: &Table, prefix: &Prefix) -> Result<()> {
    if table.get(prefix).is_none() {
        return Ok(());
    }
    let message = format!("there is a route {:?} already", prefix.as_str());
    Err(Error::new(ErrorKind::RouteExists, message))
}

/// The route with this prefix, which takes backends.
fn with_backends<'a>(table: &'a Table, prefix: &Prefix) -> Result<&'a Arc<Route>> {
    let route = table.get(prefix).ok_or_else(|| route_not_found(prefix))?;
    if route.handler().is_some() {
        let message = format!("the route {:?} has a handler, and takes no backends", prefix.as_str());
        return Err(Error::new(ErrorKind::RouteIsHandler, message));
    }
    Ok(route)
}

fn queue_of(route: &Route) -> Option<Arc<Queue>> {
    route.capacity().map(|capacity| capacity.queue.clone())
}

/// Adds a backend for each target that is neither there nor named twice, and says which are new.
fn add(
    backends: &mut Backends,
    targets: &[Target],
    health_check: Option<HealthCheck>,
    shared: &Shared,
    means: &mut Means<'_>,
) -> Result<Vec<Arc<Backend>>> {
    let mut added = Vec::new();
    for target in targets {
        if backends.get(target).is_none() {
            let tls = shared.tls.as_ref().filter(|_| target.scheme() == Scheme::Https);
            let (tls, capacity) = (tls.map(|tls| tls.to(target)).transpose()?, shared.capacity.clone());
            let (place, id) = (backends.take_place(), (means.next_id)());
            let tally = Tally::within(&shared.tally);
            let backend = Backend::new(place, id, target.clone(), health_check, tls, capacity, tally);
            backends.insert(backend.clone());
            added.push(backend);
        }
    }
    Ok(added)
}

fn any_https(targets: &[Target]) -> bool {
    targets.iter().any(|target| target.scheme() == Scheme::Https)
}
