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
mod maybe_tls;
mod pool;
mod secure;
mod shape;
mod stream;

use std::sync::Arc;
use std::time::Duration;

use http::{Request, Response, header};
use hyper::body::Incoming;
use tokio::time::{Instant, timeout_at};

pub(crate) use body::RequestBody;
use connection::Connection;
pub(crate) use dial::dial;
pub(crate) use go_ahead::GoAhead;
pub(crate) use maybe_tls::MaybeTls;
use pool::Pool;
use secure::Protocols;

use crate::backend::Backend;
use crate::config::Scheme;
use crate::error::{Error, ErrorKind, Result, Retry};

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

/// A request that was not answered, and the request itself if nothing of it was sent.
pub(crate) struct Failed {
    pub(crate) error: Error,
    pub(crate) request: Option<Request<RequestBody>>,
}

impl Upstream {
    /// Sends a request to a backend and waits for the head of the answer.
    ///
    /// A connection from the pool that turns out to be dead is replaced, and the request sent again on the next
    /// one, if nothing of it was sent, or if it can be sent twice (RFC 9110, section 9.2.2) and is at hand.
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
        let unsent = |error, request| Box::new(Failed { error, request: Some(request) });
        if let Some(opening) = opening {
            let mut connection = match Connection::open(backend, opening, protocols, limits.connect).await {
                Ok(connection) => connection,
                Err(error) => return Err(unsent(error, request)),
            };
            let response = connection.send(request, limits.response_head).await?;
            return Ok((response, Lease { connection, backend: backend.clone(), pool: None }));
        }
        while let Some(mut connection) = self.pool.take(backend.id(), protocols) {
            let copy = copy_if_repeatable(&request);
            if copy.is_none() {
                // Such a request gets one chance only: ask the operating system whether the backend has closed
                // the connection meanwhile. It costs a system call, which a repeatable request saves.
                connection.check_before_sending();
            }
            match connection.send(request, limits.response_head).await {
                Ok(response) => return Ok((response, self.lease(connection, backend))),
                Err(mut failed) => match (failed.request.take(), failed.error.may_retry(), copy) {
                    (Some(unsent), _, _) => request = unsent,
                    (None, Retry::Unsent | Retry::IfIdempotent, Some(copy)) => request = copy,
                    _ => return Err(failed),
                },
            }
        }
        let mut connection = match self.open(backend, protocols, limits.connect).await {
            Ok(connection) => connection,
            Err(error) => return Err(unsent(error, request)),
        };
        let response = connection.send(request, limits.response_head).await?;
        Ok((response, self.lease(connection, backend)))
    }

    async fn open(
        &self,
        backend: &Arc<Backend>,
        protocols: Protocols,
        limit: Duration,
    ) -> Result<Connection> {
        if protocols == Protocols::Http1 {
            return Connection::open(backend, &[], protocols, limit).await;
        }
        let deadline = Instant::now() + limit;
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
        let limit = deadline.saturating_duration_since(Instant::now());
        let connection = Connection::open(backend, &[], protocols, limit).await?;
        opening.found(&connection);
        if let Some(share) = connection.share() {
            self.pool.put(backend, share);
        }
        Ok(connection)
    }

    fn lease(&self, connection: Connection, backend: &Arc<Backend>) -> Lease {
        Lease { connection, backend: backend.clone(), pool: Some(self.pool.clone()) }
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

/// A second copy of a request that is idempotent and has no body.
fn copy_if_repeatable(request: &Request<RequestBody>) -> Option<Request<RequestBody>> {
    if !request.method().is_idempotent() || !request.body().is_empty() {
        return None;
    }
    let mut copy = Request::new(RequestBody::Empty);
    *copy.method_mut() = request.method().clone();
    *copy.uri_mut() = request.uri().clone();
    *copy.headers_mut() = request.headers().clone();
    *copy.extensions_mut() = request.extensions().clone();
    Some(copy)
}
