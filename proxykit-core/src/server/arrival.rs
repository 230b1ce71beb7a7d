use std::io;
use std::sync::Arc;

use tokio::io::{AsyncRead, AsyncWrite};
use tokio::time::timeout;

use super::activity::Activity;
use super::connection::Answerer;
use super::drain::Drained;
use super::gate::Admitted;
use super::peer::{Peer, take_header};
use super::preface::is_http2;
use super::secure::{Protocol, Secured};
use super::service::Service;
use super::watch::Patience;
use crate::http1::Begun;
use crate::proxy_protocol::Header;
use crate::upstream::MaybeTls;

/// A stream with or without TLS, of which the beginning may have been read.
pub(super) type ArrivedStream<S> = Begun<MaybeTls<S, Begun<S>>>;

/// A connection of which all is known that must be known before the first request.
pub(super) struct Arrived<S> {
    pub(super) stream: ArrivedStream<S>,
    pub(super) answerer: Answerer,
    pub(super) is_http2: bool,
    /// Its place among the connections, until it is dropped.
    pub(super) admitted: Admitted,
}

/// Learns for whom the connection is, speaks TLS where the listener does, and tells the versions of HTTP apart. None if the
/// connection comes to its end meanwhile.
pub(super) async fn arrive<S>(
    stream: S,
    peer: Peer,
    mut admitted: Admitted,
    service: Arc<Service>,
    drained: Drained,
) -> Option<Arrived<S>>
where
    S: AsyncRead + AsyncWrite + Send + Unpin + 'static,
{
    let activity = Arc::new(Activity::new(service.clock()));
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
        () = drained.begun() => return None,
    };
    let Ok(Ok((client, caller))) = arrived else { return None };
    let mut answerer = Answerer { service, client, caller, activity };
    let Some(secure) = answerer.service.secure() else {
        return tell_apart(stream.map(MaybeTls::Plain), answerer, admitted, drained).await;
    };
    let secured = tokio::select! {
        biased;
        secured = secure.accept(stream) => secured,
        () = drained.begun() => return None,
    };
    let Secured { stream, protocol, subject } = secured?;
    answerer.activity.settled();
    answerer.client = answerer.client.over_tls(subject);
    let stream = Begun::new(MaybeTls::Tls(stream));
    match protocol {
        Some(protocol) => {
            Some(Arrived { stream, answerer, is_http2: matches!(protocol, Protocol::Http2), admitted })
        }
        None => tell_apart(stream, answerer, admitted, drained).await,
    }
}

/// Tells the versions of HTTP apart by the first bytes.
async fn tell_apart<S>(
    mut stream: ArrivedStream<S>,
    answerer: Answerer,
    admitted: Admitted,
    drained: Drained,
) -> Option<Arrived<S>>
where
    S: AsyncRead + AsyncWrite + Send + Unpin + 'static,
{
    let idle = Patience::new(answerer.service.options()).idle;
    let begun = tokio::select! {
        biased;
        begun = timeout(idle, is_http2(&mut stream)) => begun,
        () = drained.begun() => return None,
    };
    let is_http2 = begun.ok()?.ok()?;
    Some(Arrived { stream, answerer, is_http2, admitted })
}
