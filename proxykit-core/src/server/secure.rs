use std::sync::Arc;
use std::time::Duration;

use http::HeaderValue;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::time::timeout;
use tokio_rustls::{TlsAcceptor, TlsStream};

use crate::http1::Begun;
use crate::tls::{HTTP1, HTTP2, ServerTls, subject};

/// The first byte of a client that speaks TLS: the type of the record that a handshake is in (RFC 8446, section 5.1).
const HANDSHAKE: u8 = 22;

/// What is said to a client that speaks HTTP without TLS.
const PLAIN_ANSWER: &[u8] = b"HTTP/1.1 400 Bad Request\r\ncontent-type: text/plain; charset=utf-8\r\n\
    content-length: 55\r\nconnection: close\r\n\r\n400 Bad Request: an HTTP request came to an HTTPS port\n";

/// Makes the handshakes of a listener that speaks TLS.
pub(super) struct Secure {
    tls: Arc<ServerTls>,
    limit: Duration,
}

/// A connection with its handshake made.
pub(super) struct Secured<S> {
    pub(super) stream: Box<TlsStream<Begun<S>>>,
    /// What the two sides agreed on, if the client asked (RFC 7301).
    pub(super) protocol: Option<Protocol>,
    /// Whom the client's certificate is for, if it showed one.
    pub(super) subject: Option<HeaderValue>,
}

/// A version of HTTP.
pub(super) enum Protocol {
    Http1,
    Http2,
}

impl Secure {
    pub(super) fn new(tls: Arc<ServerTls>, limit: Duration) -> Self {
        Secure { tls, limit }
    }

    /// Makes a handshake. A client that does not make its part, in time, is closed, and there is nothing to add: the protocol
    /// has told it why.
    pub(super) async fn accept<S>(&self, stream: Begun<S>) -> Option<Secured<S>>
    where
        S: AsyncRead + AsyncWrite + Unpin,
    {
        // In a box of its own, which goes with the handshake: what a connection holds later is small.
        Box::pin(timeout(self.limit, self.shake_hands(stream))).await.ok()?
    }

    async fn shake_hands<S>(&self, mut begun: Begun<S>) -> Option<Secured<S>>
    where
        S: AsyncRead + AsyncWrite + Unpin,
    {
        if begun.beginning().is_empty() {
            begun.read_more().await.ok()?;
        }
        if begun.beginning().first() != Some(&HANDSHAKE) {
            return refuse(begun).await;
        }
        match TlsAcceptor::from(self.tls.config()).accept(begun).into_fallible().await {
            Ok(stream) => Secured::of(TlsStream::from(stream)),
            Err((_, stream)) => linger(stream).await,
        }
    }
}

impl<S> Secured<S> {
    /// None if the client's certificate is trusted, but cannot be read to its end.
    fn of(stream: TlsStream<Begun<S>>) -> Option<Self> {
        let (_, session) = stream.get_ref();
        let protocol = match session.alpn_protocol() {
            Some(HTTP2) => Some(Protocol::Http2),
            Some(HTTP1) => Some(Protocol::Http1),
            _ => None,
        };
        let subject = match session.peer_certificates().and_then(<[_]>::first) {
            Some(certificate) => Some(HeaderValue::try_from(subject(certificate)?).ok()?),
            None => None,
        };
        Some(Secured { stream: Box::new(stream), protocol, subject })
    }
}

/// Tells a client that has forgotten the `s` of `https`; others are not understood.
async fn refuse<S, T>(mut stream: Begun<S>) -> Option<T>
where
    S: AsyncRead + AsyncWrite + Unpin,
{
    if stream.beginning().first().is_some_and(u8::is_ascii_uppercase) {
        stream.write_all(PLAIN_ANSWER).await.ok()?;
    }
    linger(stream).await
}

/// Ends a connection so that the last words arrive: what the client has sent and nobody reads would make the system
/// reset it, and the words with it. The time limit of the handshake holds here too.
async fn linger<S, T>(mut stream: S) -> Option<T>
where
    S: AsyncRead + AsyncWrite + Unpin,
{
    stream.shutdown().await.ok()?;
    let mut rest = [0; 1024];
    while matches!(stream.read(&mut rest).await, Ok(1..)) {}
    None
}

/// Looks for changed files, again and again. What goes wrong is told to whoever asks for it: a reload that is called.
pub(crate) async fn watch(tls: Arc<ServerTls>, interval: Duration) {
    loop {
        tokio::time::sleep(interval).await;
        let tls = tls.clone();
        // A disk that hangs must not hold up the checks of health.
        tokio::task::spawn_blocking(move || tls.reload_if_changed().ok()).await.ok();
    }
}
