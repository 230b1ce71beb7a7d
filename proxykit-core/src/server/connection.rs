use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::io::{AsyncRead, AsyncWrite};

use super::drain::Drained;
use super::listener::Stream;
use super::service::Service;
use crate::management::Caller;
use crate::proxy::Client;

/// The time that a client may take from the end of one answer to the head of its next request; of the same order
/// as nginx's `client_header_timeout` (60 s) and `keepalive_timeout` (75 s).
const HEAD_TIMEOUT: Duration = Duration::from_secs(60);

/// Serves one connection until the client closes it, the protocol ends it, or the drain does.
pub(super) async fn serve(stream: Stream, service: Arc<Service>, drained: Drained) {
    let (client, caller) = stream.peer();
    match stream {
        Stream::Tcp(stream, _) => serve_on(stream, client, caller, service, drained).await,
        #[cfg(unix)]
        Stream::Unix(stream) => serve_on(stream, client, caller, service, drained).await,
    }
}

async fn serve_on<S>(stream: S, client: Client, caller: Caller, service: Arc<Service>, mut drained: Drained)
where
    S: AsyncRead + AsyncWrite + Send + Unpin + 'static,
{
    let answer = service_fn(|request| {
        let (service, client) = (service.clone(), client.clone());
        async move { service.answer(request, &client, caller).await }
    });
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(HEAD_TIMEOUT)
        .serve_connection(TokioIo::new(stream), answer)
        .with_upgrades();
    let mut connection = pin!(connection);
    // Whether it ends in an error is the client's affair: what concerned a request was answered there.
    tokio::select! {
        biased;
        _ = connection.as_mut() => {}
        () = drained.begun() => {
            connection.as_mut().graceful_shutdown();
            connection.await.ok();
        }
    }
}
