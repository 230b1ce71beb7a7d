//! What has been counted: by each backend, each route, and in the manager as a whole.
//!
//! A request writes three counters when it is answered, each where it writes anyway: beside its backend's count of requests in flight,
//! its route, and what its worker counts alone. Whatever is rarer is counted from the backend upwards ([`Tally`]).

mod door;
mod tally;
mod whole;

use serde::Serialize;

pub(crate) use door::Door;
pub(crate) use tally::{Answers, Tally};
pub(crate) use whole::{Part, Whole};

/// What was counted since the beginning: of a backend since it was added, of a route the same, of the manager since it was
/// made. None of them ever gets smaller.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct Counters {
    /// Requests that were answered: the sum of the four classes below, and of the answers that changed the protocol (101). Of a backend
    /// those that it has answered itself; of a route and of the manager what clients were answered, also by the proxy and by handlers.
    pub requests: u64,
    /// Answers with a status from 200 to 299.
    pub responses_2xx: u64,
    /// Answers with a status from 300 to 399.
    pub responses_3xx: u64,
    /// Answers with a status from 400 to 499.
    pub responses_4xx: u64,
    /// Answers with a status from 500 up.
    pub responses_5xx: u64,
    /// Attempts that found no connection: refused, too late, or without TLS.
    pub connect_failures: u64,
    /// Attempts whose answer did not begin in time, and answers that stood still or took too long.
    pub timeouts: u64,
    /// Attempts whose connection ended before the answer, answers that are not HTTP, and answers that broke off.
    pub broken_responses: u64,
    /// Attempts for requests that had failed before, elsewhere or here.
    pub retries: u64,
}

/// What was counted in the manager as a whole.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct Totals {
    /// Of all routes, those that were removed among them, and of requests that no route took.
    pub counters: Counters,
    /// The connections of clients.
    pub connections: Connections,
}

/// The connections of clients to the proxy.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct Connections {
    /// How many there are now.
    pub open: u64,
    /// How many were let in.
    pub accepted: u64,
    /// How many were closed at once, for `connection_limit` or `client_connection_limit`.
    pub refused: u64,
}

#[cfg(test)]
mod tests;
