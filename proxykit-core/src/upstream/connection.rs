use std::future::{Future, poll_fn};
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, OnceLock};
use std::task::Waker;
use std::time::Duration;

use http::{Request, Response};
use hyper::body::Incoming;
use hyper::client::conn::{http1, http2};
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use tokio::time::{Instant, sleep, timeout_at};

use super::body::Progress;
use super::secure::{self, Protocols};
use super::stream::{CheckOnRead, Stream};
use super::{Failed, MaybeTls, RequestBody, dial, failure, shape};
use crate::backend::Backend;
use crate::config::Scheme;
use crate::error::{Error, ErrorKind, Result, Retry};

/// How many requests share a connection of HTTP/2, unless the backend wants fewer: what RFC 9113, section 6.5.2
/// asks backends to allow at the least.
const MOST_STREAMS: usize = 100;
/// The window of a stream, and of a connection: what a backend may send before it is read. Both bound the memory that
/// a client that does not read can cost.
const STREAM_WINDOW: u32 = 256 * 1024;
const CONNECTION_WINDOW: u32 = 2 * 1024 * 1024;

/// What is held of an answer of HTTP/1.1 that comes faster than it is passed on; the largest head of one as well.
const MOST_BUFFERED: usize = 64 * 1024;

/// How long the first word of a backend of HTTP/2 is waited for, if it matters: what it does not say by then it does not say.
const SETTINGS_TIMEOUT: Duration = Duration::from_secs(1);
const SETTINGS_LOOK: Duration = Duration::from_millis(2);

/// A connection to a backend.
pub(super) enum Connection {
    /// For one request at a time.
    Http1 { sender: http1::SendRequest<RequestBody>, check: CheckOnRead },
    /// For many. Each share holds a clone of `streams`, so that their number tells how many requests there are.
    Http2 { sender: http2::SendRequest<RequestBody>, streams: Arc<Streams>, scheme: &'static str },
}

/// What a backend says of the streams of a connection.
pub(super) struct Streams {
    /// How many it takes at a time.
    most: AtomicUsize,
    /// Whether it takes tunnels (RFC 8441, section 3).
    takes_tunnels: AtomicBool,
    /// Has the driver look what the backend has said.
    driver: OnceLock<Waker>,
}

impl Connection {
    /// Opens a connection that begins with `opening`; a task of the current runtime drives it until it closes. `protocols`
    /// are those that a backend may choose from in TLS.
    pub(super) async fn open(
        backend: &Backend,
        opening: &[u8],
        protocols: Protocols,
        limit: Duration,
    ) -> Result<Self> {
        let deadline = Instant::now() + limit;
        let mut socket = dial(backend.target(), limit).await?;
        // It is short: the socket of a new connection takes it at once, and nothing waits.
        socket
            .write_all(opening)
            .await
            .map_err(|error| Error::from(ErrorKind::ConnectFailed).because(error).retry(Retry::Unsent))?;
        let check = Arc::new(AtomicBool::new(false));
        let (stream, is_http2) = match backend.tls() {
            None => {
                let is_http2 = backend.target().scheme() == Scheme::H2c;
                (MaybeTls::Plain(Stream::new(socket, check.clone())), is_http2)
            }
            Some(tls) => {
                let stream = Stream::below_tls(socket, check.clone());
                let (stream, is_http2) = secure::connect(tls, stream, protocols, deadline).await?;
                (MaybeTls::Tls(Box::new(stream)), is_http2)
            }
        };
        let io = TokioIo::new(stream);
        let broken =
            |error: hyper::Error| Error::from(ErrorKind::ConnectFailed).because(error).retry(Retry::Unsent);
        // What ends a driver ends the exchanges as well, and is reported there.
        if is_http2 {
            let mut builder = http2::Builder::new(TokioExecutor::new());
            builder.timer(TokioTimer::new());
            builder
                .initial_stream_window_size(STREAM_WINDOW)
                .initial_connection_window_size(CONNECTION_WINDOW);
            let (sender, mut driver) = builder.handshake(io).await.map_err(broken)?;
            let streams = Arc::new(Streams::new());
            let said = Arc::downgrade(&streams);
            tokio::spawn(poll_fn(move |cx| {
                let poll = Pin::new(&mut driver).poll(cx);
                if let Some(said) = said.upgrade() {
                    said.most.store(driver.current_max_send_streams().min(MOST_STREAMS), Ordering::Relaxed);
                    said.takes_tunnels
                        .store(driver.is_extended_connect_protocol_enabled(), Ordering::Relaxed);
                    said.driver.get_or_init(|| cx.waker().clone());
                }
                poll
            }));
            let scheme = if backend.tls().is_some() { "https" } else { "http" };
            return Ok(Connection::Http2 { sender, streams, scheme });
        }
        let (sender, driver) =
            http1::Builder::new().max_buf_size(MOST_BUFFERED).handshake(io).await.map_err(broken)?;
        tokio::spawn(async move { driver.with_upgrades().await.ok() });
        Ok(Connection::Http1 { sender, check: CheckOnRead(check) })
    }

    /// Whether it speaks HTTP/2.
    pub(super) fn is_http2(&self) -> bool {
        matches!(self, Connection::Http2 { .. })
    }

