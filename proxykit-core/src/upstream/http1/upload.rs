use std::pin::Pin;
use std::task::{Context, Poll, ready};

use http::{HeaderMap, HeaderName, HeaderValue, Request, header};
use http_body::Body;
use tokio::io::AsyncWrite;

use crate::error::Result;
use crate::http1::{Lengths, Outgoing, Passed, write_headers, write_request_line};
use crate::upstream::body::BoxError;
use crate::upstream::{Added, RequestBody};

/// How much of a body that comes in small pieces is written at once.
const ENOUGH: usize = 16 * 1024;

/// A request on its way to a backend.
pub(super) struct Upload {
    outgoing: Outgoing,
    rest: Rest,
    is_chunked: bool,
    /// Whether something was written that may lie in a buffer still.
    needs_flush: bool,
    /// Whether the backend takes no more.
    is_broken: bool,
}

/// What is still to be asked for of the body.
enum Rest {
    Length(u64),
    Chunks,
    Nothing,
}

impl Upload {
    /// Begins with the head, to which fields are added: those that are passed on, and those that are new.
    ///
    /// # Errors
    /// The head does not say in one way where the request ends.
    pub(super) fn begin<'a>(
        request: &Request<RequestBody>,
        passed: Option<&Passed>,
        added: impl Iterator<Item = Added<'a>>,
    ) -> Result<Self> {
        let (mut outgoing, mut lengths) = (Outgoing::default(), Lengths::default());
        let out = outgoing.head_of(512 + passed.map_or(0, Passed::len));
        write_request_line(out, request.method(), request.uri());
        let is_new = |(name, value): &(&HeaderName, &HeaderValue)| {
            *name != header::CONTENT_LENGTH || lengths.note(value.as_bytes())
        };
        write_headers(out, request.headers().iter().filter(is_new));
        if let Some(passed) = passed {
            passed.write_to(out);
        }
        write_headers(out, added);
        let length = lengths.agreed()?;
        let rest = match length {
            Some(0) => Rest::Nothing,
            Some(length) => Rest::Length(length),
            None if request.body().is_empty() => Rest::Nothing,
            None => Rest::Chunks,
        };
        let is_chunked = matches!(rest, Rest::Chunks);
        out.extend_from_slice(if is_chunked { b"transfer-encoding: chunked\r\n\r\n" } else { b"\r\n" });
        Ok(Upload { outgoing, rest, is_chunked, needs_flush: false, is_broken: false })
    }

    /// Whether all of it was sent.
    pub(super) fn is_complete(&self) -> bool {
        matches!(self.rest, Rest::Nothing)
            && self.outgoing.is_empty()
            && !(self.is_broken || self.needs_flush)
    }

    /// Writes the head, and the body as it comes; ready when there is nothing more to do.
    ///
    /// # Errors
    /// The body has broken off.
    pub(super) fn poll<S>(
        &mut self,
        stream: &mut S,
        body: &mut RequestBody,
        cx: &mut Context<'_>,
    ) -> Poll<Result<(), BoxError>>
    where
        S: AsyncWrite + Unpin,
    {
        loop {
            // Before anything is written, so that a head leaves with the beginning of its body.
            let gathered = self.poll_gather(body, cx)?;
            if !self.outgoing.is_empty() {
                self.needs_flush = true;
                let written = ready!(self.outgoing.poll_write(stream, cx));
                self.note(written.is_err());
            }
            if gathered.is_pending() || matches!(self.rest, Rest::Nothing) {
                if self.needs_flush {
                    let flushed = ready!(Pin::new(&mut *stream).poll_flush(cx));
                    self.needs_flush = false;
                    self.note(flushed.is_err());
                }
                return gathered.map(Ok);
            }
        }
    }

    /// Takes what is there of the body, up to enough of it; pending if the body is waited for.
    fn poll_gather(&mut self, body: &mut RequestBody, cx: &mut Context<'_>) -> Poll<Result<(), BoxError>> {
        while !matches!(self.rest, Rest::Nothing) && self.outgoing.has_room(ENOUGH) {
            let frame = match ready!(Pin::new(&mut *body).poll_frame(cx)) {
                Some(frame) => frame?,
                None => {
                    self.end(None)?;
                    continue;
                }
            };
            match frame.into_data() {
                Ok(piece) => {
                    if let Rest::Length(left) = &mut self.rest {
                        *left = left
                            .checked_sub(piece.len() as u64)
                            .ok_or("the body is longer than its announced length")?;
                        if *left == 0 {
                            self.rest = Rest::Nothing;
                        }
                    }
                    self.outgoing.put(piece, self.is_chunked);
                }
                Err(frame) => self.end(frame.trailers_ref())?,
            }
        }
        Poll::Ready(Ok(()))
    }

    fn end(&mut self, trailers: Option<&HeaderMap>) -> Result<(), BoxError> {
        match std::mem::replace(&mut self.rest, Rest::Nothing) {
            // A backend that waits for the rest would take the next request for it.
            Rest::Length(_) => return Err("the body is shorter than its announced length".into()),
            Rest::Chunks => self.outgoing.put_last_chunk(trailers),
            Rest::Nothing => {}
        }
        Ok(())
    }

    /// What cannot be written may have been answered before: the next read tells.
    fn note(&mut self, has_failed: bool) {
        if has_failed {
            self.is_broken = true;
            self.rest = Rest::Nothing;
            self.outgoing.clear();
        }
    }
}
