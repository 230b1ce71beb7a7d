use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};
use tokio::sync::{Notify, mpsc};

use crate::state::Active;

/// Why a body ends before its end; hyper then breaks the connection.
pub(crate) type Broken = Box<dyn std::error::Error + Send + Sync>;

/// The body of an answer: it knows when it has ended.
pub(crate) struct Answer {
    source: Source,
    left: Option<u64>,
    active: Option<Active>,
    close: Option<Arc<Notify>>,
}

enum Source {
    Whole(Bytes),
    Streamed(mpsc::Receiver<Result<Bytes, Broken>>),
}

/// The writing end of a streamed body.
pub(crate) struct Frames(mpsc::Sender<Result<Bytes, Broken>>);

// === impl Answer ===

impl Answer {
    pub(crate) fn whole(text: impl Into<Bytes>) -> Self {
        let bytes = text.into();
        Answer { left: Some(bytes.len() as u64), source: Source::Whole(bytes), active: None, close: None }
    }

    /// A body that `write` makes as fast as it is taken. `length` is announced; without one it is chunked.
    pub(crate) fn streamed<W>(length: Option<u64>, write: impl FnOnce(Frames) -> W) -> Self
    where
        W: Future<Output = Result<(), Broken>> + Send + 'static,
    {
        let (sender, receiver) = mpsc::channel(1);
        let failed = sender.clone();
        let written = write(Frames(sender));
        tokio::spawn(async move {
            if let Err(error) = written.await {
                // What was sent before must leave first, or the client would see a break without its head.
                tokio::task::yield_now().await;
                let _ = failed.send(Err(error)).await;
            }
        });
        Answer { left: length, source: Source::Streamed(receiver), active: None, close: None }
    }

    /// The same body as the answer to this request; `close` is told when it has ended.
    pub(crate) fn of(mut self, active: Active, close: Option<Arc<Notify>>) -> Self {
        (self.active, self.close) = (Some(active), close);
        if self.left == Some(0) {
            self.finish();
        }
        self
    }

    fn finish(&mut self) {
        if let Some(mut active) = self.active.take() {
            active.finish();
        }
        if let Some(close) = self.close.take() {
            close.notify_one();
        }
    }
}

impl Body for Answer {
    type Data = Bytes;
    type Error = Broken;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Broken>>> {
        let piece = match &mut self.source {
            Source::Whole(bytes) if bytes.is_empty() => None,
            Source::Whole(bytes) => Some(Ok(std::mem::take(bytes))),
            Source::Streamed(frames) => ready!(frames.poll_recv(context)),
        };
        if let (Some(left), Some(Ok(piece))) = (&mut self.left, &piece) {
            *left -= piece.len() as u64;
        }
        if piece.is_none() || self.left == Some(0) {
            self.finish();
        }
        Poll::Ready(piece.map(|piece| piece.map(Frame::data)))
    }

    fn is_end_stream(&self) -> bool {
        self.left == Some(0)
    }

    fn size_hint(&self) -> SizeHint {
        self.left.map_or_else(SizeHint::default, SizeHint::with_exact)
    }
}

// === impl Frames ===

impl Frames {
    /// # Errors
    /// The client has gone.
    pub(crate) async fn send(&self, piece: impl Into<Bytes>) -> Result<(), Broken> {
        Ok(self.0.send(Ok(piece.into())).await?)
    }

    /// Sends so many bytes in pieces.
    pub(crate) async fn send_bytes(&self, length: u64, piece: u64) -> Result<(), Broken> {
        let whole = Bytes::from(vec![b'x'; piece.min(length) as usize]);
        let mut left = length;
        while left > 0 {
            let next = whole.slice(..whole.len().min(left as usize));
            left -= next.len() as u64;
            self.send(next).await?;
        }
        Ok(())
    }
}
