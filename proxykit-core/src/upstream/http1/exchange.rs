use std::future::poll_fn;
use std::io;
use std::task::{Context, Poll, ready};

use http::{HeaderValue, Method, Request, Response, StatusCode};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::time::Instant;

use super::Http1;
use super::answer::{Answer, Source};
use super::early::Early;
use super::upload::Upload;
use crate::error::{Error, ErrorKind, Result};
use crate::http1::{HeadLimits, Passed, ResponseHead, Unfinished, parse_response};
use crate::upstream::body::{BoxError, Progress};
use crate::upstream::{RequestBody, Terms, failure, shape};

/// The largest head of an answer.
const LIMITS: HeadLimits = HeadLimits { bytes: 64 * 1024, fields: 100 };
/// How many interim answers may come before the final one: far more than tell of anything.
const MOST_INTERIM: u32 = 1000;

/// A request, and the wait for the head of its answer.
struct Exchange<'a, S> {
    connection: &'a mut Http1<S>,
    request: &'a mut Request<RequestBody>,
    /// The place of those of its fields that are in no map, and of the answer's.
    passed: Option<&'a mut Passed>,
    terms: &'a Terms<'a>,
    method: Method,
    upload: Upload,
    /// `None` for an empty body.
    progress: Option<Progress>,
    deadline: Instant,
    interim: u32,
    unfinished: Unfinished,
}

impl<S: AsyncRead + AsyncWrite + Send + Unpin + 'static> Http1<S> {
    /// Sends a request to the backend of this name and waits for the head of the answer. After a failure the request is left as it was, but for what was
    /// read of its body; the connection comes back with the answer.
    pub(crate) async fn send(
        mut self: Box<Self>,
        request: &mut Request<RequestBody>,
        passed: Option<&mut Passed>,
        terms: &Terms<'_>,
        backend: &HeaderValue,
    ) -> Result<Response<Answer<S>>> {
        shape::for_http1(request);
        let upload = Upload::begin(request, passed.as_deref(), terms.added(backend))?;
        let (method, progress) = (request.method().clone(), request.body().progress());
        let deadline = Instant::from_std(terms.clock.now()) + terms.response_head;
        let mut exchange = Exchange {
            connection: &mut self,
            request: &mut *request,
            passed,
            terms,
            method,
            upload,
            progress,
            deadline,
            interim: 0,
            unfinished: Unfinished::default(),
        };
        let head = poll_fn(|cx| exchange.poll(cx)).await?;
        let Exchange { upload, progress, .. } = exchange;
        if let Some(progress) = progress {
            progress.answered();
        }
        let ResponseHead { response, framing, persists } = head;
        let body = std::mem::take(request.body_mut());
        let source = match upload.is_complete() {
            true => Source::Whole(self),
            // All is said, and nobody waits for the rest.
            false if framing.is_empty() => Source::Gone,
            false => Source::Early(Box::new(Early::new(*self, upload, body))),
        };
        Ok(response.map(|()| Answer::new(source, framing, persists)))
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin> Exchange<'_, S> {
    fn poll(&mut self, cx: &mut Context<'_>) -> Poll<Result<ResponseHead>> {
        let body = self.request.body_mut();
        if let Poll::Ready(Err(error)) = self.upload.poll(&mut self.connection.stream, body, cx) {
            return Poll::Ready(Err(self.body_broke_off(error)));
        }
        if let Poll::Ready(head) = self.poll_head(cx) {
            return Poll::Ready(head);
        }
        ready!(self.poll_late(cx));
        Poll::Ready(Err(ErrorKind::ResponseTimeout.into()))
    }

    /// Reads up to the end of the final head.
    fn poll_head(&mut self, cx: &mut Context<'_>) -> Poll<Result<ResponseHead>> {
        loop {
            let buffer = &mut self.connection.buffer;
            if self.unfinished.is_worth_a_look(&buffer.bytes, LIMITS.bytes) {
                // The request's own fields are not needed any more when the final answer is there.
                let spare = || std::mem::take(self.request.headers_mut());
                let passed = self.passed.as_deref_mut();
                let parsed = parse_response(&mut buffer.bytes, &self.method, LIMITS, passed, spare);
                match parsed.map_err(failure::of_message)? {
                    Some(head) if is_interim(head.response.status()) => {
                        self.unfinished.ended();
                        self.pass_on(&head)?;
                        continue;
                    }
                    Some(head) => return Poll::Ready(self.check(head)),
                    None => {}
                }
            }
            if ready!(buffer.poll_fill(&mut self.connection.stream, cx)).map_err(failure::of_connection)? == 0
            {
                let ended = io::Error::from(io::ErrorKind::UnexpectedEof);
                return Poll::Ready(Err(failure::of_connection(ended)));
            }
        }
    }

    fn pass_on(&mut self, head: &ResponseHead) -> Result<()> {
        self.interim += 1;
        if self.interim > MOST_INTERIM {
            return Err(Error::new(
                ErrorKind::UpstreamProtocol,
                "the backend sends interim answers without end",
            ));
        }
        (self.terms.interim)(head.response.status(), head.response.headers());
        Ok(())
    }

    /// RFC 9110, section 7.8: the protocol changes behind the request.
    fn check(&self, head: ResponseHead) -> Result<ResponseHead> {
        let is_change = head.response.status() == StatusCode::SWITCHING_PROTOCOLS;
        if is_change && !self.upload.is_complete() {
            let message = "the backend changed the protocol before it had the request";
            return Err(Error::new(ErrorKind::UpstreamProtocol, message));
        }
        Ok(head)
    }

    /// Ready when nothing has come within the limit of the last piece of the request.
    fn poll_late(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        loop {
            ready!(self.connection.timer.poll(self.deadline, cx));
            match &self.progress {
                Some(progress) if progress.last() + self.terms.response_head > self.deadline => {
                    self.deadline = progress.last() + self.terms.response_head;
                }
                _ => return Poll::Ready(()),
            }
        }
    }

    fn body_broke_off(&self, error: BoxError) -> Error {
        match self.progress.as_ref().and_then(Progress::broken) {
            Some(limit) => limit.into(),
            // The client's doing, and no reason to try again.
            None => Error::from(ErrorKind::ClientClosed).because(error),
        }
    }
}

fn is_interim(status: StatusCode) -> bool {
    status.is_informational() && status != StatusCode::SWITCHING_PROTOCOLS
}
