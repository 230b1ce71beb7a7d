use std::future::Future;
use std::io;
use std::pin::{Pin, pin};
use std::sync::atomic::{AtomicU64, Ordering};
use std::task::{Context, Poll};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::time::{Instant, sleep_until};

/// When bytes last moved through a tunnel.
pub(super) struct Clock {
    begin: Instant,
    last: AtomicU64,
}

/// A side of a tunnel, which notes on the clock what comes out of it.
pub(super) struct Side<'a, S> {
    stream: S,
    clock: &'a Clock,
}

impl Clock {
    pub(super) fn new() -> Self {
        Clock { begin: Instant::now(), last: AtomicU64::new(0) }
    }

    pub(super) fn side<S>(&self, stream: S) -> Side<'_, S> {
        Side { stream, clock: self }
    }

    /// Runs `work` until it ends, or nothing has moved for as long as `limit`, which is none if it is zero.
    pub(super) async fn run<F: Future>(&self, work: F, limit: Duration) {
        if limit.is_zero() {
            work.await;
            return;
        }
        tokio::select! {
            biased;
            _ = pin!(work) => {}
            () = self.idle(limit) => {}
        }
    }

    async fn idle(&self, limit: Duration) {
        loop {
            let end = self.begin + Duration::from_millis(self.last.load(Ordering::Relaxed)) + limit;
            if Instant::now() >= end {
                return;
            }
            sleep_until(end).await;
        }
    }

    fn note(&self) {
        // Rounded up: no limit ends before its time.
        self.last.store(self.begin.elapsed().as_micros().div_ceil(1000) as u64, Ordering::Relaxed);
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Side<'_, S> {
    fn poll_read(self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        let poll = Pin::new(&mut this.stream).poll_read(cx, buf);
        if poll.is_ready() {
            this.clock.note();
        }
        poll
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Side<'_, S> {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        let poll = Pin::new(&mut self.stream).poll_write(cx, buf);
        if poll.is_ready() {
            // A slow reader of much is not idle.
            self.clock.note();
        }
        poll
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}
