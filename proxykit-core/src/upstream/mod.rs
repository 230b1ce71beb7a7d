//! The way to the backends: dialling, and the pool of connections that stay open.
//!
//! Each worker has an [`Upstream`] of its own, so that a request takes no lock that another core holds. Whether a
//! failed request is tried elsewhere is not decided here: the error says whether it may be.

mod answer;
mod body;
mod connection;
mod dial;
mod failure;
mod go_ahead;
mod http1;
mod http2;
mod kept;
mod maybe_tls;
mod pool;
mod secure;
mod shape;
mod stall;
mod stream;
mod timer;
mod tunnel;

use std::sync::Arc;
use std::time::Duration;

use http::{HeaderMap, HeaderName, HeaderValue, Request, Response, StatusCode, header};
use tokio::time::{Instant, timeout_at};

pub(crate) use answer::AnswerBody;
use answer::Content;
pub(crate) use body::{BodyLimits, Progress, RequestBody};
use connection::Connection;
pub(crate) use dial::dial;
pub(crate) use go_ahead::GoAhead;
pub(crate) use maybe_tls::MaybeTls;
use pool::Pool;
use secure::Protocols;
pub(crate) use stall::Stall;

use crate::backend::{Backend, InFlight};
use crate::clock::Clock;
use crate::config::Scheme;
use crate::error::{Error, ErrorKind, Result, Retry};
use crate::http1::Passed;
use crate::tls;

/// The connections of one worker.
#[derive(Default)]
pub(crate) struct Upstream {
    pool: Arc<Pool>,
    clock: Clock,
}

/// Names the backend that a request is sent to.
pub(crate) static X_ORIGIN_HOST: HeaderName = HeaderName::from_static("x-origin-host");

/// A field that the proxy adds to a request.
///
/// It stands beside the request's own: to put one with a name that is not a usual one into a map, and to read it out again, costs
/// 250 instructions, and each request has four of them.
pub(crate) type Added<'a> = (&'a HeaderName, &'a HeaderValue);

/// What holds for all attempts to send a request.
pub(crate) struct Terms<'a> {
    /// What is sent ahead of all else, and speaks of this request's client. The connection is a new one then, and for this
    /// request only: on a kept one the next client would go by the name of this one.
    pub(crate) opening: Option<&'a [u8]>,
    /// What is said of the client in fields that are not among the request's own. [`X_ORIGIN_HOST`] comes to them.
    pub(crate) announced: [Option<Added<'a>>; 3],
    /// The time limit for opening a connection.
    pub(crate) connect: Duration,
    /// The time limit for the head of the answer, from the last piece of the request.
    pub(crate) response_head: Duration,
    pub(crate) clock: &'a Clock,
    /// What takes a backend's interim answers; those of HTTP/2 do not come through.
    pub(crate) interim: &'a (dyn Fn(StatusCode, &HeaderMap) + Sync),
}

impl<'a> Terms<'a> {
    /// The fields that a request to the backend of this name gets.
    fn added(&self, backend: &'a HeaderValue) -> impl Iterator<Item = Added<'a>> {
        self.announced.into_iter().flatten().chain([(&X_ORIGIN_HOST, backend)])
    }
}

impl Upstream {
    pub(crate) fn clock(&self) -> &Clock {
        &self.clock
    }

    /// Sends a request to the backend at which it has a place, and waits for the head of the answer.
    ///
    /// A connection from the pool that turns out to be dead is replaced, and the request sent again on the next one, if it
    /// may be. After a failure the request is still there, and [`may_be_repeated`] says whether it can be sent elsewhere.
    /// `passed` has the request's fields that are in no map, and then the answer's.
    pub(crate) async fn send(
        &self,
        in_flight: InFlight,
        request: &mut Request<RequestBody>,
        mut passed: Option<&mut Passed>,
        terms: &Terms<'_>,
    ) -> Result<Response<AnswerBody>> {
        let backend = in_flight.backend();
        let protocols = protocols_for(backend, request);
        loop {
            let kept = terms.opening.is_none().then(|| self.pool.take(backend.id(), protocols)).flatten();
            let (mut connection, is_new) = match kept {
                Some(connection) => (connection, false),
                // In a box of its own, as all that few requests need: what is waiting for an answer stays small.
                None => {
                    let opened = Box::pin(self.open(backend, terms.opening, protocols, terms.connect)).await;
                    (opened.inspect_err(|error| backend.tally().count_failure(error.kind()))?, true)
                }
            };
            // It may get one chance only: ask the operating system whether the backend has closed the connection
            // meanwhile. It costs a system call, which a request that can be repeated in any case saves.
            let has_one_chance = !request.method().is_idempotent() || !request.body().is_empty();
            if !is_new && has_one_chance && connection.is_stale_now() {
                continue;
            }
            request.body_mut().rewind();
            let name = backend.target().authority();
            let answer = match connection {
                Connection::Http1(connection) => {
                    let answer = connection.send(request, passed.as_deref_mut(), terms, name).await;
                    answer.map(|answer| answer.map(Content::Http1))
                }
                Connection::Http2(share) => {
                    let answer = Box::pin(share.send(request, passed.as_deref_mut(), terms, name)).await;
                    answer.map(|answer| answer.map(|answer| Content::Http2(Box::new(answer))))
                }
            };
            match answer {
                Ok(answer) => {
                    let pool = terms.opening.is_none().then(|| self.pool.clone());
                    return Ok(AnswerBody::of(answer, in_flight, pool));
                }
                Err(error) if !is_new && may_be_repeated(request, &error) => {}
                Err(error) => {
                    backend.tally().count_failure(error.kind());
                    return Err(error);
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
            && let Some(mut connection) = self.pool.take(backend.id(), protocols)
            && !connection.is_stale_now()
        {
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

/// Whether a request that failed so may be sent again: its error allows it, and nothing of its body is lost.
pub(crate) fn may_be_repeated(request: &Request<RequestBody>, error: &Error) -> bool {
    let is_allowed = match error.may_retry() {
        Retry::Never => false,
        Retry::Unsent => true,
        Retry::IfIdempotent => request.method().is_idempotent(),
    };
    is_allowed && request.body().is_whole()
}

/// The versions of HTTP that a request can be sent in.
fn protocols_for(backend: &Backend, request: &Request<RequestBody>) -> Protocols {
    match backend.target().scheme() {
        Scheme::H2c => Protocols::Any,
        Scheme::Https if !request.headers().contains_key(header::UPGRADE) => Protocols::Any,
        _ => Protocols::Http1,
    }
}
