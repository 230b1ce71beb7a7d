//! Proxy Kit: a reverse proxy that a program loads into itself.
//!
//! A host makes a [`Manager`], gives it routes and backends, starts it, changes them while traffic flows, and stops
//! it. The same can be done over HTTP, by the management API.
//!
//! ```no_run
//! use proxykit_core::{Manager, ManagerOptions, RouteOptions};
//!
//! let manager = Manager::new(ManagerOptions::default())?;
//! manager.add_route("/proxy/", ["http://localhost:8081"], RouteOptions::default())?;
//! manager.start("127.0.0.1:8080")?;
//! manager.add_backends("/proxy/", ["http://localhost:8082"], None)?;
//! manager.wait(None)?;
//! # Ok::<(), proxykit_core::Error>(())
//! ```
//!
//! # Words
//! - A *manager* is the whole: routes, listeners, threads. A process may have many.
//! - A *route* is a path prefix with its backends, balancer, health check and options.
//! - A *backend* is one target of a route: a URL with a state.
//! - A *balancer* picks a backend for a request.
//! - *Downstream* is the client's side, *upstream* the backends'.
//! - *Health* is what checks say of a backend.
//! - The *host* is the program that embeds Proxy Kit.
//!
//! # Floors
//! A module imports only from those above it in this list; a test holds it.
//!
//! | module | is |
//! | --- | --- |
//! | `error` | the one error type |
//! | `proxy_protocol` | what one proxy says to the next of its client |
//! | `config` | what a user may set, checked in one place |
//! | `counters` | what was counted: of backends, of routes, of all |
//! | `events` | what happens, told to whoever wants to hear it |
//! | `tls` | certificates, and what TLS is spoken with |
//! | `backend` | a backend's identity and its live counters |
//! | `handler` | what the host answers itself, and the threads for it |
//! | `balance` | the strategies: pure, and without a runtime |
//! | `control` | the one writer: commands, the reducer, the table of routes |
//! | `http1` | HTTP/1.1 on the wire |
//! | `upstream` | dialling, connection pools |
//! | `health` | the checks |
//! | `management` | HTTP to commands, and who may give them |
//! | `proxy` | one request |
//! | `server` | listeners, workers, connections, drain |
//! | `host` | the manager: threads and life cycle |
#![forbid(unsafe_code)]

mod backend;
mod balance;
mod clock;
mod config;
mod control;
mod counters;
mod error;
mod events;
mod handler;
mod health;
mod host;
mod http1;
mod management;
mod proxy;
mod proxy_protocol;
mod server;
mod tls;
mod upstream;

pub use backend::{Backend, BackendId, InFlight, Live};
pub use config::{
    BalancerKind, ClientCertificate, Endpoint, ForwardedHeaders, HandlerOptions, HealthCheck, HostHeader,
    Listen, Management, ManagerOptions, OptionInfo, OptionKind, Origin, Prefix, RouteOptions, Scheme,
    SendProxyProtocol, Target, TlsVersion, parse_duration,
};
pub use control::{Command, Control, Outcome, Route, Table};
pub use counters::{Connections, Counters, Totals};
pub use error::{Error, ErrorKind, Result, Retry, Side};
pub use events::{Event, EventKind, Events, Log, LogLevel, LogRecord};
pub use handler::{Handler, HandlerRequest, Responder};
pub use host::{BackendStatus, Manager, RouteStatus};
pub use management::Reply;
pub use proxy::{ClientAddress, ProxyService, ResponseBody};
// For the fuzzer; no part of the interface.
#[doc(hidden)]
pub use proxy_protocol::{
    Header as ProxyHeader, Malformed as ProxyHeaderMalformed, Version as ProxyHeaderVersion,
};
