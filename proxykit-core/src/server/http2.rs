use std::convert::Infallible;
use std::pin::pin;

use http::Request;
use hyper::body::Incoming;
use hyper::server::conn::http2;
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use tokio::io::{AsyncRead, AsyncWrite};

use super::answer::Begun as BegunRequest;
use super::connection::Answerer;
use super::drain::Drained;
use super::watch::{Patience, run};
use super::watched::Watched;
use crate::http1::Begun;
use crate::upstream::RequestBody;

/// What a client may send on a stream, and on a connection, before it is read.
const STREAM_WINDOW: u32 = 64 * 1024;
const CONNECTION_WINDOW: u32 = 512 * 1024;
/// What is held of an answer for a client that does not read.
const SEND_BUFFER: usize = 64 * 1024;

/// Serves a connection of HTTP/2 until one side ends it.
pub(super) async fn serve<S>(stream: Begun<S>, answerer: Answerer, drained: Drained)
where
    S: AsyncRead + AsyncWrite + Send + Unpin + 'static,
{
    let Answerer { service, client, caller, activity } = answerer;
    let options = service.options();
    let patience = Patience::new(options).without_heads();
    let stream = Watched::new(stream, activity.clone());
    let mut builder = http2::Builder::new(TokioExecutor::new());
    builder
        .timer(TokioTimer::new())
        .max_concurrent_streams(options.stream_limit)
        .initial_stream_window_size(STREAM_WINDOW)
        .initial_connection_window_size(CONNECTION_WINDOW)
        .max_send_buf_size(SEND_BUFFER)
        .max_header_list_size(options.request_head_limit as u32)
        .enable_connect_protocol()
        // A client that is gone without a word while a request runs is found out.
        .keep_alive_interval(patience.idle);
    let answering = {
        let activity = activity.clone();
        service_fn(move |request: Request<Incoming>| {
            let begun = BegunRequest::new(&activity);
            let (service, client) = (service.clone(), client.clone());
            async move {
                let mut request = request.map(RequestBody::incoming);
                begun.hold_for_tunnel(&mut request);
                let progress = request.body().progress();
                let response = service.answer(&mut request, None, &client, caller).await;
                Ok::<_, Infallible>(response.map(|content| begun.answered(content, progress)))
            }
        })
    };
    let connection = pin!(builder.serve_connection(TokioIo::new(stream), answering));
    run(connection, |connection| connection.graceful_shutdown(), &activity, patience, &drained).await;
}
