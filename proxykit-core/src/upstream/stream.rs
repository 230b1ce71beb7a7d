use std::io::{self, Read};
use std::mem::MaybeUninit;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll};

use socket2::SockRef;
use tokio::io::{AsyncRead, AsyncWrite, AsyncWriteExt, ReadBuf};
use tokio::net::TcpStream;
#[cfg(unix)]
use tokio::net::UnixStream;

/// A socket to a backend.
pub(crate) enum Socket {
    Tcp(TcpStream),
    #[cfg(unix)]
    Unix(UnixStream),
}

/// A socket that can be told to look, at its next read, whether its peer has closed it.
///
/// An event loop learns of a closed connection only when it polls for events. A request that is written before
/// that is lost, and cannot be sent again unless it is idempotent. hyper reads from an idle connection right before
/// it takes up a request, so that a look at that moment finds the close, and the request comes back unsent.
pub(super) struct Stream {
    socket: Socket,
    check: Arc<AtomicBool>,
    is_below_tls: bool,
    /// Whether a write has failed.
    is_broken: bool,
}

/// The other end of [`Stream`]'s flag.
pub(super) struct CheckOnRead(pub(super) Arc<AtomicBool>);

impl Socket {
    /// Writes all of it.
    pub(super) async fn write_all(&mut self, bytes: &[u8]) -> io::Result<()> {
        match self {
            Socket::Tcp(stream) => stream.write_all(bytes).await,
            #[cfg(unix)]
            Socket::Unix(stream) => stream.write_all(bytes).await,
        }
    }
}

impl CheckOnRead {
    pub(super) fn request(&self) {
        self.0.store(true, Ordering::Release);
    }
}

impl Stream {
    pub(super) fn new(socket: Socket, check: Arc<AtomicBool>) -> Self {
        Stream { socket, check, is_below_tls: false, is_broken: false }
    }

    /// A stream that TLS is spoken over. Not all bytes that nobody asked for are a bad sign there: the backend sends tickets
    /// for later sessions, and new keys (RFC 8446, section 4.6). So the look takes up all that has come, and leaves it to TLS
    /// whether it is such a message, the end (`close_notify`), or something that hyper must see.
    pub(super) fn below_tls(socket: Socket, check: Arc<AtomicBool>) -> Self {
        Stream { is_below_tls: true, ..Self::new(socket, check) }
    }

    /// What a write tells its caller: that it went well, even if the backend takes no more.
    ///
    /// A backend may answer before it has read all of a request, and close at once (RFC 9112, section 9.6): its answer is
    /// there to be read although writing fails. The read that follows finds the answer, or the end of the connection.
    fn written(&mut self, poll: Poll<io::Result<usize>>, len: usize) -> Poll<io::Result<usize>> {
        match poll {
            Poll::Ready(Err(_)) => {
                self.is_broken = true;
                Poll::Ready(Ok(len))
            }
            poll => poll,
        }
    }

    /// Reads what the system has, whatever the event loop knows of it.
    fn read_at_once(&self, buf: &mut ReadBuf<'_>) -> io::Result<()> {
        let bytes = buf.initialize_unfilled();
        let count = match &self.socket {
            Socket::Tcp(stream) => (&*SockRef::from(stream)).read(bytes),
            #[cfg(unix)]
            Socket::Unix(stream) => (&*SockRef::from(stream)).read(bytes),
        }?;
        buf.advance(count);
        Ok(())
    }

    /// Whether an idle connection is no longer usable: closed, broken, or with bytes that nobody asked for.
    fn is_stale(&self) -> bool {
        let mut byte = [MaybeUninit::uninit()];
        let peeked = match &self.socket {
            Socket::Tcp(stream) => SockRef::from(stream).peek(&mut byte),
            #[cfg(unix)]
            Socket::Unix(stream) => SockRef::from(stream).peek(&mut byte),
        };
        !matches!(peeked, Err(error) if error.kind() == io::ErrorKind::WouldBlock)
    }
}

