use std::convert::Infallible;
use std::io;
use std::sync::Arc;

use http::{Request, Response};
use hyper::body::Incoming;
use hyper::server::conn::{http1, http2};
use hyper::service::{Service, service_fn};
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::time::timeout;

use super::activity::Activity;
use super::answer::AnswerBody;
use super::begun::Begun;
use super::drain::Drained;
use super::gate::Admitted;
use super::half_closed::HalfClosed;
use super::interim::WithInterim;
use super::listener::Stream;
use super::peer::{Peer, take_header};
use super::preface::is_http2;
use super::secure::{Protocol, Secured};
use super::service::Service as Answers;
use super::watch::{Patience, run};
use super::watched::Watched;
use crate::management::Caller;
use crate::proxy::{Client, Interim};
use crate::proxy_protocol::Header;
use crate::upstream::MaybeTls;

/// What a client may send on a stream, and on a connection, before it is read.
const STREAM_WINDOW: u32 = 64 * 1024;
const CONNECTION_WINDOW: u32 = 512 * 1024;
/// What is held of an answer for a client that does not read.
const SEND_BUFFER: usize = 64 * 1024;
/// How many fields the head of a request may have before hyper takes memory for them.
const USUAL_HEADERS: usize = 100;

/// Serves one connection until the client closes it, the protocol ends it, or the drain does.
pub(super) async fn serve(
    stream: Stream,
    peer: Peer,
    mut admitted: Admitted,
    service: Arc<Answers>,
    drained: Drained,
) {
    match stream {
        Stream::Tcp(stream, _) => serve_on(stream, peer, &mut admitted, service, drained).await,
        #[cfg(unix)]
        Stream::Unix(stream) => serve_on(stream, peer, &mut admitted, service, drained).await,
    }
}

/// Who answers, and whom.
struct Answerer {
    service: Arc<Answers>,
    client: Client,
    caller: Caller,
    activity: Arc<Activity>,
}

impl Answerer {
    fn answering(
        self,
    ) -> impl Service<Request<Incoming>, Response = Response<AnswerBody>, Error = Infallible, Future: Send + 'static>
    {
        let Answerer { service, client, caller, activity } = self;
        service_fn(move |request| {
            activity.request_began();
            let (service, client, activity) = (service.clone(), client.clone(), activity.clone());
            async move { Ok(service.answer(request, &client, caller, activity).await) }
        })
    }
}

/// Learns for whom the connection is, and speaks TLS where the listener does.
async fn serve_on<S>(
    stream: S,
    peer: Peer,
    admitted: &mut Admitted,
    service: Arc<Answers>,
    mut drained: Drained,
) where
    S: AsyncRead + AsyncWrite + Send + Unpin + 'static,
{
    let activity = Arc::new(Activity::new());
    let patience = service.options().request_head_timeout;
    let mut stream = Begun::new(Watched::new(stream, activity.clone()));
    let arrive = async {
        if !service.is_announced(&peer) {
            return Ok(peer.as_client());
        }
        let header = take_header(&mut stream).await?;
        if stream.beginning().is_empty() {
            activity.settled();
        }
        match header {
            Header::Client { source, .. } if !admitted.is_for(source.ip()) => {
                Err(io::ErrorKind::QuotaExceeded.into())
            }
            _ => Ok::<_, io::Error>(peer.behind_proxy(header)),
        }
    };
    // Nothing was asked yet: whatever ends the wait ends the connection, and there is nobody to tell.
    let arrived = tokio::select! {
        biased;
        arrived = timeout(patience, arrive) => arrived,
        () = drained.begun() => return,
    };
    let Ok(Ok((client, caller))) = arrived else { return };
    let mut answerer = Answerer { service, client, caller, activity };
    let Some(secure) = answerer.service.secure() else {
        return serve_any(stream.map(MaybeTls::<Watched<S>, Begun<Watched<S>>>::Plain), answerer, drained)
            .await;
    };
    let secured = tokio::select! {
        biased;
        secured = secure.accept(stream) => secured,
        () = drained.begun() => return,
    };
    let Some(Secured { stream, protocol, subject }) = secured else { return };
    answerer.activity.settled();
    answerer.client = answerer.client.over_tls(subject);
    let stream = Begun::new(MaybeTls::<Watched<S>, Begun<Watched<S>>>::Tls(stream));
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
    let idle = Patience::new(answerer.service.options()).idle;
    let begun = tokio::select! {
        biased;
        begun = timeout(idle, is_http2(&mut stream)) => begun,
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
    let answerer = Answerer { client: answerer.client.with_interim(interim.clone()), ..answerer };
    let options = answerer.service.options();
    let (patience, activity) = (Patience::new(options), answerer.activity.clone());
    let stream = HalfClosed::new(stream, activity.clone(), options.half_close_timeout);
    let stream = WithInterim::new(stream, interim);
    let mut builder = http1::Builder::new();
    builder.max_buf_size(options.request_head_limit as usize);
    if options.request_header_limit > USUAL_HEADERS {
        builder.max_headers(options.request_header_limit);
    }
    let connection = builder.serve_connection(TokioIo::new(stream), answerer.answering()).with_upgrades();
    run(connection, |connection| connection.graceful_shutdown(), &activity, patience, drained).await;
}

async fn serve_http2<S>(stream: Begun<S>, answerer: Answerer, drained: Drained)
where
    S: AsyncRead + AsyncWrite + Send + Unpin + 'static,
{
    let options = answerer.service.options();
    let (patience, activity) = (Patience::new(options).without_heads(), answerer.activity.clone());
    let connection = http2::Builder::new(TokioExecutor::new())
        .timer(TokioTimer::new())
        .max_concurrent_streams(options.stream_limit)
        .initial_stream_window_size(STREAM_WINDOW)
        .initial_connection_window_size(CONNECTION_WINDOW)
        .max_send_buf_size(SEND_BUFFER)
        .max_header_list_size(options.request_head_limit as u32)
        .enable_connect_protocol()
        // A client that is gone without a word while a request runs is found out.
        .keep_alive_interval(patience.idle)
        .serve_connection(TokioIo::new(stream), answerer.answering());
    run(connection, |connection| connection.graceful_shutdown(), &activity, patience, drained).await;
}
