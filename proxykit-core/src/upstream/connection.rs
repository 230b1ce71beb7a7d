use std::task::{Context, Poll};
use std::time::Duration;

use tokio::time::Instant;

use super::http1::Http1;
use super::http2::Http2;
use super::secure::{self, Protocols};
use super::stream::Stream;
use super::{MaybeTls, dial};
use crate::backend::Backend;
use crate::config::Scheme;
use crate::error::{Error, ErrorKind, Result, Retry};

/// A connection to a backend.
pub(super) enum Connection {
    /// For one request at a time.
    Http1(Box<Http1>),
    /// For many.
    Http2(Http2),
}

impl Connection {
    /// Opens a connection that begins with `opening`. `protocols` are those that a backend may choose from in TLS.
    pub(super) async fn open(
        backend: &Backend,
        opening: &[u8],
        protocols: Protocols,
        limit: Duration,
    ) -> Result<Self> {
        let deadline = Instant::now() + limit;
        let mut socket = dial(backend.target(), limit).await?;
        // It is short: the socket of a new connection takes it at once, and nothing waits.
        socket
            .write_all(opening)
            .await
            .map_err(|error| Error::from(ErrorKind::ConnectFailed).because(error).retry(Retry::Unsent))?;
        let stream = Stream::new(socket);
        let (stream, is_http2) = match backend.tls() {
            None => (MaybeTls::Plain(stream), backend.target().scheme() == Scheme::H2c),
            Some(tls) => {
                let (stream, is_http2) = secure::connect(tls, stream, protocols, deadline).await?;
                (MaybeTls::Tls(Box::new(stream)), is_http2)
            }
        };
        if is_http2 {
            Ok(Connection::Http2(Http2::open(stream).await?))
        } else {
            Ok(Connection::Http1(Box::new(Http1::new(stream))))
        }
    }

    /// Whether the backend has closed an idle connection, or spoilt it, as the system knows it at this moment.
    pub(super) fn is_stale_now(&mut self) -> bool {
        match self {
            Connection::Http1(connection) => connection.is_stale_now(),
            // The protocol says which requests were not begun (RFC 9113, section 8.7).
            Connection::Http2(_) => false,
        }
    }

    /// Whether a request can be sent at once.
    pub(super) fn is_ready(&self) -> bool {
        match self {
            Connection::Http1(_) => true,
            Connection::Http2(share) => share.is_ready(),
        }
    }

    /// Ready when no request can be sent any more. hyper closes a connection of HTTP/2 by itself: there is nothing to be woken
    /// for, and only its share is to be forgotten.
    pub(super) fn poll_closed(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        match self {
            Connection::Http1(connection) => connection.poll_stale(cx),
            Connection::Http2(share) if share.is_closed() => Poll::Ready(()),
            Connection::Http2(_) => Poll::Pending,
        }
    }

    /// The same, as far as was heard, without anybody to wake.
    pub(super) fn is_closed(&mut self) -> bool {
        match self {
            Connection::Http1(connection) => connection.is_stale(),
            Connection::Http2(share) => share.is_closed(),
        }
    }

    /// Whether it can carry a request that asks for another protocol: HTTP/2 has no `Upgrade` (RFC 9113, section 8.6).
    pub(super) fn can_upgrade(&self) -> bool {
        matches!(self, Connection::Http1(_))
    }

    /// The same connection for one more request, if its protocol has that.
    pub(super) fn share(&self) -> Option<Self> {
        match self {
            Connection::Http1(_) => None,
            Connection::Http2(share) => Some(Connection::Http2(share.clone())),
        }
    }

    /// Closes a connection that nothing is under way on; a share of one just ends.
    pub(super) fn close(self) {
        if let Connection::Http1(mut connection) = self {
            connection.say_farewell();
        }
    }

    /// Whether requests are under way on other shares of it.
    pub(super) fn is_shared(&self) -> bool {
        matches!(self, Connection::Http2(share) if share.is_shared())
    }
}
