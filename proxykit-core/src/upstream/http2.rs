//! HTTP/2 to a backend: many requests share a connection, which hyper drives.

use std::future::{Future, poll_fn};
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, OnceLock};
use std::task::Waker;
use std::time::Duration;

use http::{HeaderValue, Request, Response, StatusCode};
use hyper::body::Incoming;
use hyper::client::conn::http2;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use tokio::time::{Instant, sleep, timeout_at};

use super::body::Progress;
use super::stream::Stream;
use super::{MaybeTls, RequestBody, Terms, failure, shape};
use crate::error::{Error, ErrorKind, Result, Retry};
use crate::http1::{OnUpgrade, Passed};

/// How many requests share a connection, unless the backend wants fewer: what RFC 9113, section 6.5.2 asks backends to
/// allow at the least.
const MOST_STREAMS: usize = 100;
/// The window of a stream, and of a connection: what a backend may send before it is read. Both bound the memory that
/// a client that does not read can cost.
const STREAM_WINDOW: u32 = 256 * 1024;
const CONNECTION_WINDOW: u32 = 2 * 1024 * 1024;

/// How long the first word of a backend is waited for, if it matters: what it does not say by then it does not say.
const SETTINGS_TIMEOUT: Duration = Duration::from_secs(1);
const SETTINGS_LOOK: Duration = Duration::from_millis(2);

/// A share of a connection to a backend.
#[derive(Clone)]
pub(super) struct Http2 {
    sender: http2::SendRequest<RequestBody>,
    /// Each share holds a clone, so that their number tells how many requests there are.
    streams: Arc<Streams>,
    scheme: &'static str,
}

/// What a backend says of the streams of a connection.
struct Streams {
    /// How many it takes at a time.
    most: AtomicUsize,
    /// Whether it takes tunnels (RFC 8441, section 3).
    takes_tunnels: AtomicBool,
    /// Has the driver look what the backend has said.
    driver: OnceLock<Waker>,
}

/// The body of an answer, and the share that it comes in on.
pub(super) struct Answer {
    pub(super) body: Incoming,
    pub(super) share: Option<Http2>,
    /// Where the answer opens a tunnel.
    pub(super) tunnel: Option<OnUpgrade>,
}

impl Http2 {
    /// Opens a connection, which a task of the current runtime drives until it closes.
    pub(super) async fn open(stream: MaybeTls<Stream>) -> Result<Self> {
        let scheme = if matches!(stream, MaybeTls::Tls(_)) { "https" } else { "http" };
        let mut builder = http2::Builder::new(TokioExecutor::new());
        builder.timer(TokioTimer::new());
        builder.initial_stream_window_size(STREAM_WINDOW).initial_connection_window_size(CONNECTION_WINDOW);
        let handshake = builder.handshake(TokioIo::new(stream)).await;
        let (sender, mut driver) = handshake
            .map_err(|error| Error::from(ErrorKind::ConnectFailed).because(error).retry(Retry::Unsent))?;
        let streams = Arc::new(Streams::new());
        let said = Arc::downgrade(&streams);
        // What ends a driver ends the exchanges as well, and is reported there.
        tokio::spawn(poll_fn(move |cx| {
            let poll = Pin::new(&mut driver).poll(cx);
            if let Some(said) = said.upgrade() {
                said.most.store(driver.current_max_send_streams().min(MOST_STREAMS), Ordering::Relaxed);
                said.takes_tunnels.store(driver.is_extended_connect_protocol_enabled(), Ordering::Relaxed);
                said.driver.get_or_init(|| cx.waker().clone());
            }
            poll
        }));
        Ok(Http2 { sender, streams, scheme })
    }

    /// Whether a request can be sent at once.
    pub(super) fn is_ready(&self) -> bool {
        self.sender.is_ready()
            && Arc::strong_count(&self.streams) <= self.streams.most.load(Ordering::Relaxed)
    }

    /// Whether no request can be sent any more.
    pub(super) fn is_closed(&self) -> bool {
        self.sender.is_closed()
    }

    /// Whether there are other shares of it.
    pub(super) fn is_shared(&self) -> bool {
        Arc::strong_count(&self.streams) > 1
    }

    /// Sends a request and waits for the head of the answer. hyper gets a copy of the head: the request is left as it was,
    /// but for what was read of its body.
    pub(super) async fn send(
        mut self,
        request: &Request<RequestBody>,
        passed: Option<&mut Passed>,
        terms: &Terms<'_>,
        backend: &HeaderValue,
    ) -> Result<Response<Answer>> {
        let progress = request.body().progress();
        let mut request = request.clone();
        for (name, value) in terms.added(backend) {
            request.headers_mut().insert(name, value.clone());
        }
        if let Some(passed) = &passed {
            passed.put_into(request.headers_mut())?;
        }
        let tunnel = shape::for_http2(&mut request, self.scheme)?;
        // hyper's client does not say what the backend says of it here.
        request.body().do_not_hold_back();
        if tunnel.is_some() && !self.streams.take_tunnels().await {
            let error = Error::new(ErrorKind::UpstreamProtocol, "the backend takes no tunnels over HTTP/2");
            return Err(error.retry(Retry::Unsent));
        }
        let answer =
            head_within(terms.response_head, progress.as_ref(), self.sender.try_send_request(request)).await;
        match answer {
            Some(Ok(mut response)) => {
                if let Some(tunnel) = tunnel {
                    tunnel.opened(&mut response);
                }
                if let Some(progress) = &progress {
                    progress.answered();
                }
                if let Some(passed) = passed {
                    passed.clear();
                }
                let is_tunnel = response.status() == StatusCode::SWITCHING_PROTOCOLS;
                let tunnel = is_tunnel.then(|| OnUpgrade::by_hyper(&mut response));
                Ok(response.map(|body| Answer { body, share: Some(self), tunnel }))
            }
            Some(Err(mut error)) => {
                if let Some(limit) = progress.as_ref().and_then(Progress::broken) {
                    return Err(limit.into());
                }
                let was_begun = error.take_message().is_none();
                let error = failure::of_exchange(error.into_error());
                Err(if was_begun { error } else { error.retry(Retry::Unsent) })
            }
            None => Err(ErrorKind::ResponseTimeout.into()),
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
