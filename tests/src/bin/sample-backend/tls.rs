//! TLS, with those who begin so.

use std::error::Error;
use std::path::PathBuf;
use std::sync::Arc;

use proxykit_tests::tls::{provider, read_certificates, read_key, read_roots};
use rustls::ServerConfig;
use rustls::server::WebPkiClientVerifier;
use tokio::net::TcpStream;
use tokio_rustls::TlsAcceptor;

use crate::connection;
use crate::state::State;

/// What TLS is spoken with, if it is.
#[derive(Default)]
pub(crate) struct Files {
    pub(crate) chain: Option<PathBuf>,
    pub(crate) key: Option<PathBuf>,
    pub(crate) client_ca: Option<PathBuf>,
    pub(crate) alpn: Vec<Vec<u8>>,
}

impl Files {
    pub(crate) fn acceptor(self) -> Result<Option<TlsAcceptor>, Box<dyn Error>> {
        let (Some(chain), Some(key)) = (self.chain, self.key) else { return Ok(None) };
        let builder =
            ServerConfig::builder_with_provider(provider()).with_safe_default_protocol_versions()?;
        let builder = match self.client_ca {
            None => builder.with_no_client_auth(),
            Some(file) => {
                let roots = Arc::new(read_roots(&file)?);
                builder.with_client_cert_verifier(
                    WebPkiClientVerifier::builder_with_provider(roots, provider()).build()?,
                )
            }
        };
        let mut config = builder.with_single_cert(read_certificates(&chain)?, read_key(&key)?)?;
        config.alpn_protocols = self.alpn;
        Ok(Some(Arc::new(config).into()))
    }
}

/// Serves a connection; one that does not begin with a handshake is plain, so that the test can talk to it.
pub(crate) async fn serve(socket: TcpStream, acceptor: Option<TlsAcceptor>, state: Arc<State>) {
    let mut first = [0];
    if let Some(acceptor) = acceptor
        && matches!(socket.peek(&mut first).await, Ok(1))
        && first == [22]
    {
        // A handshake that fails is what some tests want.
        if let Ok(stream) = acceptor.accept(socket).await {
            let is_http2 = stream.get_ref().1.alpn_protocol() == Some(b"h2");
            connection::serve(stream, is_http2, state).await;
        }
        return;
    }
    connection::serve(socket, false, state).await;
}
