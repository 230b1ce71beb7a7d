use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};

use super::activity::Activity;
use super::service::Content;
use crate::upstream::Progress;

type BoxError = Box<dyn std::error::Error + Send + Sync>;

/// The body of an answer, which tells its connection when it waits for the client, and when it ends.
pub(super) struct AnswerBody {
    content: Content,
    activity: Arc<Activity>,
    /// Of the request's body; `None` for an empty one.
    request: Option<Progress>,
    is_offered: bool,
}

impl AnswerBody {
    /// The request counts as begun already.
    pub(super) fn new(content: Content, activity: Arc<Activity>, request: Option<Progress>) -> Self {
        AnswerBody { content, activity, request, is_offered: false }
    }

    fn take_offer(&mut self) {
        if std::mem::take(&mut self.is_offered) {
            self.activity.taken();
        }
    }
}

impl Body for AnswerBody {
    type Data = Bytes;
    type Error = BoxError;

    fn poll_frame(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BoxError>>> {
        let this = self.get_mut();
        this.take_offer();
        let frame = std::task::ready!(Pin::new(&mut this.content).poll_frame(cx));
        if let Some(Ok(_)) = &frame {
            this.is_offered = true;
            this.activity.offers();
        }
        Poll::Ready(frame)
    }

    fn is_end_stream(&self) -> bool {
        self.content.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.content.size_hint()
    }
}

impl Drop for AnswerBody {
    fn drop(&mut self) {
        self.take_offer();
        let was_read = self.request.as_ref().is_none_or(|request| request.has_ended());
        self.activity.request_ended(was_read);
    }
}
