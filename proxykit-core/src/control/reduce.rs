use std::collections::HashSet;
use std::sync::Arc;

use super::{Command, Outcome, Route, Table, route_not_found};
use crate::backend::{Backend, BackendId};
use crate::config::{HealthCheck, Prefix, RouteOptions, Scheme, Target};
use crate::error::{Error, ErrorKind, Result};
use crate::tls::ClientTls;

/// What a command makes of a table.
pub(super) struct Change {
    /// The next table; `None` if all stays as it is.
    pub(super) table: Option<Table>,
    pub(super) outcome: Outcome,
    pub(super) removed: Vec<Arc<Backend>>,
}

/// What a change takes from outside.
pub(super) struct Means<'a> {
    /// A number that no backend had yet.
    pub(super) next_id: &'a mut dyn FnMut() -> BackendId,
    /// Reads what a route speaks TLS with.
    pub(super) tls: &'a dyn Fn(&RouteOptions) -> Result<ClientTls>,
}

/// Works out what `command` makes of `table`, and changes nothing.
pub(super) fn reduce(table: &Table, command: Command, means: &mut Means<'_>) -> Result<Change> {
    match command {
        Command::AddRoute { prefix, targets, options } => add_route(table, prefix, &targets, options, means),
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
    if table.get(&prefix).is_some() {
        let message = format!("there is a route {:?} already", prefix.as_str());
        return Err(Error::new(ErrorKind::RouteExists, message));
    }
    let needs_tls = options.speaks_of_tls() || any_https(targets);
    let tls = needs_tls.then(|| (means.tls)(&options)).transpose()?;
    let backends = new_backends(&[], targets, options.health_check, tls.as_ref(), means)?;
    let outcome = Outcome::RouteAdded(backends.len());
    let table = table.with(Route::new(prefix, options, backends, tls));
    Ok(Change { table: Some(table), outcome, removed: Vec::new() })
}

fn remove_route(table: &Table, prefix: &Prefix) -> Result<Change> {
    let removed = table.get(prefix).ok_or_else(|| route_not_found(prefix))?.backends().to_vec();
    let outcome = Outcome::RouteRemoved(removed.len());
    Ok(Change { table: Some(table.without(prefix)), outcome, removed })
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
    let route = table.get(prefix).ok_or_else(|| route_not_found(prefix))?;
    let health_check = health_check.or(route.options().health_check);
    let tls = match route.tls() {
        None if any_https(targets) => Some((means.tls)(route.options())?),
        tls => tls.cloned(),
    };
    let new = new_backends(route.backends(), targets, health_check, tls.as_ref(), means)?;
    let outcome = Outcome::BackendsAdded(new.len());
    let table = (!new.is_empty()).then(|| {
        let backends = route.backends().iter().cloned().chain(new).collect();
        table.with(route.with_backends(backends, tls))
    });
    Ok(Change { table, outcome, removed: Vec::new() })
}

fn remove_backends(table: &Table, prefix: &Prefix, targets: &[Target]) -> Result<Change> {
    let route = table.get(prefix).ok_or_else(|| route_not_found(prefix))?;
    let targets: HashSet<_> = targets.iter().map(Target::as_str).collect();
    let (removed, kept): (Vec<_>, Vec<_>) =
        route.backends().iter().cloned().partition(|backend| targets.contains(backend.target().as_str()));
    let outcome = Outcome::BackendsRemoved(removed.len());
    let table = (!removed.is_empty()).then(|| table.with(route.with_backends(kept, route.tls().cloned())));
    Ok(Change { table, outcome, removed })
}

/// A backend for each target that is neither among `present` nor named twice.
fn new_backends(
    present: &[Arc<Backend>],
    targets: &[Target],
    health_check: Option<HealthCheck>,
    tls: Option<&ClientTls>,
    means: &mut Means<'_>,
) -> Result<Vec<Arc<Backend>>> {
    let mut seen: HashSet<_> = present.iter().map(|backend| backend.target().as_str()).collect();
    let mut new = Vec::with_capacity(targets.len());
    for target in targets {
        if seen.insert(target.as_str()) {
            let tls =
                tls.filter(|_| target.scheme() == Scheme::Https).map(|tls| tls.to(target)).transpose()?;
            new.push(Backend::new((means.next_id)(), target.clone(), health_check, tls));
        }
    }
    Ok(new)
}

fn any_https(targets: &[Target]) -> bool {
    targets.iter().any(|target| target.scheme() == Scheme::Https)
}
