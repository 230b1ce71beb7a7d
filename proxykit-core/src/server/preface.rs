use std::future::poll_fn;
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

/// What a client of HTTP/2 says first, if it knows beforehand what it will be answered in (RFC 9113, section 3.4).
const HTTP2_PREFACE: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";

/// What is read at once: most heads of requests fit in, so that they are read whole, and only once.
const FIRST_READ: usize = 2048;

/// A stream of which the beginning was read already.
pub(super) struct Begun<S> {
    stream: S,
    beginning: Vec<u8>,
    used: usize,
}

/// Reads the first bytes of a connection and says whether they begin HTTP/2.
pub(super) async fn is_http2<S: AsyncRead + Unpin>(mut stream: S) -> io::Result<(bool, Begun<S>)> {
    let mut beginning = Vec::new();
    loop {
        let count = poll_fn(|cx| {
            // On the stack of this call, not in the future: a connection that waits for its first byte costs nothing.
            let mut bytes = [0; FIRST_READ];
            let mut buffer = ReadBuf::new(&mut bytes);
            ready!(Pin::new(&mut stream).poll_read(cx, &mut buffer))?;
            beginning.extend_from_slice(buffer.filled());
            Poll::Ready(Ok::<_, io::Error>(buffer.filled().len()))
        })
        .await?;
        let compared = beginning.len().min(HTTP2_PREFACE.len());
        let is_preface = beginning[..compared] == HTTP2_PREFACE[..compared];
        if count == 0 || !is_preface || compared == HTTP2_PREFACE.len() {
            let is_http2 = is_preface && compared == HTTP2_PREFACE.len();
            return Ok((is_http2, Begun { stream, beginning, used: 0 }));
        }
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Begun<S> {
    fn poll_read(self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        if this.beginning.is_empty() {
            return Pin::new(&mut this.stream).poll_read(cx, buf);
        }
        let rest = &this.beginning[this.used..];
        let count = rest.len().min(buf.remaining());
        buf.put_slice(&rest[..count]);
        this.used += count;
        if this.used == this.beginning.len() {
            this.beginning = Vec::new();
        }
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
