use std::io;
use std::sync::Arc;

use tokio::io::{AsyncRead, AsyncWrite};
use tokio::time::timeout;

use super::activity::Activity;
use super::begun::Begun;
use super::drain::Drained;
use super::gate::Admitted;
use super::listener::Stream;
use super::peer::{Peer, take_header};
use super::preface::is_http2;
use super::secure::{Protocol, Secured};
use super::service::Service;
use super::watch::{Patience, run};
use super::{http1, http2};
use crate::management::Caller;
use crate::proxy::{Client, Interim};
use crate::proxy_protocol::Header;
use crate::upstream::MaybeTls;

/// Serves one connection until the client closes it, the protocol ends it, or the drain does.
pub(super) async fn serve(
    stream: Stream,
    peer: Peer,
    mut admitted: Admitted,
    service: Arc<Service>,
    drained: Drained,
) {
    match stream {
        Stream::Tcp(stream, _) => serve_on(stream, peer, &mut admitted, service, drained).await,
        #[cfg(unix)]
        Stream::Unix(stream) => serve_on(stream, peer, &mut admitted, service, drained).await,
    }
}

/// Who answers, and whom.
pub(super) struct Answerer {
    pub(super) service: Arc<Service>,
    pub(super) client: Client,
    pub(super) caller: Caller,
    pub(super) activity: Arc<Activity>,
}

impl Answerer {
    /// The same, with a way for interim answers.
    pub(super) fn with_interim(self, interim: &Arc<Interim>) -> Self {
        Answerer { client: self.client.with_interim(interim.clone()), ..self }
    }
}

/// Learns for whom the connection is, and speaks TLS where the listener does.
async fn serve_on<S>(
    stream: S,
    peer: Peer,
    admitted: &mut Admitted,
    service: Arc<Service>,
    mut drained: Drained,
) where
    S: AsyncRead + AsyncWrite + Send + Unpin + 'static,
{
    let activity = Arc::new(Activity::new());
    let patience = service.options().request_head_timeout;
    let mut stream = Begun::new(stream);
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
        return serve_any(stream.map(MaybeTls::<S, Begun<S>>::Plain), answerer, drained).await;
    };
    let secured = tokio::select! {
        biased;
        secured = secure.accept(stream) => secured,
        () = drained.begun() => return,
    };
    let Some(Secured { stream, protocol, subject }) = secured else { return };
    answerer.activity.settled();
    answerer.client = answerer.client.over_tls(subject);
    let stream = Begun::new(MaybeTls::<S, Begun<S>>::Tls(stream));
    match protocol {
        Some(Protocol::Http2) => http2::serve(stream, answerer, drained).await,
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
        Ok(Ok(true)) => http2::serve(stream, answerer, drained).await,
        Ok(Ok(false)) => serve_http1(stream, answerer, drained).await,
        Ok(Err(_)) | Err(_) => {}
    }
}

async fn serve_http1<S>(stream: Begun<S>, answerer: Answerer, drained: Drained)
where
    S: AsyncRead + AsyncWrite + Send + Unpin + 'static,
{
    let (patience, activity) = (Patience::new(answerer.service.options()), answerer.activity.clone());
    // In a box of its own: a connection that speaks another version does not pay for its size.
    let connection = Box::pin(http1::serve(stream, answerer));
    run(connection, |_| activity.end_soon(), &activity, patience, drained).await;
}
