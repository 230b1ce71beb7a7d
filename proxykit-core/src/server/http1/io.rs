use std::io;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker, ready};

use bytes::{Bytes, BytesMut};
use http_body::Frame;
use tokio::io::{AsyncRead, AsyncWrite};

use super::BoxError;
use crate::http1::{Decoder, Framing, Outgoing, ReadBuffer};

/// How much of later requests is read while an earlier one is answered. A client that sends more waits.
const MOST_PIPELINED: usize = 16 * 1024;

/// A client's connection, which the task that serves it shares with the body of the request. The lock is never waited for:
/// it is held within one poll only.
pub(super) struct Shared<S>(Arc<Mutex<Io<S>>>);

pub(super) struct Io<S> {
    /// None once it was handed over.
    pub(super) stream: Option<S>,
    pub(super) read: ReadBuffer,
    pub(super) write: Outgoing,
    needs_flush: bool,
    decoder: Decoder,
    /// The number of the request that the decoder is for.
    number: u64,
    /// Whether the client waits for a word before it sends its body.
    is_held_back: bool,
    /// Whether the client has ended its direction.
    has_ended: bool,
    /// Whether reading has failed: nobody is there any more.
    is_broken: bool,
    /// The task that serves the connection, if it waits for the body to be read.
    task: Option<Waker>,
}

impl<S> Clone for Shared<S> {
    fn clone(&self) -> Self {
        Shared(self.0.clone())
    }
}

impl<S> Shared<S> {
    pub(super) fn new(stream: S, beginning: &[u8]) -> Self {
        let mut read = ReadBuffer::default();
        read.bytes = BytesMut::from(beginning);
        Shared(Arc::new(Mutex::new(Io {
            stream: Some(stream),
            read,
            write: Outgoing::default(),
            needs_flush: false,
            decoder: Decoder::new(Framing::EMPTY),
            number: 0,
            is_held_back: false,
            has_ended: false,
            is_broken: false,
            task: None,
        })))
    }

    pub(super) fn lock(&self) -> MutexGuard<'_, Io<S>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<S> Io<S> {
    /// Begins to read the body of one more request.
    pub(super) fn begin_body(&mut self, framing: Framing, is_held_back: bool) {
        self.decoder = Decoder::new(framing);
        self.is_held_back = is_held_back;
        self.number += 1;
    }

    pub(super) fn number(&self) -> u64 {
        self.number
    }

    pub(super) fn decoder(&self) -> &Decoder {
        &self.decoder
    }

    pub(super) fn is_for(&self, number: u64) -> bool {
        self.number == number
    }

    /// The client is answered: it is not asked for its body any more.
    pub(super) fn answered(&mut self) {
        self.is_held_back = false;
    }

    /// Whether the client has sent, or may still send, what nobody reads.
    pub(super) fn has_unread(&self) -> bool {
        !self.decoder.is_done() || !self.read.bytes.is_empty()
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin> Io<S> {
    /// Reads more, and says how much; none at the end of the stream.
    pub(super) fn poll_fill(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<usize>> {
        let Some(stream) = &mut self.stream else { return Poll::Ready(Ok(0)) };
        if self.has_ended {
            return Poll::Ready(Ok(0));
        }
        let count = ready!(self.read.poll_fill(stream, cx));
        self.has_ended = matches!(count, Ok(0));
        self.is_broken = count.is_err();
        Poll::Ready(count)
    }

    /// Writes all that waits, and has it leave the machine.
    pub(super) fn poll_write(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let Some(stream) = &mut self.stream else {
            return Poll::Ready(Err(io::ErrorKind::NotConnected.into()));
        };
        if !self.write.is_empty() {
            self.needs_flush = true;
            ready!(self.write.poll_write(stream, cx))?;
        }
        if self.needs_flush {
            // What TLS has taken may lie in its buffer still.
            ready!(Pin::new(stream).poll_flush(cx))?;
            self.needs_flush = false;
        }
        Poll::Ready(Ok(()))
    }

    /// The next part of the request's body.
    pub(super) fn poll_body(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, BoxError>>> {
        loop {
            let decoded = self.decoder.decode(&mut self.read.bytes);
            if self.decoder.is_done() {
                // Who serves the connection looks from now on whether the client is there.
                self.wake_task(cx);
            }
            match decoded {
                Ok(Some(frame)) => return Poll::Ready(Some(Ok(frame))),
                Ok(None) if self.decoder.is_done() => return Poll::Ready(None),
                Ok(None) => {}
                Err(error) => return Poll::Ready(Some(Err(error.into()))),
            }
            if std::mem::take(&mut self.is_held_back) {
                // RFC 9110, section 15.2.1. The task writes it.
                self.write.head().extend_from_slice(b"HTTP/1.1 100 Continue\r\n\r\n");
                self.wake_task(cx);
            }
            if ready!(self.poll_fill(cx))? == 0 {
                let ended = self.decoder.end_of_stream();
                self.wake_task(cx);
                return Poll::Ready(Some(Err(
                    ended.map_or_else(BoxError::from, |()| "the body has ended".into())
                )));
            }
        }
    }

    /// Ready with whether the client has ended its direction, or cannot be reached any more; while its body is read, who reads
    /// the body finds that out.
    pub(super) fn poll_end(&mut self, cx: &mut Context<'_>) -> Poll<End> {
        loop {
            if self.is_broken {
                return Poll::Ready(End::Broken);
            }
            if self.has_ended {
                return Poll::Ready(End::HalfClosed);
            }
            if !self.decoder.is_done() {
                self.task = Some(cx.waker().clone());
                return Poll::Pending;
            }
            if self.read.bytes.len() >= MOST_PIPELINED {
                return Poll::Pending;
            }
            // What it says is looked at above.
            ready!(self.poll_fill(cx)).ok();
        }
    }

    fn wake_task(&mut self, cx: &Context<'_>) {
        if let Some(task) = self.task.take_if(|task| !task.will_wake(cx.waker())) {
            task.wake();
        }
    }
}

/// How a client ends its direction.
pub(super) enum End {
    HalfClosed,
    Broken,
}
