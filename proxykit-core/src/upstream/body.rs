use std::pin::Pin;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, OnceLock};
use std::task::{Context, Poll, ready};
use std::time::Duration;

use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};
use http_body_util::combinators::UnsyncBoxBody;
use hyper::body::Incoming;
use tokio::time::Instant;

use super::go_ahead::GoAhead;

type BoxError = Box<dyn std::error::Error + Send + Sync>;

/// The body of a request on its way to a backend.
pub(crate) enum RequestBody {
    /// No body.
    Empty,
    /// A body that this server reads from the client.
    Incoming(Incoming, Arc<Progress>),
    /// A body that a host hands over.
    Boxed(UnsyncBoxBody<Bytes, BoxError>, Arc<Progress>),
}

/// What became of a body, for those who did not read it: when its last piece was passed on, so that a time limit for the
/// answer can leave uploads alone, and whether that was the end.
pub(crate) struct Progress {
    begin: Instant,
    last: AtomicU64,
    has_ended: AtomicBool,
    /// Until when the body is held back.
    go_ahead: OnceLock<GoAhead>,
}

impl RequestBody {
    pub(crate) fn incoming(body: Incoming) -> Self {
        if body.is_end_stream() { RequestBody::Empty } else { RequestBody::Incoming(body, Progress::new()) }
    }

    pub(crate) fn boxed<B>(body: B) -> Self
    where
        B: Body<Data = Bytes> + Send + 'static,
        B::Error: Into<BoxError>,
    {
        use http_body_util::BodyExt;
        if body.is_end_stream() {
            return RequestBody::Empty;
        }
        RequestBody::Boxed(body.map_err(Into::into).boxed_unsync(), Progress::new())
    }

    /// Whether there is nothing to send.
    pub(crate) fn is_empty(&self) -> bool {
        matches!(self, RequestBody::Empty)
    }

    /// Has the body asked for only when the go-ahead is given; `None` for an empty body.
    pub(crate) fn hold_back(&self) -> Option<GoAhead> {
        let progress = self.progress()?;
        Some(progress.go_ahead.get_or_init(GoAhead::default).clone())
    }

    /// Has it asked for at once.
    pub(super) fn do_not_hold_back(&self) {
        if let Some(progress) = self.progress()
            && let Some(go_ahead) = progress.go_ahead.get()
        {
            go_ahead.give();
        }
    }

    /// What becomes of it; `None` for an empty body.
    pub(crate) fn progress(&self) -> Option<Arc<Progress>> {
        match self {
            RequestBody::Empty => None,
            RequestBody::Incoming(_, progress) | RequestBody::Boxed(_, progress) => Some(progress.clone()),
        }
    }
}

impl Body for RequestBody {
    type Data = Bytes;
    type Error = BoxError;

    fn poll_frame(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BoxError>>> {
        let this = self.get_mut();
        if let RequestBody::Incoming(_, progress) | RequestBody::Boxed(_, progress) = &*this
            && let Some(go_ahead) = progress.go_ahead.get()
        {
            ready!(go_ahead.poll(cx));
        }
        let (frame, is_at_end, progress) = match this {
            RequestBody::Empty => return Poll::Ready(None),
            RequestBody::Incoming(body, progress) => {
                let frame = Pin::new(&mut *body).poll_frame(cx).map_err(BoxError::from);
                (frame, body.is_end_stream(), progress)
            }
            RequestBody::Boxed(body, progress) => {
                let frame = Pin::new(&mut *body).poll_frame(cx);
                (frame, body.is_end_stream(), progress)
            }
        };
        if let Poll::Ready(frame) = &frame {
            progress.note(frame.is_none() || is_at_end);
        }
        frame
    }

    fn is_end_stream(&self) -> bool {
        match self {
            RequestBody::Empty => true,
            RequestBody::Incoming(body, _) => body.is_end_stream(),
            RequestBody::Boxed(body, _) => body.is_end_stream(),
        }
    }

    fn size_hint(&self) -> SizeHint {
        match self {
            RequestBody::Empty => SizeHint::with_exact(0),
            RequestBody::Incoming(body, _) => body.size_hint(),
            RequestBody::Boxed(body, _) => body.size_hint(),
        }
    }
}

impl Progress {
    fn new() -> Arc<Self> {
        let (last, has_ended) = (AtomicU64::new(0), AtomicBool::new(false));
        Arc::new(Progress { begin: Instant::now(), last, has_ended, go_ahead: OnceLock::new() })
    }

    fn note(&self, has_ended: bool) {
        self.last.store(self.begin.elapsed().as_millis() as u64, Ordering::Relaxed);
        if has_ended {
            self.has_ended.store(true, Ordering::Relaxed);
        }
    }

    /// Whether all of it was read.
    pub(crate) fn has_ended(&self) -> bool {
        self.has_ended.load(Ordering::Relaxed)
    }

    /// The moment of the last piece, or of the beginning.
    pub(super) fn last(&self) -> Instant {
        self.begin + Duration::from_millis(self.last.load(Ordering::Relaxed))
    }
}
