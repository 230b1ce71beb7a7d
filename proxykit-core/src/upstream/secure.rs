use tokio::time::{Instant, timeout_at};
use tokio_rustls::{TlsConnector, TlsStream};

use super::stream::Stream;
use crate::error::Error;
use crate::error::{ErrorKind, Result, Retry};
use crate::tls::{self, BackendTls, HTTP2};

/// Which versions of HTTP a backend is offered in TLS.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Protocols {
    Any,
    Http1,
}

/// Makes the handshake with a backend, and says whether it chose HTTP/2.
pub(super) async fn connect(
    tls: &BackendTls,
    stream: Stream,
    protocols: Protocols,
    deadline: Instant,
) -> Result<(TlsStream<Stream>, bool)> {
    let connector = TlsConnector::from(tls.config(protocols == Protocols::Http1));
    match timeout_at(deadline, connector.connect(tls.server_name(), stream)).await {
        Ok(Ok(stream)) => {
            let is_http2 = stream.get_ref().1.alpn_protocol() == Some(HTTP2);
            Ok((stream.into(), is_http2))
        }
        Ok(Err(error)) => Err(tls::of_handshake(error)),
        Err(_) => Err(Error::from(ErrorKind::ConnectTimeout).retry(Retry::Unsent)),
    }
}
