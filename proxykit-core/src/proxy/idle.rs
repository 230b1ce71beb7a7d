use std::future::Future;
use std::io;
use std::pin::{Pin, pin};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::task::{Context, Poll};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::time::{Instant, sleep_until};

/// How long a tunnel of which one side has said all may stand still: the other side may have more to say, or not know that
/// nobody listens any more (HAProxy: `timeout client-fin`).
const ONE_SIDED: Duration = Duration::from_secs(60);

/// When bytes last moved through a tunnel.
pub(super) struct Clock {
    begin: Instant,
    last: AtomicU64,
    /// Whether one of the sides has said all.
    is_one_sided: AtomicBool,
}

/// A side of a tunnel, which notes on the clock what comes out of it.
pub(super) struct Side<'a, S> {
    stream: S,
    clock: &'a Clock,
}

impl Clock {
    pub(super) fn new() -> Self {
        Clock { begin: Instant::now(), last: AtomicU64::new(0), is_one_sided: AtomicBool::new(false) }
    }

    pub(super) fn side<S>(&self, stream: S) -> Side<'_, S> {
        Side { stream, clock: self }
    }

    /// Runs `work` until it ends, or nothing has moved for as long as `limit`, which is none if it is zero.
    pub(super) async fn run<F: Future>(&self, work: F, limit: Duration) {
        tokio::select! {
            biased;
            _ = pin!(work) => {}
            () = self.idle(limit) => {}
        }
    }

    async fn idle(&self, limit: Duration) {
        loop {
            let now = Instant::now();
            let last = self.begin + Duration::from_millis(self.last.load(Ordering::Relaxed));
            let limit = limit_of(limit, self.is_one_sided.load(Ordering::Relaxed));
            if limit.is_some_and(|limit| now >= last + limit) {
                return;
            }
            // A side may say meanwhile that it has said all.
            let look = now + ONE_SIDED;
            sleep_until(limit.map_or(look, |limit| look.min(last + limit))).await;
        }
    }

    fn note(&self) {
        // Rounded up: no limit ends before its time.
        self.last.store(self.begin.elapsed().as_micros().div_ceil(1000) as u64, Ordering::Relaxed);
    }
}

/// How long nothing may move, if that is limited: zero is no limit.
fn limit_of(limit: Duration, is_one_sided: bool) -> Option<Duration> {
    let limit = (!limit.is_zero()).then_some(limit);
    match (limit, is_one_sided) {
        (Some(limit), true) => Some(limit.min(ONE_SIDED)),
        (None, true) => Some(ONE_SIDED),
        (limit, false) => limit,
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Side<'_, S> {
    fn poll_read(self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        let before = buf.filled().len();
        let poll = Pin::new(&mut this.stream).poll_read(cx, buf);
        if poll.is_ready() {
            this.clock.note();
            if buf.filled().len() == before {
                this.clock.is_one_sided.store(true, Ordering::Relaxed);
            }
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tunnel_with_one_side_left_has_less_time() {
        let (hour, second) = (Duration::from_secs(3600), Duration::from_secs(1));
        for (limit, is_one_sided, expected) in [
            (hour, false, Some(hour)),
            (hour, true, Some(ONE_SIDED)),
            (second, true, Some(second)),
            (Duration::ZERO, false, None),
            (Duration::ZERO, true, Some(ONE_SIDED)),
        ] {
            assert_eq!(limit_of(limit, is_one_sided), expected);
        }
    }

    #[tokio::test]
    async fn the_end_of_a_side_is_seen() {
        let clock = Clock::new();
        let mut side = clock.side(&b"text"[..]);
        let mut text = String::new();
        tokio::io::AsyncReadExt::read_to_string(&mut side, &mut text).await.unwrap();
        assert!(text == "text" && clock.is_one_sided.load(Ordering::Relaxed));
    }
}
