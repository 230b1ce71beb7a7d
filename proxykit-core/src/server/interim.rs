use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

use crate::proxy::Interim;

/// A client's stream that is given interim answers beside what hyper writes.
///
/// hyper flushes when it has written all that it has, and only then: so long nothing of an earlier answer is left, and
/// what comes next is the answer that the interim ones belong before.
pub(super) struct WithInterim<S> {
    stream: S,
    interim: Arc<Interim>,
    /// What was taken and not written yet.
    rest: Vec<u8>,
    written: usize,
    is_within_message: bool,
}

impl<S> WithInterim<S> {
    pub(super) fn new(stream: S, interim: Arc<Interim>) -> Self {
        WithInterim { stream, interim, rest: Vec::new(), written: 0, is_within_message: false }
    }

    fn set_within_message(&mut self, is_within: bool) {
        if self.is_within_message != is_within {
            self.is_within_message = is_within;
            self.interim.set_within_message(is_within);
        }
    }
}

impl<S: AsyncWrite + Unpin> WithInterim<S> {
    /// Writes the interim answers that are there.
    fn poll_interim(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        loop {
            if self.written == self.rest.len() {
                (self.rest, self.written) = (self.interim.take(cx), 0);
            }
            if self.rest.is_empty() {
                return Poll::Ready(Ok(()));
            }
            match ready!(Pin::new(&mut self.stream).poll_write(cx, &self.rest[self.written..]))? {
                0 => return Poll::Ready(Err(io::ErrorKind::WriteZero.into())),
                count => self.written += count,
            }
        }
    }

    fn poll_begin_write(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        if !self.is_within_message {
            ready!(self.poll_interim(cx))?;
            self.set_within_message(true);
        }
        Poll::Ready(Ok(()))
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for WithInterim<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(cx, buf)
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for WithInterim<S> {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        ready!(self.poll_begin_write(cx))?;
        Pin::new(&mut self.stream).poll_write(cx, buf)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bufs: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        ready!(self.poll_begin_write(cx))?;
        Pin::new(&mut self.stream).poll_write_vectored(cx, bufs)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.set_within_message(false);
        ready!(self.poll_interim(cx))?;
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}
