//! What is shown of routes and backends beyond the seed's calls, which keep to what the seed says.

use std::sync::Arc;

use serde::Serialize;

use super::wire::json;
use crate::backend::Backend;
use crate::control::Route;
use crate::counters::{Counters, Totals};

#[derive(Serialize)]
struct StatusBody<'a> {
    routes: Vec<RouteBody<'a>>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct RouteBody<'a> {
    prefix_path: &'a str,
    balancer: &'static str,
    is_handler: bool,
    counters: Counters,
    targets: Vec<BackendBody<'a>>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct BackendBody<'a> {
    target: &'a str,
    healthy: bool,
    in_flight: usize,
    load: f64,
    counters: Counters,
}

pub(super) fn routes<'a>(routes: impl IntoIterator<Item = &'a Arc<Route>>) -> Vec<u8> {
    json(&StatusBody { routes: routes.into_iter().map(|route| RouteBody::of(route)).collect() })
}

pub(super) fn totals(totals: Totals) -> Vec<u8> {
    json(&totals)
}

impl<'a> RouteBody<'a> {
    fn of(route: &'a Route) -> Self {
        RouteBody {
            prefix_path: route.prefix().as_str(),
            balancer: route.options().balancer.name(),
            is_handler: route.handler().is_some(),
            counters: route.counters(),
            targets: route.backends().into_iter().map(|backend| BackendBody::of(backend)).collect(),
        }
    }
}

impl<'a> BackendBody<'a> {
    fn of(backend: &'a Backend) -> Self {
        let live = backend.live();
        BackendBody {
            target: backend.target().as_str(),
            healthy: live.is_healthy(),
            in_flight: live.in_flight(),
            load: live.load(),
            counters: backend.counters(),
        }
    }
}
