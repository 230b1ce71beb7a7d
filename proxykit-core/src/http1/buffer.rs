use std::future::Future;
use std::io;
use std::mem::MaybeUninit;
use std::pin::{Pin, pin};
use std::task::{Context, Poll, ready};

use bytes::BytesMut;
use tokio::io::{AsyncRead, AsyncReadExt, ReadBuf};

/// What is read at once as long as little comes: it lies on the stack, and what came is copied, so that a connection which
/// waits holds no memory, and one whose messages are small holds little. With 8 KiB an answer of 10 KiB was two reads.
const LITTLE: usize = 16 * 1024;
/// What is read at once when much comes.
const MUCH: usize = 64 * 1024;

/// What has come of a connection and was not used yet.
#[derive(Debug, Default)]
pub(crate) struct ReadBuffer {
    pub(crate) bytes: BytesMut,
    /// Whether the last read was full: more will come.
    is_flowing: bool,
}

impl ReadBuffer {
    /// Waits for more bytes, and says how many came: none at the end of the stream.
    pub(crate) fn poll_fill<S: AsyncRead + Unpin>(
        &mut self,
        stream: &mut S,
        cx: &mut Context<'_>,
    ) -> Poll<io::Result<usize>> {
        if self.is_flowing {
            self.bytes.reserve(MUCH);
            // Kept while it is waited for in the midst of much: to give it back and ask for it anew costs a page fault for each
            // 4 KiB that are read.
            let count = ready!(pin!(stream.read_buf(&mut self.bytes)).poll(cx))?;
            self.is_flowing = count > LITTLE;
            return Poll::Ready(Ok(count));
        }
        let mut little = [MaybeUninit::uninit(); LITTLE];
        let mut little = ReadBuf::uninit(&mut little);
        ready!(Pin::new(stream).poll_read(cx, &mut little))?;
        if self.bytes.capacity() == 0 {
            // To have a buffer grow that has nothing yet costs four times as much.
            self.bytes = BytesMut::from(little.filled());
        } else {
            self.bytes.extend_from_slice(little.filled());
        }
        self.is_flowing = little.remaining() == 0;
        Poll::Ready(Ok(little.filled().len()))
    }

    /// Gives the memory back, if nothing is in it, and expects little next.
    pub(crate) fn rest(&mut self) {
        if self.bytes.is_empty() {
            *self = Self::default();
        }
    }
}

#[cfg(test)]
mod tests {
    use std::future::poll_fn;

    use super::*;

    #[tokio::test]
    async fn reads_grow_with_what_comes_and_shrink_again() {
        let all: Vec<u8> = (0..200_000_u32).map(|number| number as u8).collect();
        let (mut buffer, mut stream) = (ReadBuffer::default(), &all[..]);
        let mut counts = Vec::new();
        loop {
            match poll_fn(|cx| buffer.poll_fill(&mut stream, cx)).await.unwrap() {
                0 => break,
                count => counts.push(count),
            }
        }
        assert_eq!(buffer.bytes, all);
        assert!(counts[0] == LITTLE && counts.len() < 8, "{counts:?}");
        buffer.bytes.clear();
        buffer.rest();
        assert_eq!(buffer.bytes.capacity(), 0);
    }
}
