use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};
use tokio::io::{AsyncRead, AsyncWrite};

use super::BoxError;
use super::io::Shared;

/// The body of a client's request, read from the connection as it is asked for.
pub(super) struct ClientBody<S> {
    io: Shared<S>,
    /// The request that it belongs to: a body that is kept beyond its request has ended.
    number: u64,
}

impl<S> ClientBody<S> {
    /// The body of the request that was read last.
    pub(super) fn of(io: &Shared<S>) -> Self {
        ClientBody { number: io.lock().number(), io: io.clone() }
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin> Body for ClientBody<S> {
    type Data = Bytes;
    type Error = BoxError;

    fn poll_frame(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BoxError>>> {
        let mut io = self.io.lock();
        if io.is_for(self.number) { io.poll_body(cx) } else { Poll::Ready(None) }
    }

    fn is_end_stream(&self) -> bool {
        let io = self.io.lock();
        !io.is_for(self.number) || io.decoder().is_done()
    }

    fn size_hint(&self) -> SizeHint {
        let io = self.io.lock();
        if io.is_for(self.number) { io.decoder().size_hint() } else { SizeHint::with_exact(0) }
    }
}
