use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use bytes::Bytes;
use http::{Method, Request};
use http_body::{Body, Frame, SizeHint};

use super::activity::Activity;
use crate::error::Error;
use crate::proxy::{Held, ResponseBody};
use crate::upstream::Progress;

/// The body of an answer, which tells its connection when it waits for the client, and when it ends.
pub(super) struct AnswerBody {
    content: ResponseBody,
    activity: Arc<Activity>,
    /// Of the request's body; `None` for an empty one.
    request: Option<Progress>,
    is_offered: bool,
}

impl AnswerBody {
    fn take_offer(&mut self) {
        if std::mem::take(&mut self.is_offered) {
            self.activity.taken();
        }
    }
}

impl Body for AnswerBody {
    type Data = Bytes;
    type Error = Error;

    fn poll_frame(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Error>>> {
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

/// A request that has begun, and ends with the body of its answer, or here if it is given up before.
pub(super) struct Begun {
    activity: Arc<Activity>,
    is_answered: bool,
}

impl Begun {
    pub(super) fn new(activity: &Arc<Activity>) -> Self {
        activity.request_began();
        Begun { activity: activity.clone(), is_answered: false }
    }

    /// Over HTTP/2 a tunnel outlives its answer, and must keep its connection.
    pub(super) fn hold_for_tunnel<B>(&self, request: &mut Request<B>) {
        if request.method() == Method::CONNECT {
            request.extensions_mut().insert(Held::new(Begun::new(&self.activity)));
        }
    }

    pub(super) fn answered(mut self, content: ResponseBody, request: Option<Progress>) -> AnswerBody {
        self.is_answered = true;
        AnswerBody { content, activity: self.activity.clone(), request, is_offered: false }
    }
}

impl Drop for Begun {
    fn drop(&mut self) {
        if !self.is_answered {
            self.activity.request_ended(true);
        }
    }
}

impl Drop for AnswerBody {
    fn drop(&mut self) {
        self.take_offer();
        let was_read = self.request.as_ref().is_none_or(|request| request.has_ended());
        self.activity.request_ended(was_read);
    }
}
