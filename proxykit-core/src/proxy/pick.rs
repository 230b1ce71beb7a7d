use std::net::IpAddr;
use std::pin::pin;
use std::sync::Arc;

use tokio::time::{Instant, timeout_at};

use crate::backend::{BackendId, Capacity, InFlight};
use crate::control::{Control, Route};
use crate::error::{ErrorKind, Result};

/// Takes a place at a backend that was not tried yet. Where backends take a limited number of requests and all of them
/// are busy, it waits in the route's queue.
///
/// # Errors
/// `no_healthy_backend`; `queue_full`, `queue_timeout`; `no_route` if the route was removed meanwhile.
pub(super) async fn pick(
    control: &Control,
    route: &Arc<Route>,
    client: Option<IpAddr>,
    tried: &[BackendId],
) -> Result<InFlight> {
    let Some(capacity) = route.capacity() else {
        return take_place(route, client, tried).ok_or_else(|| ErrorKind::NoHealthyBackend.into());
    };
    let queue = &capacity.queue;
    if !queue.is_used()
        && let Some(place) = take_place(route, client, tried)
    {
        return Ok(place);
    }
    if !route.has_candidate(tried) {
        return Err(ErrorKind::NoHealthyBackend.into());
    }
    // In a box of its own: nearly all requests need not wait.
    Box::pin(wait(control, route, capacity, client, tried)).await
}

async fn wait(
    control: &Control,
    route: &Arc<Route>,
    capacity: &Capacity,
    client: Option<IpAddr>,
    tried: &[BackendId],
) -> Result<InFlight> {
    let (options, queue) = (route.options(), &capacity.queue);
    let _waiting = queue.enter(options.queue_limit).ok_or(ErrorKind::QueueFull)?;
    let deadline = Instant::now() + options.queue_timeout;
    let mut route = route.clone();
    loop {
        let mut freed = pin!(queue.freed());
        // From here on a place that gets free is not missed.
        freed.as_mut().enable();
        if let Some(place) = take_place(&route, client, tried) {
            return Ok(place);
        }
        if !route.has_candidate(tried) {
            return Err(ErrorKind::NoHealthyBackend.into());
        }
        timeout_at(deadline, freed).await.map_err(|_| ErrorKind::QueueTimeout)?;
        // Its backends may have changed.
        route = control.route(route.prefix()).map_err(|_| ErrorKind::NoRoute)?;
    }
}

fn take_place(route: &Route, client: Option<IpAddr>, tried: &[BackendId]) -> Option<InFlight> {
    loop {
        // The last place may be gone before it is taken; then that backend is no candidate any more.
        if let Some(place) = InFlight::begin(route.pick(client, tried)?) {
            return Some(place);
        }
    }
}
