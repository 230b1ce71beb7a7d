use std::convert::Infallible;
use std::future::Future;
use std::io;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::time::Duration;

use http::{Request, Response};
use hyper::body::Incoming;
use hyper::server::conn::{http1, http2};
use hyper::service::{Service, service_fn};
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::time::timeout;

use super::begun::Begun;
use super::drain::Drained;
use super::interim::WithInterim;
use super::listener::Stream;
use super::peer::{Peer, take_header};
use super::preface::is_http2;
use super::secure::{Protocol, Secured};
use super::service::{Body, Service as Answers};
use crate::management::Caller;
use crate::proxy::{Client, Interim};
use crate::upstream::MaybeTls;

/// The time that a client may take from the end of one answer to the head of its next request; of the same order
/// as nginx's `client_header_timeout` (60 s) and `keepalive_timeout` (75 s).
const HEAD_TIMEOUT: Duration = Duration::from_secs(60);

/// How many requests a client may have under way on one connection of HTTP/2 (nginx: 128, Envoy's advice: 100).
const MOST_STREAMS: u32 = 100;
/// What a client may send on a stream, and on a connection, before it is read.
const STREAM_WINDOW: u32 = 64 * 1024;
const CONNECTION_WINDOW: u32 = 512 * 1024;
/// What is held of an answer for a client that does not read.
const SEND_BUFFER: usize = 64 * 1024;
/// The largest head of a request, in HTTP/2's way of counting.
const MOST_HEAD: u32 = 64 * 1024;

/// Serves one connection until the client closes it, the protocol ends it, or the drain does.
pub(super) async fn serve(stream: Stream, service: Arc<Answers>, drained: Drained) {
    let peer = stream.peer();
    match stream {
        Stream::Tcp(stream, _) => serve_on(stream, peer, service, drained).await,
        #[cfg(unix)]
        Stream::Unix(stream) => serve_on(stream, peer, service, drained).await,
    }
}

/// Who answers, and whom.
struct Answerer {
    service: Arc<Answers>,
    client: Client,
    caller: Caller,
}

impl Answerer {
    fn answering(
        self,
    ) -> impl Service<Request<Incoming>, Response = Response<Body>, Error = Infallible, Future: Send + 'static>
    {
        let Answerer { service, client, caller } = self;
        service_fn(move |request| {
            let (service, client) = (service.clone(), client.clone());
            async move { service.answer(request, &client, caller).await }
        })
    }
}

/// Learns for whom the connection is, and speaks TLS where the listener does.
async fn serve_on<S>(stream: S, peer: Peer, service: Arc<Answers>, mut drained: Drained)
where
    S: AsyncRead + AsyncWrite + Send + Unpin + 'static,
{
    let mut stream = Begun::new(stream);
    let arrive = async {
        Ok::<_, io::Error>(match service.is_announced(&peer) {
            true => peer.behind_proxy(take_header(&mut stream).await?),
            false => peer.as_client(),
        })
    };
    // Nothing was asked yet: whatever ends the wait ends the connection, and there is nobody to tell.
    let arrived = tokio::select! {
        biased;
        arrived = timeout(HEAD_TIMEOUT, arrive) => arrived,
        () = drained.begun() => return,
    };
    let Ok(Ok((client, caller))) = arrived else { return };
    let mut answerer = Answerer { service, client, caller };
    let Some(secure) = answerer.service.secure() else {
        return serve_any(stream.map(MaybeTls::<S, Begun<S>>::Plain), answerer, drained).await;
    };
    let secured = tokio::select! {
        biased;
        secured = secure.accept(stream) => secured,
        () = drained.begun() => return,
    };
    let Some(Secured { stream, protocol, subject }) = secured else { return };
    answerer.client = answerer.client.over_tls(subject);
    let stream = Begun::new(MaybeTls::<S, Begun<S>>::Tls(stream));
    match protocol {
        Some(Protocol::Http2) => serve_http2(stream, answerer, drained).await,
        Some(Protocol::Http1) => serve_http1(stream, answerer, drained).await,
        None => serve_any(stream, answerer, drained).await,
    }
}

/// Tells the versions of HTTP apart by the first bytes.
async fn serve_any<S>(mut stream: Begun<S>, answerer: Answerer, mut drained: Drained)
where
    S: AsyncRead + AsyncWrite + Send + Unpin + 'static,
{
    let begun = tokio::select! {
        biased;
        begun = timeout(HEAD_TIMEOUT, is_http2(&mut stream)) => begun,
        () = drained.begun() => return,
    };
    match begun {
        Ok(Ok(true)) => serve_http2(stream, answerer, drained).await,
        Ok(Ok(false)) => serve_http1(stream, answerer, drained).await,
        Ok(Err(_)) | Err(_) => {}
    }
}

async fn serve_http1<S>(stream: Begun<S>, answerer: Answerer, drained: Drained)
where
    S: AsyncRead + AsyncWrite + Send + Unpin + 'static,
{
    let interim = Arc::<Interim>::default();
    let stream = WithInterim::new(stream, interim.clone());
    let answerer = Answerer { client: answerer.client.with_interim(interim), ..answerer };
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(HEAD_TIMEOUT)
        .serve_connection(TokioIo::new(stream), answerer.answering())
        .with_upgrades();
    until_drained(connection, |connection| connection.graceful_shutdown(), drained).await;
}

async fn serve_http2<S>(stream: Begun<S>, answerer: Answerer, drained: Drained)
where
    S: AsyncRead + AsyncWrite + Send + Unpin + 'static,
{
    let connection = http2::Builder::new(TokioExecutor::new())
        .timer(TokioTimer::new())
        .max_concurrent_streams(MOST_STREAMS)
        .initial_stream_window_size(STREAM_WINDOW)
        .initial_connection_window_size(CONNECTION_WINDOW)
        .max_send_buf_size(SEND_BUFFER)
        .max_header_list_size(MOST_HEAD)
        .enable_connect_protocol()
        // A client that is gone without a word is found out: nobody else would ever close the connection.
        .keep_alive_interval(HEAD_TIMEOUT)
        .serve_connection(TokioIo::new(stream), answerer.answering());
    until_drained(connection, |connection| connection.graceful_shutdown(), drained).await;
}

/// Runs a connection. Whether it ends in an error is the client's affair: what concerned a request was answered there.
async fn until_drained<C>(connection: C, shut_down: impl FnOnce(Pin<&mut C>), mut drained: Drained)
where
    C: Future,
{
    let mut connection = pin!(connection);
    tokio::select! {
        biased;
        _ = connection.as_mut() => {}
        () = drained.begun() => {
            shut_down(connection.as_mut());
            connection.await;
        }
    }
}