    /// Has the next [`Connection::send`] find out first whether the backend has closed the connection.
    pub(super) fn check_before_sending(&self) {
        match self {
            Connection::Http1 { check, .. } => check.request(),
            // The protocol says which requests were not begun (RFC 9113, section 8.7).
            Connection::Http2 { .. } => {}
        }
    }

    /// Whether a request can be sent at once.
    pub(super) fn is_ready(&self) -> bool {
        match self {
            Connection::Http1 { sender, .. } => sender.is_ready(),
            Connection::Http2 { sender, streams, .. } => {
                sender.is_ready() && Arc::strong_count(streams) <= streams.most.load(Ordering::Relaxed)
            }
        }
    }

    /// Whether no request can be sent any more.
    pub(super) fn is_closed(&self) -> bool {
        match self {
            Connection::Http1 { sender, .. } => sender.is_closed(),
            Connection::Http2 { sender, .. } => sender.is_closed(),
        }
    }

    /// Whether it can carry a request that asks for another protocol: HTTP/2 has no `Upgrade` (RFC 9113, section 8.6).
    pub(super) fn can_upgrade(&self) -> bool {
        matches!(self, Connection::Http1 { .. })
    }

    /// The same connection for one more request, if its protocol has that.
    pub(super) fn share(&self) -> Option<Self> {
        match self {
            Connection::Http1 { .. } => None,
            Connection::Http2 { sender, streams, scheme } => {
                Some(Connection::Http2 { sender: sender.clone(), streams: streams.clone(), scheme })
            }
        }
    }

    /// Whether requests are under way on other shares of it.
    pub(super) fn is_shared(&self) -> bool {
        matches!(self, Connection::Http2 { streams, .. } if Arc::strong_count(streams) > 1)
    }

    /// Sends a request and waits for the head of the answer.
    pub(super) async fn send(
        &mut self,
        mut request: Request<RequestBody>,
        limit: Duration,
    ) -> Result<Response<Incoming>, Box<Failed>> {
        let progress = request.body().progress();
        let shaped = match self {
            Connection::Http1 { .. } => shape::for_http1(&mut request).map(|()| None),
            Connection::Http2 { scheme, .. } => shape::for_http2(&mut request, scheme),
        };
        let tunnel = shaped.map_err(|error| Box::new(Failed { error, request: None }))?;
        if let Connection::Http2 { streams, .. } = self {
            // hyper's client does not say what the backend says of it here.
            request.body().do_not_hold_back();
            if tunnel.is_some() && !streams.take_tunnels().await {
                let error =
                    Error::new(ErrorKind::UpstreamProtocol, "the backend takes no tunnels over HTTP/2");
                return Err(Box::new(Failed { error: error.retry(Retry::Unsent), request: Some(request) }));
            }
        }
        let answer = match self {
            Connection::Http1 { sender, .. } => {
                head_within(limit, progress.as_ref(), sender.try_send_request(request)).await
            }
            Connection::Http2 { sender, .. } => {
                head_within(limit, progress.as_ref(), sender.try_send_request(request)).await
            }
        };
        match answer {
            Some(Ok(mut response)) => {
                if let Some(tunnel) = tunnel {
                    tunnel.opened(&mut response);
                }
                if let Some(progress) = &progress {
                    progress.answered();
                }
                Ok(response)
            }
            Some(Err(mut error)) => {
                if let Some(limit) = progress.as_ref().and_then(Progress::broken) {
                    return Err(Box::new(Failed { error: limit.into(), request: None }));
                }
                let request = error.take_message();
                let error = failure::of_exchange(error.into_error());
                // A request that comes back was never begun.
                let error = if request.is_some() { error.retry(Retry::Unsent) } else { error };
                Err(Box::new(Failed { error, request }))
            }
            None => Err(Box::new(Failed { error: ErrorKind::ResponseTimeout.into(), request: None })),
        }
    }
}

impl Streams {
    fn new() -> Self {
        let (most, takes_tunnels) = (AtomicUsize::new(MOST_STREAMS), AtomicBool::new(false));
        Streams { most, takes_tunnels, driver: OnceLock::new() }
    }

    /// Whether the backend takes tunnels. On a new connection it may not have said so yet, and hyper tells nobody when it
    /// does.
    async fn take_tunnels(&self) -> bool {
        let end = Instant::now() + SETTINGS_TIMEOUT;
        while !self.takes_tunnels.load(Ordering::Relaxed) {
            if Instant::now() >= end {
                return false;
            }
            if let Some(driver) = self.driver.get() {
                driver.wake_by_ref();
            }
            sleep(SETTINGS_LOOK).await;
        }
        true
    }
}

/// The result of `response`, or none if it is not there within `limit` of the last piece of the request.
async fn head_within<F: Future>(
    limit: Duration,
    progress: Option<&Progress>,
    response: F,
) -> Option<F::Output> {
    let mut response = std::pin::pin!(response);
    let mut deadline = Instant::now() + limit;
    loop {
        match timeout_at(deadline, response.as_mut()).await {
            Ok(output) => return Some(output),
            Err(_) => match progress {
                Some(progress) if progress.last() + limit > deadline => deadline = progress.last() + limit,
                _ => return None,
            },
        }
    }
}
