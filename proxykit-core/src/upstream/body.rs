use std::pin::Pin;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::task::{Context, Poll, ready};
use std::time::Duration;

use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};
use http_body_util::combinators::UnsyncBoxBody;
use hyper::body::Incoming;
use tokio::time::Instant;

use super::go_ahead::GoAhead;
use super::kept::Kept;
use super::stall::Stall;
use crate::error::{Error, ErrorKind, Result};

pub(super) type BoxError = Box<dyn std::error::Error + Send + Sync>;

/// The body of a request on its way to a backend.
///
/// It is a reader of a stream that is shared: when an attempt fails, the next one reads the stream anew, as long as all
/// that was read of it is kept.
#[derive(Clone, Default)]
pub(crate) enum RequestBody {
    /// No body.
    #[default]
    Empty,
    /// A body that comes from the client.
    Streaming(Reader),
}

/// One reading of a stream. A later turn takes the stream away from the earlier ones.
#[derive(Clone)]
pub(crate) struct Reader {
    stream: Arc<Stream>,
    turn: u32,
    position: usize,
}

struct Stream {
    begin: Instant,
    /// When the last piece was passed on, in milliseconds since `begin`.
    last: AtomicU64,
    has_ended: AtomicBool,
    /// Which limit it broke.
    broken: OnceLock<ErrorKind>,
    /// Until when the body is held back.
    go_ahead: OnceLock<GoAhead>,
    state: Mutex<State>,
}

struct State {
    source: Source,
    turn: u32,
    kept: Kept,
    stall: Stall,
    /// How many bytes may still come.
    left: u64,
}

enum Source {
    /// From a connection of this server's own.
    Incoming(Incoming),
    /// From a host that hands it over.
    Boxed(UnsyncBoxBody<Bytes, BoxError>),
}

/// What became of a body, for those who did not read it.
pub(crate) struct Progress(Arc<Stream>);

/// What a body is held to.
#[derive(Clone, Copy)]
pub(crate) struct BodyLimits {
    /// The most bytes; 0 for no limit.
    pub(crate) size: u64,
    /// The most time between two pieces, until the answer begins.
    pub(crate) stall: Duration,
    /// How many bytes are kept until then, so that they can be sent again.
    pub(crate) replay: u64,
}

impl RequestBody {
    pub(crate) fn incoming(body: Incoming) -> Self {
        if body.is_end_stream() { RequestBody::Empty } else { Self::streaming(Source::Incoming(body)) }
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
        Self::streaming(Source::Boxed(body.map_err(Into::into).boxed_unsync()))
    }

    fn streaming(source: Source) -> Self {
        let (kept, stall) = (Kept::new(0), Stall::new(Duration::ZERO));
        let stream = Stream {
            begin: Instant::now(),
            last: AtomicU64::new(0),
            has_ended: AtomicBool::new(false),
            broken: OnceLock::new(),
            go_ahead: OnceLock::new(),
            state: Mutex::new(State { source, turn: 0, kept, stall, left: u64::MAX }),
        };
        RequestBody::Streaming(Reader { stream: Arc::new(stream), turn: 0, position: 0 })
    }

    /// Sets the limits, before anything is read.
    ///
    /// # Errors
    /// `request_too_large` if the length that the client has announced is too much.
    pub(crate) fn limit(&self, limits: BodyLimits) -> Result<()> {
        let RequestBody::Streaming(reader) = self else { return Ok(()) };
        let mut state = reader.stream.state();
        if limits.size > 0 {
            if state.source.size_hint().lower() > limits.size {
                return Err(ErrorKind::RequestTooLarge.into());
            }
            state.left = limits.size;
        }
        state.stall = Stall::new(limits.stall);
        state.kept = Kept::new(usize::try_from(limits.replay).unwrap_or(usize::MAX));
        Ok(())
    }

    /// Whether there is nothing to send.
    pub(crate) fn is_empty(&self) -> bool {
        matches!(self, RequestBody::Empty)
    }

    /// Has the body asked for only when the go-ahead is given; `None` for an empty body.
    pub(crate) fn hold_back(&self) -> Option<GoAhead> {
        let RequestBody::Streaming(reader) = self else { return None };
        Some(reader.stream.go_ahead.get_or_init(GoAhead::default).clone())
    }

    /// Has it asked for at once.
    pub(super) fn do_not_hold_back(&self) {
        if let RequestBody::Streaming(reader) = self
            && let Some(go_ahead) = reader.stream.go_ahead.get()
        {
            go_ahead.give();
        }
    }

    /// Goes back to its beginning, for one more attempt. What an earlier one still reads ends in an error.
    pub(super) fn rewind(&mut self) {
        if let RequestBody::Streaming(reader) = self {
            reader.turn += 1;
            reader.position = 0;
        }
    }

    /// Whether all of it can be sent still: nothing that was read is lost.
    pub(super) fn is_whole(&self) -> bool {
        match self {
            RequestBody::Empty => true,
            RequestBody::Streaming(reader) => reader.stream.state().kept.is_whole(),
        }
    }

