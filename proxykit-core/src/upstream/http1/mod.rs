//! HTTP/1.1 to a backend: a connection for one request at a time.
//!
//! No task of its own drives it. Whoever waits for the answer does, and while it is idle nobody does: the pool is woken when
//! something comes, and finds out at a look whether it is still good.

mod answer;
mod early;
mod exchange;
#[cfg(test)]
mod tests;
mod upload;

use std::pin::Pin;
use std::task::{Context, Poll, Waker};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

pub(super) use answer::Answer;

use crate::http1::ReadBuffer;
use crate::upstream::MaybeTls;
use crate::upstream::stream::Stream;
use crate::upstream::timer::Timer;

/// A connection to a backend of HTTP/1.1. It holds no memory for messages while it is idle.
pub(super) struct Http1<S = MaybeTls<Stream>> {
    stream: S,
    buffer: ReadBuffer,
    /// For all waits on it, one after the other.
    timer: Timer,
}

impl<S> Http1<S> {
    pub(super) fn new(stream: S) -> Self {
        Http1 { stream, buffer: ReadBuffer::default(), timer: Timer::default() }
    }
}

impl Http1 {
    /// Ready when an idle connection is no longer usable: closed, broken, or with bytes that nobody asked for.
    pub(super) fn poll_stale(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        match &self.stream {
            MaybeTls::Plain(stream) => stream.poll_news(cx),
            MaybeTls::Tls(_) => self.poll_something(cx),
        }
    }

    /// The same, without anybody to tell.
    pub(super) fn is_stale(&mut self) -> bool {
        match &self.stream {
            MaybeTls::Plain(stream) => stream.has_news(),
            // TLS had taken up all there was when it became idle: it need not be asked again before more has come.
            MaybeTls::Tls(stream) => stream.get_ref().0.is_readable() && self.has_something(),
        }
    }

    /// The same, as the system knows it, whether or not the event loop has heard of it.
    pub(super) fn is_stale_now(&mut self) -> bool {
        match &mut self.stream {
            MaybeTls::Plain(stream) => stream.has_news_now(),
            MaybeTls::Tls(stream) => {
                stream.get_mut().0.read_at_once(true);
                let is_stale = self.has_something();
                if let MaybeTls::Tls(stream) = &mut self.stream {
                    stream.get_mut().0.read_at_once(false);
                }
                is_stale
            }
        }
    }

    /// Says in TLS that nothing more will come (RFC 8446, section 6.1), if there is room for it; without TLS the end of the
    /// connection says that.
    pub(super) fn say_farewell(&mut self) {
        if let MaybeTls::Tls(stream) = &mut self.stream {
            let mut cx = Context::from_waker(Waker::noop());
            // A backend that cannot be told is not waited for.
            let _: Poll<_> = Pin::new(stream).poll_shutdown(&mut cx);
        }
    }

    /// Has TLS take up what has come; ready if there is more than its own affairs.
    fn poll_something(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        let mut byte = [0];
        let mut buffer = ReadBuf::new(&mut byte);
        Pin::new(&mut self.stream).poll_read(cx, &mut buffer).map(drop)
    }

    fn has_something(&mut self) -> bool {
        self.poll_something(&mut Context::from_waker(Waker::noop())).is_ready()
    }
}
