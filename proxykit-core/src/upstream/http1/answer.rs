use std::task::{Context, Poll, ready};

use bytes::Bytes;
use http_body::{Frame, SizeHint};
use tokio::io::{AsyncRead, AsyncWrite};

use super::Http1;
use super::early::Early;
use crate::http1::{Begun, BoxedStream, Decoder, Framing, MaybePlain, Pipe, ReadBuffer};
use crate::upstream::MaybeTls;
use crate::upstream::body::BoxError;
use crate::upstream::stream::Stream;
use crate::upstream::timer::Timer;

/// The body of an answer.
pub(crate) struct Answer<S = MaybeTls<Stream>> {
    source: Source<S>,
    decoder: Decoder,
    persists: bool,
}

/// Where it comes from.
pub(super) enum Source<S> {
    Whole(Box<Http1<S>>),
    Early(Box<Early<S>>),
    /// It was given back, or closed.
    Gone,
}

impl<S> Answer<S> {
    pub(super) fn new(source: Source<S>, framing: Framing, persists: bool) -> Self {
        Answer { source, decoder: Decoder::new(framing), persists }
    }

    pub(crate) fn is_end_stream(&self) -> bool {
        self.decoder.is_done()
    }

    pub(crate) fn size_hint(&self) -> SizeHint {
        self.decoder.size_hint()
    }

    /// The connection's timer, if it has one still.
    pub(crate) fn timer(&mut self) -> Option<&mut Timer> {
        match &mut self.source {
            Source::Whole(connection) => Some(&mut connection.timer),
            Source::Early(_) | Source::Gone => None,
        }
    }

    /// The connection behind the answer, and whether it is good for the next request; none if it is not to be used again in
    /// any case.
    pub(crate) fn take_connection(&mut self) -> Option<(Box<Http1<S>>, bool)> {
        let Source::Whole(mut connection) = std::mem::replace(&mut self.source, Source::Gone) else {
            return None;
        };
        connection.buffer.rest();
        // What comes behind an answer that ends by itself was never asked for.
        let is_good = self.persists && self.decoder.is_done() && connection.buffer.bytes.is_empty();
        Some((connection, is_good))
    }

    /// Closes the connection.
    pub(crate) fn close(&mut self) {
        self.source = Source::Gone;
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin> Answer<S> {
    /// The next piece; none at the end of the answer.
    pub(crate) fn poll_frame(
        &mut self,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BoxError>>> {
        match &mut self.source {
            Source::Whole(connection) => {
                let Http1 { stream, buffer, .. } = &mut **connection;
                poll_read(&mut self.decoder, buffer, stream, cx)
            }
            Source::Early(early) => {
                early.poll_upload(cx)?;
                let Early { stream, buffer, .. } = &mut **early;
                poll_read(&mut self.decoder, buffer, stream, cx)
            }
            Source::Gone => Poll::Ready(None),
        }
    }
}

impl<S: MaybePlain> Answer<S> {
    /// Whether all that is left of the answer can go through a pipe.
    pub(crate) fn can_be_piped(&self) -> bool {
        let Source::Whole(connection) = &self.source else { return false };
        connection.buffer.bytes.is_empty()
            && self.decoder.left().is_some()
            && connection.stream.plain().is_some()
    }

    /// Takes the next bytes into a pipe, and says how many; none if the system does not move them this way. At the end of the
    /// answer they are zero.
    pub(crate) fn poll_pipe(
        &mut self,
        pipe: &mut Pipe,
        cx: &mut Context<'_>,
    ) -> Poll<Result<Option<usize>, BoxError>> {
        let (Source::Whole(connection), Some(left)) = (&mut self.source, self.decoder.left()) else {
            return Poll::Ready(Ok(None));
        };
        let Some(socket) = connection.stream.plain() else { return Poll::Ready(Ok(None)) };
        if left == 0 {
            return Poll::Ready(Ok(Some(0)));
        }
        let count = ready!(pipe.poll_fill(socket, left, cx))?;
        match count {
            Some(0) => self.decoder.end_of_stream()?,
            Some(count) => self.decoder.skip(count),
            None => {}
        }
        Poll::Ready(Ok(count))
    }
}

fn poll_read<S: AsyncRead + Unpin>(
    decoder: &mut Decoder,
    buffer: &mut ReadBuffer,
    stream: &mut S,
    cx: &mut Context<'_>,
) -> Poll<Option<Result<Frame<Bytes>, BoxError>>> {
    loop {
        if let Some(frame) = decoder.decode(&mut buffer.bytes)? {
            return Poll::Ready(Some(Ok(frame)));
        }
        if decoder.is_done() {
            return Poll::Ready(None);
        }
        if ready!(buffer.poll_fill(stream, cx))? == 0 {
            decoder.end_of_stream()?;
        }
    }
}

impl<S: AsyncRead + AsyncWrite + Send + Unpin + 'static> Answer<S> {
    /// The connection as it is behind an answer that changes the protocol.
    pub(crate) fn into_stream(self) -> Option<BoxedStream> {
        let Source::Whole(connection) = self.source else { return None };
        let Http1 { stream, buffer, .. } = *connection;
        Some(Box::new(Begun::with_beginning(stream, buffer.bytes.into())))
    }
}
