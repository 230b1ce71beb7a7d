use std::io;

use proxykit_tests::strict::{Body, Head};
use tokio::io::{AsyncRead, AsyncReadExt};

/// The reading end of a connection of HTTP/1.1, strictly read.
pub(crate) struct Wire<R> {
    reader: R,
    bytes: Vec<u8>,
}

/// Why a message was not read.
#[derive(Debug)]
pub(crate) enum Failed {
    /// The connection was closed or reset before its end.
    Closed,
    /// It is not as it must be.
    Wrong(String),
}

impl<R: AsyncRead + Unpin> Wire<R> {
    pub(crate) fn new(reader: R) -> Self {
        Wire { reader, bytes: Vec::new() }
    }

    /// The connection, to be written to.
    pub(crate) fn inner(&mut self) -> &mut R {
        &mut self.reader
    }

    pub(crate) fn into_inner(self) -> R {
        self.reader
    }

    /// The next head; none if the connection ends before its first byte.
    pub(crate) async fn head(&mut self) -> Result<Option<Head>, Failed> {
        loop {
            match Head::take(&mut self.bytes).map_err(Failed::Wrong)? {
                Some(head) => return Ok(Some(head)),
                None if self.fill().await? => {}
                None if self.bytes.is_empty() => return Ok(None),
                None => return Err(Failed::Closed),
            }
        }
    }

    /// Reads the body behind `head` to the end of `body`, which keeps what came when it breaks off.
    pub(crate) async fn body(&mut self, head: &Head, body: &mut Vec<u8>) -> Result<(), Failed> {
        let Some(mut framed) = Body::framed(head.framing().map_err(Failed::Wrong)?) else { return Ok(()) };
        while !framed.take(&mut self.bytes, body).map_err(Failed::Wrong)? {
            if !self.fill().await? {
                return Err(Failed::Closed);
            }
        }
        Ok(())
    }

    /// Whatever comes next; nothing at the end.
    pub(crate) async fn some(&mut self) -> Result<Vec<u8>, Failed> {
        if self.bytes.is_empty() {
            self.fill().await?;
        }
        Ok(std::mem::take(&mut self.bytes))
    }

    /// Whether more came.
    async fn fill(&mut self) -> Result<bool, Failed> {
        let read = self.reader.read_buf(&mut self.bytes).await;
        read.map(|count| count > 0).map_err(|_: io::Error| Failed::Closed)
    }
}
