use std::io::{self, IoSlice};
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use bytes::{Buf, Bytes};
use http::HeaderMap;
use tokio::io::AsyncWrite;

use super::write::{write_chunk_size, write_trailers};

/// A piece up to this size is copied behind what waits, and leaves with it in one plain write; a larger one is written from
/// where it lies.
const SMALL: usize = 2048;

/// What is to be written to a connection: bytes of ours, then a piece of a body, then the end of a chunk.
///
/// It holds one piece at a time: the next is asked for when this one is gone, so that a slow reader slows its source down.
#[derive(Default)]
pub(crate) struct Outgoing {
    bytes: Vec<u8>,
    written: usize,
    piece: Bytes,
    end: &'static [u8],
    /// How much was written in all: who sees it rise knows that the other side reads.
    progress: u64,
}

impl Outgoing {
    /// Where a head is written to. Only before a piece is put.
    pub(crate) fn head(&mut self) -> &mut Vec<u8> {
        &mut self.bytes
    }

    /// The same, with room for a head of this size.
    pub(crate) fn head_of(&mut self, size: usize) -> &mut Vec<u8> {
        if self.bytes.capacity() == 0 {
            // To have a vector grow that has nothing yet costs three times as much.
            self.bytes = Vec::with_capacity(size);
        } else {
            self.bytes.reserve(size);
        }
        &mut self.bytes
    }

    /// Whether all was written.
    pub(crate) fn is_empty(&self) -> bool {
        self.written == self.bytes.len() && self.piece.is_empty() && self.end.is_empty()
    }

    /// Whether a piece can be put, and less than this waits.
    pub(crate) fn has_room(&self, enough: usize) -> bool {
        self.piece.is_empty() && self.end.is_empty() && self.bytes.len() < enough
    }

    /// Puts a piece of a body behind what waits. Only when no piece waits.
    pub(crate) fn put(&mut self, piece: Bytes, is_chunked: bool) {
        if piece.is_empty() {
            // As a chunk it would be the last.
            return;
        }
        if is_chunked {
            write_chunk_size(&mut self.bytes, piece.len());
            self.end = b"\r\n";
        }
        if piece.len() <= SMALL {
            self.bytes.extend_from_slice(&piece);
            self.bytes.extend_from_slice(std::mem::take(&mut self.end));
        } else {
            self.piece = piece;
        }
    }

    /// Ends a chunked body. Only when no piece waits.
    pub(crate) fn put_last_chunk(&mut self, trailers: Option<&HeaderMap>) {
        self.bytes.extend_from_slice(b"0\r\n");
        if let Some(trailers) = trailers {
            write_trailers(&mut self.bytes, trailers);
        }
        self.bytes.extend_from_slice(b"\r\n");
    }

    /// Gives all of it back: nothing is to be written any more.
    pub(crate) fn clear(&mut self) {
        *self = Outgoing { progress: self.progress, ..Self::default() };
    }

    /// Counts what was written another way.
    pub(crate) fn passed(&mut self, count: usize) {
        self.progress = self.progress.wrapping_add(count as u64);
    }

    pub(crate) fn progress(&self) -> u64 {
        self.progress
    }

    /// Writes all of it. Then it holds no memory.
    pub(crate) fn poll_write<S>(&mut self, stream: &mut S, cx: &mut Context<'_>) -> Poll<io::Result<()>>
    where
        S: AsyncWrite + Unpin,
    {
        while !self.is_empty() {
            let head = &self.bytes[self.written..];
            let count = if self.piece.is_empty() && self.end.is_empty() {
                ready!(Pin::new(&mut *stream).poll_write(cx, head))?
            } else {
                let slices = [IoSlice::new(head), IoSlice::new(&self.piece), IoSlice::new(self.end)];
                // Some streams look at the first slice only.
                let first = slices.iter().position(|slice| !slice.is_empty()).unwrap_or_default();
                ready!(Pin::new(&mut *stream).poll_write_vectored(cx, &slices[first..]))?
            };
            if count == 0 {
                return Poll::Ready(Err(io::ErrorKind::WriteZero.into()));
            }
            self.advance(count);
        }
        self.clear();
        Poll::Ready(Ok(()))
    }

    fn advance(&mut self, mut count: usize) {
        self.progress = self.progress.wrapping_add(count as u64);
        let head = count.min(self.bytes.len() - self.written);
        self.written += head;
        count -= head;
        let piece = count.min(self.piece.len());
        self.piece.advance(piece);
        self.end = self.end.get(count - piece..).unwrap_or_default();
    }
}

#[cfg(test)]
mod tests {
    use std::future::poll_fn;

    use tokio::io::AsyncReadExt;

    use super::*;

    #[tokio::test]
    async fn all_arrives_in_order_however_little_the_stream_takes() {
        let large = Bytes::from(vec![b'x'; 5000]);
        for room in [1, 3, 5, 4000, 100_000] {
            let (mut near, mut far) = tokio::io::duplex(room);
            let writer = async {
                let mut outgoing = Outgoing::default();
                outgoing.head().extend_from_slice(b"HEAD\r\n\r\n");
                for piece in [Bytes::from_static(b"small"), large.clone(), Bytes::new()] {
                    outgoing.put(piece, true);
                    poll_fn(|cx| outgoing.poll_write(&mut near, cx)).await.unwrap();
                    assert!(outgoing.is_empty());
                }
                outgoing.put_last_chunk(None);
                poll_fn(|cx| outgoing.poll_write(&mut near, cx)).await.unwrap();
                drop(near);
            };
            let mut all = Vec::new();
            let (read, ()) = tokio::join!(far.read_to_end(&mut all), writer);
            read.unwrap();
            let expected =
                [&b"HEAD\r\n\r\n5\r\nsmall\r\n1388\r\n"[..], &large, &b"\r\n0\r\n\r\n"[..]].concat();
            assert_eq!(all, expected, "{room}");
        }
    }
}
