//! The way to the backends: dialling, and the pool of connections that stay open.
//!
//! Each worker has an [`Upstream`] of its own, so that a request takes no lock that another core holds. Whether a
//! failed request may be tried elsewhere is not decided here: the error says it, and the request comes back whole
//! if nothing of it was sent.

mod body;
mod connection;
mod dial;
mod failure;
mod go_ahead;
mod kept;
mod maybe_tls;
mod pool;
mod secure;
mod shape;
mod stall;
mod stream;
mod tunnel;

use std::sync::Arc;
use std::time::Duration;

use http::{Request, Response, header};
use hyper::body::Incoming;
use tokio::time::{Instant, timeout_at};

pub(crate) use body::{BodyLimits, Progress, RequestBody};
use connection::Connection;
pub(crate) use dial::dial;
pub(crate) use go_ahead::GoAhead;
pub(crate) use maybe_tls::MaybeTls;
use pool::Pool;
use secure::Protocols;
pub(crate) use stall::Stall;

use crate::backend::Backend;
use crate::config::Scheme;
use crate::error::{Error, ErrorKind, Result, Retry};
use crate::tls;

/// The connections of one worker.
#[derive(Default)]
pub(crate) struct Upstream {
    pool: Arc<Pool>,
}

/// The time limits of one exchange.
#[derive(Clone, Copy)]
pub(crate) struct Limits {
    pub(crate) connect: Duration,
    pub(crate) response_head: Duration,
}

/// The connection that an answer comes in on. It goes back to the pool when the answer has been read to its end.
pub(crate) struct Lease {
    connection: Connection,
    backend: Arc<Backend>,
    /// None if the connection is for one request only.
    pool: Option<Arc<Pool>>,
}

/// A request that was not answered, and the request itself if it may be sent again.
pub(crate) struct Failed {
    pub(crate) error: Error,
    pub(crate) request: Option<Request<RequestBody>>,
}

impl Upstream {
    /// Sends a request to a backend and waits for the head of the answer.
    ///
    /// A connection from the pool that turns out to be dead is replaced, and the request sent again on the next one, if
    /// nothing of it was sent, or if it can be sent twice (RFC 9110, section 9.2.2) and is at hand. What fails on a new
    /// connection comes back, with the request under the same conditions.
    ///
    /// With an `opening`, which is sent ahead of all else and speaks of this request's client, the connection is a new one,
    /// and for this request only: on a kept one the next client would go by the name of this one.
    pub(crate) async fn send(
        &self,
        backend: &Arc<Backend>,
        mut request: Request<RequestBody>,
        opening: Option<&[u8]>,
        limits: Limits,
    ) -> Result<(Response<Incoming>, Lease), Box<Failed>> {
        let protocols = protocols_for(backend, &request);
        loop {
            let kept = opening.is_none().then(|| self.pool.take(backend.id(), protocols)).flatten();
            let (mut connection, is_new) = match kept {
                Some(connection) => (connection, false),
                None => match self.open(backend, opening, protocols, limits.connect).await {
                    Ok(connection) => (connection, true),
                    Err(error) => return Err(Box::new(Failed { error, request: Some(request) })),
                },
            };
            let copy = copy(&request, connection.is_http2());
            if !(is_new || request.method().is_idempotent() && request.body().is_empty()) {
                // It may get one chance only: ask the operating system whether the backend has closed the connection
                // meanwhile. It costs a system call, which a request that can be repeated in any case saves.
                connection.check_before_sending();
            }
            let mut failed = match connection.send(request, limits.response_head).await {
                Ok(response) => {
                    let pool = opening.is_none().then(|| self.pool.clone());
                    return Ok((response, Lease { connection, backend: backend.clone(), pool }));
                }
                Err(failed) => failed,
            };
            let retry = failed.error.may_retry();
            let again = failed.request.take().or_else(|| copy.filter(|copy| may_repeat(copy, retry)));
            match again {
                Some(again) if !is_new => request = again,
                again => {
                    failed.request = again;
                    return Err(failed);
                }
            }
        }
    }

    async fn open(
        &self,
        backend: &Arc<Backend>,
        opening: Option<&[u8]>,
        protocols: Protocols,
        limit: Duration,
    ) -> Result<Connection> {
        let deadline = Instant::now() + limit;
        let left = || deadline.saturating_duration_since(Instant::now());
        if opening.is_some() || protocols == Protocols::Http1 {
            let opening = opening.unwrap_or_default();
            return match Connection::open(backend, opening, protocols, limit).await {
                // It speaks HTTP/2 alone, where an upgrade has another form, or none.
                Err(error) if tls::is_of_protocol(&error) => {
                    Connection::open(backend, opening, Protocols::Any, left()).await
                }
                opened => opened,
            };
        }
        let opening = self.pool.opening(backend);
        let Ok(alone) = timeout_at(deadline, opening.turn()).await else {
            return Err(Error::from(ErrorKind::ConnectTimeout).retry(Retry::Unsent));
        };
        // Another request may have opened one while this one waited.
        if alone.is_some()
            && let Some(connection) = self.pool.take(backend.id(), protocols)
        {
            connection.check_before_sending();
            return Ok(connection);
        }
        let connection = Connection::open(backend, &[], protocols, left()).await?;
        opening.found(&connection);
        if let Some(share) = connection.share() {
            self.pool.put(backend, share);
        }
        Ok(connection)
    }
}

impl Lease {
    /// Gives the connection back, for the next request.
    pub(crate) fn give_back(self) {
        if let Some(pool) = self.pool
            && !self.connection.is_shared()
        {
            pool.put(&self.backend, self.connection);
        }
    }
}

/// The versions of HTTP that a request can be sent in.
fn protocols_for(backend: &Backend, request: &Request<RequestBody>) -> Protocols {
    match backend.target().scheme() {
        Scheme::H2c => Protocols::Any,
        Scheme::Https if !request.headers().contains_key(header::UPGRADE) => Protocols::Any,
        _ => Protocols::Http1,
    }
}

/// A second copy of a request that may have to be sent again: one that is idempotent; over HTTP/2 any, since a backend
/// says there what it has not begun (RFC 9113, section 8.7).
fn copy(request: &Request<RequestBody>, is_http2: bool) -> Option<Request<RequestBody>> {
    if !request.method().is_idempotent() && !is_http2 {
        return None;
    }
    let mut copy = Request::new(request.body().again());
    *copy.method_mut() = request.method().clone();
    *copy.uri_mut() = request.uri().clone();
    *copy.headers_mut() = request.headers().clone();
    if !request.body().is_empty() {
        // Who waits for the go-ahead is there. Without a body there are hints at most, which a request that is sent again
        // can do without, and each copy costs two allocations.
        *copy.extensions_mut() = request.extensions().clone();
    }
    Some(copy)
}

/// Whether a copy may be sent after a failure, and nothing of its body is lost.
fn may_repeat(copy: &Request<RequestBody>, retry: Retry) -> bool {
    let is_allowed = match retry {
        Retry::Never => false,
        Retry::Unsent => true,
        Retry::IfIdempotent => copy.method().is_idempotent(),
    };
    is_allowed && copy.body().is_whole()
}