impl AsyncRead for Stream {
    fn poll_read(self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        if this.check.load(Ordering::Acquire) {
            if this.is_below_tls {
                match this.read_at_once(buf) {
                    // All that has come was read.
                    Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
                    // There may be more, and TLS reads on until there is none.
                    result => return Poll::Ready(result),
                }
            }
            this.check.store(false, Ordering::Release);
            if !this.is_below_tls && this.is_stale() {
                return Poll::Ready(Ok(()));
            }
        }
        match &mut this.socket {
            Socket::Tcp(stream) => Pin::new(stream).poll_read(cx, buf),
            #[cfg(unix)]
            Socket::Unix(stream) => Pin::new(stream).poll_read(cx, buf),
        }
    }
}

impl AsyncWrite for Stream {
    fn poll_write(self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        let this = self.get_mut();
        let poll = match &mut this.socket {
            Socket::Tcp(stream) => Pin::new(stream).poll_write(cx, buf),
            #[cfg(unix)]
            Socket::Unix(stream) => Pin::new(stream).poll_write(cx, buf),
        };
        this.written(poll, buf.len())
    }

    fn poll_write_vectored(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bufs: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let this = self.get_mut();
        let poll = match &mut this.socket {
            Socket::Tcp(stream) => Pin::new(stream).poll_write_vectored(cx, bufs),
            #[cfg(unix)]
            Socket::Unix(stream) => Pin::new(stream).poll_write_vectored(cx, bufs),
        };
        this.written(poll, bufs.iter().map(|buf| buf.len()).sum())
    }

    fn is_write_vectored(&self) -> bool {
        true
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        // Sockets have no buffer of ours to flush.
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        match &mut this.socket {
            // The system has ended it already.
            _ if this.is_broken => Poll::Ready(Ok(())),
            Socket::Tcp(stream) => Pin::new(stream).poll_shutdown(cx),
            #[cfg(unix)]
            Socket::Unix(stream) => Pin::new(stream).poll_shutdown(cx),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::future::poll_fn;
    use std::io::Write;
    use std::net::TcpListener;

    use super::*;

    /// What one read says at once; `None` if it would wait.
    async fn read(stream: &mut Stream) -> Option<usize> {
        poll_fn(|cx| {
            let mut bytes = [0; 8];
            let mut buffer = ReadBuf::new(&mut bytes);
            Poll::Ready(match Pin::new(&mut *stream).poll_read(cx, &mut buffer) {
                Poll::Ready(result) => result.ok().map(|()| buffer.filled().len()),
                Poll::Pending => None,
            })
        })
        .await
    }

    async fn connected() -> (Stream, CheckOnRead, std::net::TcpStream) {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let stream = TcpStream::connect(listener.local_addr().unwrap()).await.unwrap();
        let (peer, _) = listener.accept().unwrap();
        let check = Arc::new(AtomicBool::new(false));
        let mut stream = Stream::new(Socket::Tcp(stream), check.clone());
        assert_eq!(read(&mut stream).await, None);
        (stream, CheckOnRead(check), peer)
    }

    /// The runtime does not poll for events between the close and the read: only the look finds it.
    #[tokio::test]
    async fn a_close_is_found_before_the_event_loop_hears_of_it() {
        let (mut stream, check, peer) = connected().await;
        drop(peer);
        assert_eq!(read(&mut stream).await, None);
        check.request();
        assert_eq!(read(&mut stream).await, Some(0));
    }

    #[tokio::test]
    async fn bytes_that_nobody_asked_for_count_as_a_close() {
        let (mut stream, check, mut peer) = connected().await;
        peer.write_all(b"HTTP/1.1 408").unwrap();
        check.request();
        assert_eq!(read(&mut stream).await, Some(0));
    }

    /// A record of TLS may come in pieces: the look goes on until the system has no more.
    #[tokio::test]
    async fn below_tls_the_look_reads_all_that_has_come() {
        let (mut stream, check, mut peer) = connected().await;
        stream.is_below_tls = true;
        peer.write_all(b"a ticket for later").unwrap();
        drop(peer);
        assert_eq!(read(&mut stream).await, None);
        check.request();
        assert_eq!(read(&mut stream).await, Some(8));
        assert_eq!(read(&mut stream).await, Some(8));
        assert_eq!(read(&mut stream).await, Some(2));
        assert_eq!(read(&mut stream).await, Some(0));
    }

    #[tokio::test]
    async fn an_open_connection_stays_open() {
        let (mut stream, check, _peer) = connected().await;
        check.request();
        assert_eq!(read(&mut stream).await, None);
    }
}
