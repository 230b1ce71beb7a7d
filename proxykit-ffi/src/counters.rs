use proxykit_core::{Connections, Counters};

use crate::versioned::versioned;

/// What was counted since the beginning: of a backend since it was added, of a route the same, of the manager since it was
/// made. None of them ever gets smaller. Set struct_size to sizeof(pk_counters) before a function fills in the rest.
#[derive(Clone, Copy)]
#[repr(C)]
pub struct pk_counters {
    /// sizeof(pk_counters), set by the caller.
    pub struct_size: usize,
    /// Requests that were answered: the sum of the four classes below, and of the answers that changed the protocol (101).
    /// Of a backend those that it has answered itself; of a route and of the manager what clients were answered, also by
    /// the proxy and by handlers.
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

/// The connections of clients to the proxy. Set struct_size to sizeof(pk_connections) before pk_get_totals() fills in the
/// rest.
#[derive(Clone, Copy)]
#[repr(C)]
pub struct pk_connections {
    /// sizeof(pk_connections), set by the caller.
    pub struct_size: usize,
    /// How many there are now.
    pub open: u64,
    /// How many were let in.
    pub accepted: u64,
    /// How many were closed at once, for connection_limit or client_connection_limit.
    pub refused: u64,
}

versioned! {
    pk_counters {
        struct_size,
        requests,
        responses_2xx,
        responses_3xx,
        responses_4xx,
        responses_5xx,
        connect_failures,
        timeouts,
        broken_responses,
        retries,
    }
}
versioned! { pk_connections { struct_size, open, accepted, refused } }

impl pk_counters {
    pub(crate) fn of(counters: &Counters, struct_size: usize) -> Self {
        pk_counters {
            struct_size,
            requests: counters.requests,
            responses_2xx: counters.responses_2xx,
            responses_3xx: counters.responses_3xx,
            responses_4xx: counters.responses_4xx,
            responses_5xx: counters.responses_5xx,
            connect_failures: counters.connect_failures,
            timeouts: counters.timeouts,
            broken_responses: counters.broken_responses,
            retries: counters.retries,
        }
    }
}

impl pk_connections {
    pub(crate) fn of(connections: &Connections, struct_size: usize) -> Self {
        let Connections { open, accepted, refused, .. } = *connections;
        pk_connections { struct_size, open, accepted, refused }
    }
}
