use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};
use http_body_util::combinators::UnsyncBoxBody;
use hyper::body::Incoming;
use tokio::time::Instant;

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
        let (frame, is_at_end, progress) = match self.get_mut() {
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
        Arc::new(Progress { begin: Instant::now(), last, has_ended })
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
