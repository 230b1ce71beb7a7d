use std::future::{Future, poll_fn};
use std::pin::pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use bytes::{Buf, BytesMut};
use http::{Response, StatusCode, header};
use http_body::Body;
use tokio::io::{AsyncRead, AsyncWrite};

use super::Ending;
use super::answer::{Asked, write_head};
use super::body::ClientBody;
use super::half_closed::HalfClosed;
use super::io::{End, Io, Shared};
use super::linger::linger;
use super::sending::Sending;
use crate::http1::{
    Begun, HeadLimits, Malformed, MaybePlain, Passed, RequestHead, Unfinished, Upgrader, parse_request,
};
use crate::proxy::{Interim, ResponseBody, refusal};
use crate::server::activity::Activity;
use crate::server::connection::Answerer;
use crate::server::watch::Patience;
use crate::upstream::RequestBody;

/// A connection, and who answers on it.
pub(in crate::server) struct Connection<S> {
    io: Shared<S>,
    answerer: Answerer,
    interim: Arc<Interim>,
    half_closed: HalfClosed,
    limits: HeadLimits,
}

/// Why no request comes.
enum NoRequest {
    Malformed(Malformed),
    Broken,
}

/// What is left of a request whose answer was sent.
struct Sent {
    /// Whether the connection can go on.
    persists: bool,
    /// Whether not all of the request was read.
    has_unread: bool,
}

