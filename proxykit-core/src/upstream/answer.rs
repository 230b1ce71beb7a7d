use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use bytes::Bytes;
use http::{Response, StatusCode};
use http_body::{Body, Frame, SizeHint};

use super::body::BoxError;
use super::connection::Connection;
use super::pool::Pool;
use super::{Stall, http1, http2};
use crate::backend::InFlight;
use crate::error::{Error, ErrorKind, Result, Retry};
use crate::http1::{OnUpgrade, Pipe};

/// The body of a backend's answer.
///
/// Its connection is given back as soon as the answer has been read to its end, and the request's place at the backend with
/// it. If it is dropped before, the connection is closed.
pub(crate) struct AnswerBody {
    content: Content,
    place: Option<Place>,
}

/// What comes in on the connection.
pub(super) enum Content {
    Http1(http1::Answer),
    /// In a box, since it is twice as large, and an answer is handed on a dozen times.
    Http2(Box<http2::Answer>),
}

/// What is held until the answer's end.
struct Place {
    in_flight: InFlight,
    /// Where the connection goes; none if it is for one request only.
    pool: Option<Arc<Pool>>,
}

impl AnswerBody {
    pub(super) fn of(
        answer: Response<Content>,
        in_flight: InFlight,
        pool: Option<Arc<Pool>>,
    ) -> Response<Self> {
        let goes_on = answer.status() == StatusCode::SWITCHING_PROTOCOLS;
        in_flight.backend().tally().answers().count(answer.status());
        let place = Some(Place { in_flight, pool });
        answer.map(|content| {
            let mut body = AnswerBody { content, place };
            if body.is_end_stream() && !goes_on {
                body.give_back();
            }
            body
        })
    }

    /// Ready when the next piece has been waited for too long. A connection of HTTP/1.1 lends its timer, so that an answer
    /// that comes in pieces needs none of its own.
    pub(crate) fn poll_stalled(&mut self, stall: &mut Stall, cx: &mut Context<'_>) -> Poll<()> {
        if let Content::Http1(answer) = &mut self.content
            && let Some(timer) = answer.timer()
        {
            return stall.poll_waiting_by(timer, cx);
        }
        stall.poll_waiting(cx)
    }

    /// Closes the connection, since the rest of the answer is not waited for, for this reason.
    pub(crate) fn cut_off(&mut self, why: ErrorKind) {
        if let Some(place) = self.place.take() {
            place.in_flight.backend().tally().count_failure(why);
        }
        match &mut self.content {
            Content::Http1(answer) => answer.close(),
            Content::Http2(answer) => answer.share = None,
        }
    }

    /// Gives up what a backend sends behind the head of an answer that has no body.
    pub(crate) fn discard(mut self) {
        self.give_back();
    }

    /// The connection behind an answer that changes the protocol, and the request's place, which lasts as long as that.
    pub(crate) fn into_tunnel(self) -> (OnUpgrade, impl Send + 'static) {
        let upgrade = match self.content {
            Content::Http1(answer) => OnUpgrade::done(answer.into_stream()),
            Content::Http2(answer) => answer.tunnel.unwrap_or_else(|| OnUpgrade::done(None)),
        };
        (upgrade, self.place.map(|place| place.in_flight))
    }

    /// A pipe for what is left of the answer, if it is a body whose bytes the system can move to the client.
    pub(crate) fn pipe(&self) -> Option<Pipe> {
        let Content::Http1(answer) = &self.content else { return None };
        let pool = self.place.as_ref()?.pool.as_ref()?;
        answer.can_be_piped().then(|| pool.pipe()).flatten()
    }

    /// Takes the next bytes into the pipe, and says how many; none if they have to be asked for as frames.
    pub(crate) fn poll_pipe(
        &mut self,
        pipe: &mut Pipe,
        cx: &mut Context<'_>,
    ) -> Poll<Result<Option<usize>, Error>> {
        let Content::Http1(answer) = &mut self.content else { return Poll::Ready(Ok(None)) };
        let moved = ready!(answer.poll_pipe(pipe, cx));
        if moved.is_err() {
            self.cut_off(ErrorKind::UpstreamClosed);
        } else if self.is_end_stream() {
            self.give_back();
        }
        Poll::Ready(moved.map_err(broken_off))
    }

    fn give_back(&mut self) {
        let Some(Place { in_flight, pool }) = self.place.take() else { return };
        let (connection, is_good) = match &mut self.content {
            Content::Http1(answer) => {
                let Some((connection, is_good)) = answer.take_connection() else { return };
                (Connection::Http1(connection), is_good)
            }
            Content::Http2(answer) => {
                let Some(share) = answer.share.take() else { return };
                (Connection::Http2(share), true)
            }
        };
        match pool {
            Some(pool) if is_good && !connection.is_shared() => pool.put(in_flight.backend(), connection),
            _ => connection.close(),
        }
    }
}

impl Content {
    fn poll_frame(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, BoxError>>> {
        match self {
            Content::Http1(answer) => answer.poll_frame(cx),
            Content::Http2(answer) => Pin::new(&mut answer.body).poll_frame(cx).map_err(BoxError::from),
        }
    }
}

impl Body for AnswerBody {
    type Data = Bytes;
    type Error = Error;

    fn poll_frame(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Error>>> {
        let this = self.get_mut();
        Poll::Ready(match ready!(this.content.poll_frame(cx)) {
            Some(Ok(frame)) => {
                // A body of known length is done with its last piece: its reader need not ask for another one.
                if this.is_end_stream() {
                    this.give_back();
                }
                Some(Ok(frame))
            }
            Some(Err(error)) => {
                this.cut_off(ErrorKind::UpstreamClosed);
                Some(Err(broken_off(error)))
            }
            None => {
                this.give_back();
                None
            }
        })
    }

    fn is_end_stream(&self) -> bool {
        match &self.content {
            Content::Http1(answer) => answer.is_end_stream(),
            Content::Http2(answer) => answer.body.is_end_stream(),
        }
    }

    fn size_hint(&self) -> SizeHint {
        match &self.content {
            Content::Http1(answer) => answer.size_hint(),
            Content::Http2(answer) => answer.body.size_hint(),
        }
    }
}

fn broken_off(error: BoxError) -> Error {
    Error::new(ErrorKind::UpstreamClosed, "the backend broke off its answer")
        .because(error)
        .retry(Retry::Never)
}
