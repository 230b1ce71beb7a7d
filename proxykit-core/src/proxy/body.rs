use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};
use tokio::time::{Instant, Sleep, sleep_until};

use super::tracker::Tracked;
use crate::error::{Error, ErrorKind};
use crate::http1::Pipe;
use crate::upstream::{AnswerBody, Stall};

/// The body of an answer: a backend's, passed on piece by piece as it comes, or a short text of the proxy's own.
///
/// An error means that the backend broke off, and must break the client's message too.
pub struct ResponseBody {
    content: Content,
    /// Why the backend broke off, until it is told.
    broken: Option<Error>,
    /// Until the last byte is read the request counts as running.
    _tracked: Option<Tracked>,
}

enum Content {
    Text(Bytes),
    Upstream(Upstream),
}

struct Upstream {
    body: AnswerBody,
    stall: Stall,
    deadline: Option<Pin<Box<Sleep>>>,
}

impl ResponseBody {
    pub(crate) fn text(text: impl Into<Bytes>) -> Self {
        ResponseBody { content: Content::Text(text.into()), broken: None, _tracked: None }
    }

    /// What a backend sends, held to a time between two pieces, and to a deadline.
    pub(super) fn upstream(body: AnswerBody, stall: Duration, deadline: Option<Instant>) -> Self {
        let deadline = deadline.map(|deadline| Box::pin(sleep_until(deadline)));
        let upstream = Upstream { body, stall: Stall::new(stall), deadline };
        ResponseBody { content: Content::Upstream(upstream), broken: None, _tracked: None }
    }

    /// No body, whatever the backend sends.
    pub(super) fn none(body: AnswerBody) -> Self {
        body.discard();
        Self::text("")
    }

    pub(super) fn tracked(mut self, tracked: Tracked) -> Self {
        self._tracked = Some(tracked);
        self
    }

    /// A pipe for what is left, if the system can move it from the backend to the client.
    pub(crate) fn pipe(&self) -> Option<Pipe> {
        if let Content::Upstream(upstream) = &self.content { upstream.body.pipe() } else { None }
    }

    /// Takes the next bytes into the pipe, and says how many; none if they have to be asked for as frames.
    pub(crate) fn poll_pipe(
        &mut self,
        pipe: &mut Pipe,
        cx: &mut Context<'_>,
    ) -> Poll<Result<Option<usize>, Error>> {
        let Content::Upstream(upstream) = &mut self.content else { return Poll::Ready(Ok(None)) };
        upstream.poll_in_time(cx, |body, cx| body.poll_pipe(pipe, cx)).map(|moved| moved?)
    }

    fn poll_content(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Error>>> {
        match &mut self.content {
            Content::Text(text) if text.is_empty() => Poll::Ready(None),
            Content::Text(text) => Poll::Ready(Some(Ok(Frame::data(std::mem::take(text))))),
            Content::Upstream(upstream) => {
                let frame = ready!(upstream.poll_in_time(cx, |body, cx| Pin::new(body).poll_frame(cx)));
                Poll::Ready(frame.unwrap_or_else(|late| Some(Err(late))))
            }
        }
    }
}

impl Upstream {
    /// What `read` gives, or why it was waited for too long.
    fn poll_in_time<T>(
        &mut self,
        cx: &mut Context<'_>,
        read: impl FnOnce(&mut AnswerBody, &mut Context<'_>) -> Poll<T>,
    ) -> Poll<Result<T, Error>> {
        if let Poll::Ready(read) = read(&mut self.body, cx) {
            self.stall.moved();
            return Poll::Ready(Ok(read));
        }
        let late = ready!(self.poll_late(cx));
        self.body.cut_off(late.kind());
        Poll::Ready(Err(late))
    }

    /// Ready when the backend has been waited for too long.
    fn poll_late(&mut self, cx: &mut Context<'_>) -> Poll<Error> {
        if let Some(deadline) = &mut self.deadline
            && deadline.as_mut().poll(cx).is_ready()
        {
            return Poll::Ready(ErrorKind::RequestExpired.into());
        }
        ready!(self.body.poll_stalled(&mut self.stall, cx));
        Poll::Ready(ErrorKind::UpstreamStalled.into())
    }
}

impl Body for ResponseBody {
    type Data = Bytes;
    type Error = Error;

    fn poll_frame(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Error>>> {
        let this = self.get_mut();
        if let Some(error) = this.broken.take() {
            return Poll::Ready(Some(Err(error)));
        }
        match ready!(this.poll_content(cx)) {
            Some(Err(error)) => {
                // At an error hyper throws away what it has not written, be it the head: the client would see no answer at
                // all, and could take its request for one that was never begun. One turn lets it write first.
                this.broken = Some(error);
                cx.waker().wake_by_ref();
                Poll::Pending
            }
            frame => Poll::Ready(frame),
        }
    }

    fn is_end_stream(&self) -> bool {
        match &self.content {
            Content::Text(text) => text.is_empty(),
            Content::Upstream(upstream) => upstream.body.is_end_stream(),
        }
    }

    fn size_hint(&self) -> SizeHint {
        match &self.content {
            Content::Text(text) => SizeHint::with_exact(text.len() as u64),
            Content::Upstream(upstream) => upstream.body.size_hint(),
        }
    }
}

impl fmt::Debug for ResponseBody {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ResponseBody").field("size", &self.size_hint()).finish()
    }
}