impl<S> Connection<S>
where
    S: AsyncRead + AsyncWrite + MaybePlain + Send + Unpin + 'static,
{
    pub(in crate::server) fn new(stream: Begun<S>, answerer: Answerer) -> Self {
        let (stream, beginning) = stream.into_parts();
        let interim = Arc::<Interim>::default();
        let answerer = answerer.with_interim(&interim);
        let options = answerer.service.options();
        let limits =
            HeadLimits { bytes: options.request_head_limit as usize, fields: options.request_header_limit };
        let half_closed = HalfClosed::new(options.half_close_timeout);
        Connection { io: Shared::new(stream, &beginning), answerer, interim, half_closed, limits }
    }

    /// Serves it until one side ends it.
    pub(in crate::server) async fn serve(&mut self) {
        let ending = loop {
            if let Some(ending) = self.begun().await {
                break ending;
            }
            // In a box of its own, which goes with the request: a connection that waits for the next one is small.
            let this = &mut *self;
            let served = Box::pin(async move {
                let mut head = RequestHead::default();
                match this.next(&mut head).await {
                    Ok(()) => this.exchange(&mut head).await,
                    Err(NoRequest::Malformed(error)) => Some(Box::pin(this.refuse(error)).await),
                    Err(NoRequest::Broken) => Some(Ending::Gone),
                }
            });
            if let Some(ending) = served.await {
                break ending;
            }
        };
        self.end(ending).await;
    }

    pub(in crate::server) fn activity(&self) -> &Arc<Activity> {
        &self.answerer.activity
    }

    pub(in crate::server) fn patience(&self) -> Patience {
        Patience::new(self.answerer.service.options())
    }

    /// Waits until there is something of the next request. Says how the connection ends, if there will be nothing.
    async fn begun(&mut self) -> Option<Ending> {
        poll_fn(|cx| {
            let mut io = self.io.lock();
            loop {
                skip_empty_lines(&mut io.read.bytes);
                if !io.read.bytes.is_empty() {
                    return Poll::Ready(None);
                }
                io.read.rest();
                match io.poll_fill(cx) {
                    Poll::Ready(Ok(1..)) => {}
                    Poll::Ready(Ok(0)) => return Poll::Ready(Some(Ending::Done)),
                    Poll::Ready(Err(_)) => return Poll::Ready(Some(Ending::Gone)),
                    Poll::Pending if self.activity().is_ending() => return Poll::Ready(Some(Ending::Done)),
                    Poll::Pending => return Poll::Pending,
                }
            }
        })
        .await
    }

    /// Waits for the end of the head that has begun.
    async fn next(&mut self, head: &mut RequestHead<RequestBody>) -> Result<(), NoRequest> {
        let mut unfinished = Unfinished::default();
        poll_fn(|cx| {
            let mut io = self.io.lock();
            loop {
                if unfinished.is_worth_a_look(&io.read.bytes, self.limits.bytes) {
                    match parse_request(&mut io.read.bytes, self.limits, head) {
                        Ok(true) => {
                            io.begin_body(head.framing, head.is_held_back());
                            return Poll::Ready(Ok(()));
                        }
                        Ok(false) => self.activity().received(),
                        Err(malformed) => return Poll::Ready(Err(NoRequest::Malformed(malformed))),
                    }
                }
                if !matches!(ready!(io.poll_fill(cx)), Ok(1..)) {
                    return Poll::Ready(Err(NoRequest::Broken));
                }
            }
        })
        .await
    }

    /// Answers a request. Says how the connection ends, if it does.
    async fn exchange(&mut self, head: &mut RequestHead<RequestBody>) -> Option<Ending> {
        self.activity().request_began();
        let asked = Asked::by(head);
        let upgrader = head.asks_for_upgrade().then(|| Upgrader::offer(&mut head.request));
        if !head.framing.is_empty() {
            *head.request.body_mut() = RequestBody::boxed(ClientBody::of(&self.io));
        }
        let Some(response) = self.answer(head).await else { return Some(Ending::Gone) };
        let is_tunnel = response.status() == StatusCode::SWITCHING_PROTOCOLS;
        let Some(Sent { persists, has_unread }) = self.send(response, &head.passed, asked).await else {
            return Some(Ending::Gone);
        };
        if is_tunnel && let Some(upgrader) = upgrader {
            let mut io = self.io.lock();
            let beginning = io.read.bytes.split();
            if let Some(stream) = io.stream.take() {
                upgrader.hand_over(Box::new(Begun::with_beginning(stream, beginning.into())));
            }
            return Some(Ending::Gone);
        }
        self.activity().request_ended(!has_unread);
        match (persists, has_unread) {
            (_, true) => Some(Ending::Unread),
            (true, false) => None,
            (false, false) => Some(Ending::Done),
        }
    }

    /// Has a request answered; none if the client is gone before.
    async fn answer(&mut self, head: &mut RequestHead<RequestBody>) -> Option<Response<ResponseBody>> {
        let Connection { io, answerer, interim, half_closed, .. } = self;
        let RequestHead { request, passed, .. } = head;
        let answer = answerer.service.answer(request, Some(passed), &answerer.client, answerer.caller);
        let mut answer = pin!(answer);
        poll_fn(|cx| {
            let answered = answer.as_mut().poll(cx);
            let mut io = io.lock();
            interim.take_into(io.write.head());
            if let Poll::Ready(response) = answered {
                return Poll::Ready(Some(response));
            }
            if let Poll::Ready(Err(_)) = io.poll_write(cx) {
                return Poll::Ready(None);
            }
            poll_gone(&mut io, half_closed, cx).map(|()| None)
        })
        .await
    }

    /// Sends an answer; none if the client is gone, or the answer broke off.
    fn send(
        &mut self,
        response: Response<ResponseBody>,
        passed: &Passed,
        mut asked: Asked,
    ) -> impl Future<Output = Option<Sent>> + Send {
        let Connection { io, answerer, half_closed, .. } = self;
        let (parts, body) = response.into_parts();
        let form = {
            let mut io = io.lock();
            // What of a body nobody has read stays in the connection, which cannot go on then.
            asked.persists &= io.decoder().is_done() && !answerer.activity.is_ending();
            io.answered();
            write_head(&mut io.write, &parts, &body.size_hint(), passed, asked, answerer.service.date())
        };
        let mut sending = Sending::new(body, form);
        poll_fn(move |cx| {
            let mut io = io.lock();
            match sending.poll(&mut io, &answerer.activity, cx) {
                Poll::Ready(true) => {
                    let has_unread = !io.decoder().is_done();
                    Poll::Ready(Some(Sent { persists: form.persists, has_unread }))
                }
                Poll::Ready(false) => Poll::Ready(None),
                Poll::Pending => poll_gone(&mut io, half_closed, cx).map(|()| None),
            }
        })
    }

    /// Tells a client that it was not understood.
    async fn refuse(&mut self, malformed: Malformed) -> Ending {
        self.activity().request_began();
        // Without a body: what cannot be read may be a HEAD, whose sender would take one for the next answer.
        let mut response = refusal(&malformed.into()).map(|_| ResponseBody::text(""));
        response.headers_mut().remove(header::CONTENT_LENGTH);
        response.headers_mut().remove(header::CONTENT_TYPE);
        self.answerer.service.count_refusal(response.status());
        let sent = self.send(response, &Passed::default(), Asked::by_nobody()).await;
        self.activity().request_ended(false);
        if sent.is_some() { Ending::Unread } else { Ending::Gone }
    }

    /// Ends the connection.
    async fn end(&mut self, ending: Ending) {
        let (stream, has_unread) = {
            let mut io = self.io.lock();
            (io.stream.take(), io.has_unread())
        };
        match (stream, ending) {
            (None, _) | (_, Ending::Gone) => {}
            (Some(stream), Ending::Done) => Box::pin(linger(stream, has_unread)).await,
            (Some(stream), Ending::Unread) => Box::pin(linger(stream, true)).await,
        }
    }
}

/// RFC 9112, section 2.2: what old clients put behind a body is no beginning of a request.
fn skip_empty_lines(bytes: &mut BytesMut) {
    while bytes.starts_with(b"\r\n") {
        bytes.advance(2);
    }
}

/// Ready when the client is gone, or has ended its direction for long enough to be taken for gone.
fn poll_gone<S>(io: &mut Io<S>, half_closed: &mut HalfClosed, cx: &mut Context<'_>) -> Poll<()>
where
    S: AsyncRead + AsyncWrite + Unpin,
{
    match ready!(io.poll_end(cx)) {
        End::Broken => Poll::Ready(()),
        End::HalfClosed => half_closed.poll_gone(cx),
    }
}