    /// What becomes of it; `None` for an empty body.
    pub(crate) fn progress(&self) -> Option<Progress> {
        match self {
            RequestBody::Empty => None,
            RequestBody::Streaming(reader) => Some(Progress(reader.stream.clone())),
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
        match self.get_mut() {
            RequestBody::Empty => Poll::Ready(None),
            RequestBody::Streaming(reader) => reader.poll_frame(cx),
        }
    }

    fn is_end_stream(&self) -> bool {
        match self {
            RequestBody::Empty => true,
            RequestBody::Streaming(reader) => {
                let state = reader.stream.state();
                state.kept.is_at_end(reader.position) && state.source.is_end_stream()
            }
        }
    }

    fn size_hint(&self) -> SizeHint {
        match self {
            RequestBody::Empty => SizeHint::with_exact(0),
            RequestBody::Streaming(reader) => {
                let state = reader.stream.state();
                let (mut hint, kept) = (state.source.size_hint(), state.kept.bytes_from(reader.position));
                if let Some(upper) = hint.upper() {
                    hint.set_upper(upper + kept);
                }
                hint.set_lower(hint.lower() + kept);
                hint
            }
        }
    }
}

impl Reader {
    fn poll_frame(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, BoxError>>> {
        if let Some(go_ahead) = self.stream.go_ahead.get() {
            ready!(go_ahead.poll(cx));
        }
        let mut guard = self.stream.state();
        let state = &mut *guard;
        if self.turn < state.turn {
            return Poll::Ready(Some(Err("the request is sent again elsewhere".into())));
        }
        state.turn = self.turn;
        if let Some(bytes) = state.kept.at(self.position) {
            self.position += 1;
            return Poll::Ready(Some(Ok(Frame::data(bytes))));
        }
        let frame = match state.source.poll_frame(cx) {
            Poll::Ready(frame) => frame,
            Poll::Pending => {
                ready!(state.stall.poll_waiting(cx));
                return Poll::Ready(Some(Err(self.stream.breaks(ErrorKind::ClientTimeout))));
            }
        };
        state.stall.moved();
        match &frame {
            Some(Ok(frame)) => {
                if let Some(bytes) = frame.data_ref() {
                    let Some(left) = state.left.checked_sub(bytes.len() as u64) else {
                        return Poll::Ready(Some(Err(self.stream.breaks(ErrorKind::RequestTooLarge))));
                    };
                    state.left = left;
                }
                if state.kept.keep(frame) {
                    self.position += 1;
                }
            }
            Some(Err(_)) => state.kept.forget(),
            None => {}
        }
        let has_ended = frame.is_none() || state.source.is_end_stream();
        drop(guard);
        self.stream.note(has_ended);
        Poll::Ready(frame)
    }
}

impl Source {
    fn poll_frame(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, BoxError>>> {
        match self {
            // It gives no end twice; after it there is nothing more.
            Source::Incoming(body) => Pin::new(body).poll_frame(cx).map_err(BoxError::from),
            Source::Boxed(body) if body.is_end_stream() => Poll::Ready(None),
            Source::Boxed(body) => Pin::new(body).poll_frame(cx),
        }
    }

    fn is_end_stream(&self) -> bool {
        match self {
            Source::Incoming(body) => body.is_end_stream(),
            Source::Boxed(body) => body.is_end_stream(),
        }
    }

    fn size_hint(&self) -> SizeHint {
        match self {
            Source::Incoming(body) => body.size_hint(),
            Source::Boxed(body) => body.size_hint(),
        }
    }
}

impl Stream {
    /// What panics while it holds the lock is a body of the host's own, and the request ends with it.
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Notes the first limit that was broken.
    fn breaks(&self, limit: ErrorKind) -> BoxError {
        Error::from(*self.broken.get_or_init(|| limit)).into()
    }

    fn note(&self, has_ended: bool) {
        // Rounded up: no limit ends before its time.
        self.last.store(self.begin.elapsed().as_micros().div_ceil(1000) as u64, Ordering::Relaxed);
        if has_ended {
            self.has_ended.store(true, Ordering::Relaxed);
        }
    }
}

impl Progress {
    /// The moment of the last piece, or of the beginning.
    pub(super) fn last(&self) -> Instant {
        self.0.begin + Duration::from_millis(self.0.last.load(Ordering::Relaxed))
    }

    /// The limit that it broke, whatever the backend's connection made of that.
    pub(super) fn broken(&self) -> Option<ErrorKind> {
        self.0.broken.get().copied()
    }

    /// Whether all of it was read.
    pub(crate) fn has_ended(&self) -> bool {
        self.0.has_ended.load(Ordering::Relaxed)
    }

    /// The answer has begun: the request is not sent again, and a client that listens may pause.
    pub(super) fn answered(&self) {
        let mut state = self.0.state();
        state.kept.forget();
        state.stall = Stall::new(Duration::ZERO);
    }
}
