//! Real traffic: clients, a proxy and backends, with changes and failures in between.

mod backends;
mod broken;
mod capacity;
mod early;
mod half_closed;
mod handed_in;
mod handlers;
mod interim;
mod large;
mod limits;
mod load;
mod messages;
mod process;
mod proxy_protocol;
mod refusals;
mod retries;
mod scripted;
mod stalls;
mod stopping;
mod streaming;
mod trailers;
mod tunnels;

use std::thread::{self, JoinHandle};

use proxykit_core::{Manager, ManagerOptions, RouteOptions};
use proxykit_tests::backend::Backend;
use proxykit_tests::client::{self, Connection, Request, Response};
use proxykit_tests::wait;

/// A proxy that serves, with one route for all paths.
struct Proxy {
    manager: Manager,
    address: String,
}

impl Proxy {
    fn serve<S: AsRef<str>>(targets: impl IntoIterator<Item = S>, options: RouteOptions) -> Self {
        Self::with(ManagerOptions::default(), targets, options)
    }

    fn with<S: AsRef<str>>(
        manager: ManagerOptions,
        targets: impl IntoIterator<Item = S>,
        options: RouteOptions,
    ) -> Self {
        let manager = Manager::new(manager).unwrap();
        manager.add_route("/", targets, options).unwrap();
        manager.start("127.0.0.1:0").unwrap();
        let address = manager.address().unwrap();
        Proxy { manager, address }
    }

    /// In front of this backend, without health checks, with options by their names.
    fn set(backend: &Backend, manager: &[(&str, &str)], route: &[(&str, &str)]) -> Self {
        Self::of(&[backend], manager, route)
    }

    fn of(backends: &[&Backend], manager: &[(&str, &str)], route: &[(&str, &str)]) -> Self {
        let (mut options, mut route_options) = (ManagerOptions::default(), unchecked());
        manager.iter().for_each(|(name, value)| options.set(name, value).unwrap());
        route.iter().for_each(|(name, value)| route_options.set(name, value).unwrap());
        let manager = Manager::new(options).unwrap();
        let targets = backends.iter().map(|backend| backend.target());
        manager.add_route("/", targets, route_options).unwrap();
        manager.start("127.0.0.1:0").unwrap();
        let address = manager.address().unwrap();
        Proxy { manager, address }
    }

    /// In front of this backend, without health checks.
    fn before(backend: &Backend) -> Self {
        Self::serve([backend.target()], unchecked())
    }

    fn connect(&self) -> Connection {
        Connection::open(&self.address).unwrap()
    }

    fn send(&self, request: &Request) -> Response {
        client::send(&self.address, request).unwrap()
    }

    /// Sends a request and goes on.
    fn begin(&self, request: Request) -> JoinHandle<std::io::Result<Response>> {
        let address = self.address.clone();
        thread::spawn(move || client::send(&address, &request))
    }
}

fn backend(name: &str) -> Backend {
    Backend::start(env!("CARGO_BIN_EXE_sample-backend"), name).unwrap()
}

fn unchecked() -> RouteOptions {
    RouteOptions { health_check: None, ..RouteOptions::default() }
}

/// A GET with this plan for the sample backend.
fn asking(plan: &str) -> Request {
    Request::get("/").header("x-sample", plan)
}

#[track_caller]
fn wait_for_active(backend: &Backend, count: usize) {
    wait::until_true("so many requests run", || backend.counts().unwrap().active == count);
}

/// The kind of error that an answer of the proxy's own reports.
fn reported(answer: &Response) -> &str {
    let report = answer.header("proxy-status").unwrap_or_default();
    report.rsplit_once("details=").map_or("", |(_, name)| name.trim_matches('"'))
}
