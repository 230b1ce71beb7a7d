use std::future::Future;
use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::time::{Sleep, sleep};

use super::activity::Activity;

/// A client's stream whose end is not told at once while an answer is due.
///
/// A client that has said all may end its direction and wait for the answer, or it may be gone: on the wire both are the same
/// FIN, and which one it was shows only when something is sent. hyper takes it for the latter, and drops the request.
/// Told a little later, a client that waits gets its answer, and one that is gone has its request cancelled soon. So is the
/// request of one that is gone in the middle of a body: whether all of a body has come, only hyper knows.
pub(super) struct HalfClosed<S> {
    stream: S,
    activity: Arc<Activity>,
    patience: Duration,
    end: Option<Pin<Box<Sleep>>>,
}

impl<S> HalfClosed<S> {
    pub(super) fn new(stream: S, activity: Arc<Activity>, patience: Duration) -> Self {
        HalfClosed { stream, activity, patience, end: None }
    }

    fn poll_end(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        if !self.activity.is_busy() || self.patience.is_zero() {
            return Poll::Ready(Ok(()));
        }
        let patience = self.patience;
        self.end.get_or_insert_with(|| Box::pin(sleep(patience))).as_mut().poll(cx).map(Ok)
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for HalfClosed<S> {
    fn poll_read(self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        if this.end.is_none() {
            let before = buf.filled().len();
            ready!(Pin::new(&mut this.stream).poll_read(cx, buf))?;
            if buf.filled().len() > before || buf.remaining() == 0 {
                return Poll::Ready(Ok(()));
            }
        }
        this.poll_end(cx)
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for HalfClosed<S> {
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

#[cfg(test)]
mod tests {
    use tokio::io::AsyncReadExt;

    use super::*;

    /// What a read gives at once at the end of the stream; `None` if it would wait.
    async fn read(stream: &mut HalfClosed<&[u8]>) -> Option<usize> {
        let mut bytes = [0; 8];
        tokio::select! {
            biased;
            read = stream.read(&mut bytes) => Some(read.unwrap()),
            () = tokio::task::yield_now() => None,
        }
    }

    #[tokio::test]
    async fn the_end_waits_for_an_answer() {
        let activity = Arc::new(Activity::new());
        let mut stream = HalfClosed::new(&b"GET"[..], activity.clone(), Duration::from_secs(3600));
        assert_eq!(read(&mut stream).await, Some(3));
        activity.request_began();
        assert_eq!(read(&mut stream).await, None);
        activity.request_ended(true);
        assert_eq!(read(&mut stream).await, Some(0));
        // Of nobody who waits, and of nobody who is waited for.
        let mut stream = HalfClosed::new(&b""[..], activity.clone(), Duration::from_secs(3600));
        assert_eq!(read(&mut stream).await, Some(0));
        activity.request_began();
        let mut stream = HalfClosed::new(&b""[..], activity, Duration::ZERO);
        assert_eq!(read(&mut stream).await, Some(0));
    }

    #[tokio::test]
    async fn nor_for_ever() {
        let activity = Arc::new(Activity::new());
        activity.request_began();
        let mut stream = HalfClosed::new(&b""[..], activity, Duration::from_millis(1));
        assert_eq!(stream.read(&mut [0; 8]).await.unwrap(), 0);
    }
}
