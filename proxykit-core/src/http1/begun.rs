use std::future::poll_fn;
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

/// What is read at once: most heads of requests fit in, so that they are read whole, and only once.
const FIRST_READ: usize = 2048;

/// A stream of which the beginning may be looked at before it is read.
pub(crate) struct Begun<S> {
    stream: S,
    beginning: Vec<u8>,
    used: usize,
}

impl<S> Begun<S> {
    pub(crate) fn new(stream: S) -> Self {
        Begun { stream, beginning: Vec::new(), used: 0 }
    }

    /// A stream of which these bytes were read already.
    pub(crate) fn with_beginning(stream: S, beginning: Vec<u8>) -> Self {
        Begun { stream, beginning, used: 0 }
    }

    /// The stream, and what was read of it and not used.
    pub(crate) fn into_parts(mut self) -> (S, Vec<u8>) {
        self.beginning.drain(..self.used);
        (self.stream, self.beginning)
    }

    /// The same beginning of another stream, which this one is made into.
    pub(crate) fn map<T>(self, make: impl FnOnce(S) -> T) -> Begun<T> {
        Begun { stream: make(self.stream), beginning: self.beginning, used: self.used }
    }

    /// What has come and was not read yet.
    pub(crate) fn beginning(&self) -> &[u8] {
        &self.beginning[self.used..]
    }

    /// Counts the first bytes of the beginning as read.
    pub(crate) fn skip(&mut self, count: usize) {
        self.used = (self.used + count).min(self.beginning.len());
        if self.used == self.beginning.len() {
            (self.beginning, self.used) = (Vec::new(), 0);
        }
    }
}

impl<S: AsyncRead + Unpin> Begun<S> {
    /// Waits for more of the beginning, and says how many bytes came: none at the end of the stream.
    pub(crate) async fn read_more(&mut self) -> io::Result<usize> {
        poll_fn(|cx| {
            // On the stack of this call, not in the future: a connection that waits for its first byte costs nothing.
            let mut bytes = [0; FIRST_READ];
            let mut buffer = ReadBuf::new(&mut bytes);
            ready!(Pin::new(&mut self.stream).poll_read(cx, &mut buffer))?;
            self.beginning.extend_from_slice(buffer.filled());
            Poll::Ready(Ok(buffer.filled().len()))
        })
        .await
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Begun<S> {
    fn poll_read(self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        if this.beginning.is_empty() {
            return Pin::new(&mut this.stream).poll_read(cx, buf);
        }
        let count = this.beginning().len().min(buf.remaining());
        buf.put_slice(&this.beginning()[..count]);
        this.skip(count);
        Poll::Ready(Ok(()))
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Begun<S> {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(cx, buf)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bufs: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write_vectored(cx, bufs)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}
