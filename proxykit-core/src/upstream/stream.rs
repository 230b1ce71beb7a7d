use std::io::{self, Read};
use std::mem::MaybeUninit;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use socket2::SockRef;
use tokio::io::{AsyncRead, AsyncWrite, AsyncWriteExt, Interest, ReadBuf};
use tokio::net::TcpStream;
#[cfg(unix)]
use tokio::net::UnixStream;

use crate::http1::{MaybePlain, Plain};

/// A socket to a backend.
pub(crate) enum Socket {
    Tcp(TcpStream),
    #[cfg(unix)]
    Unix(UnixStream),
}

/// A socket of which one can find out whether its peer has closed it.
///
/// An event loop learns of a closed connection only when it polls for events. A request that is written before
/// that is lost, and cannot be sent again unless it is idempotent: it is worth to ask the system right before.
pub(super) struct Stream {
    socket: Socket,
    /// Whether reads take what the system has, whatever the event loop knows of it, and never wait.
    reads_at_once: bool,
    /// Whether a write has failed.
    is_broken: bool,
}

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

impl Stream {
    pub(super) fn new(socket: Socket) -> Self {
        Stream { socket, reads_at_once: false, is_broken: false }
    }

    /// Ready when the event loop has heard of anything on an idle connection: bytes that nobody asked for, or its end.
    pub(super) fn poll_news(&self, cx: &mut Context<'_>) -> Poll<()> {
        while ready!(self.poll_readable(cx)).is_ok() {
            // Ready may mean no more than that the last read did not empty the socket, as far as it knew.
            if self.has_news() {
                break;
            }
        }
        Poll::Ready(())
    }

    /// The same, without anybody to tell. It costs no system call as long as there is nothing, and no lock.
    pub(super) fn has_news(&self) -> bool {
        let mut byte = [0];
        let read = match &self.socket {
            Socket::Tcp(stream) => stream.try_read(&mut byte),
            #[cfg(unix)]
            Socket::Unix(stream) => stream.try_read(&mut byte),
        };
        !matches!(read, Err(error) if error.kind() == io::ErrorKind::WouldBlock)
    }

    /// The same, from the system itself.
    pub(super) fn has_news_now(&self) -> bool {
        let mut byte = [MaybeUninit::uninit()];
        let peeked = match &self.socket {
            Socket::Tcp(stream) => SockRef::from(stream).peek(&mut byte),
            #[cfg(unix)]
            Socket::Unix(stream) => SockRef::from(stream).peek(&mut byte),
        };
        !matches!(peeked, Err(error) if error.kind() == io::ErrorKind::WouldBlock)
    }

    /// Whether the event loop has heard of anything that was not read yet.
    pub(super) fn is_readable(&self) -> bool {
        match &self.socket {
            Socket::Tcp(stream) => stream.try_io(Interest::READABLE, || Ok(())),
            #[cfg(unix)]
            Socket::Unix(stream) => stream.try_io(Interest::READABLE, || Ok(())),
        }
        .is_ok()
    }

    /// Below TLS not all bytes that nobody asked for are a bad sign: the backend sends tickets for later sessions, and new
    /// keys (RFC 8446, section 4.6). So TLS is let read all that has come, and says whether it is such a message, the end
    /// (`close_notify`), or something else.
    pub(super) fn read_at_once(&mut self, at_once: bool) {
        self.reads_at_once = at_once;
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

    /// Ready with an error when the runtime is gone.
    fn poll_readable(&self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match &self.socket {
            Socket::Tcp(stream) => stream.poll_read_ready(cx),
            #[cfg(unix)]
            Socket::Unix(stream) => stream.poll_read_ready(cx),
        }
    }

    fn read_now(&self, buf: &mut ReadBuf<'_>) -> io::Result<()> {
        let bytes = buf.initialize_unfilled();
        let count = match &self.socket {
            Socket::Tcp(stream) => (&*SockRef::from(stream)).read(bytes),
            #[cfg(unix)]
            Socket::Unix(stream) => (&*SockRef::from(stream)).read(bytes),
        }?;
        buf.advance(count);
        Ok(())
    }
}

impl MaybePlain for Stream {
    fn plain(&self) -> Option<Plain<'_>> {
        Some(match &self.socket {
            Socket::Tcp(stream) => Plain::Tcp(stream),
            #[cfg(unix)]
            Socket::Unix(stream) => Plain::Unix(stream),
        })
    }
}

impl AsyncRead for Stream {
    fn poll_read(self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        if this.reads_at_once {
            return match this.read_now(buf) {
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => Poll::Pending,
                result => Poll::Ready(result),
            };
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

    async fn connected() -> (Stream, std::net::TcpStream) {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let stream = TcpStream::connect(listener.local_addr().unwrap()).await.unwrap();
        let (peer, _) = listener.accept().unwrap();
        let mut stream = Stream::new(Socket::Tcp(stream));
        assert_eq!(read(&mut stream).await, None);
        (stream, peer)
    }

    /// The runtime does not poll for events between the close and the look.
    #[tokio::test]
    async fn a_close_is_found_before_the_event_loop_hears_of_it() {
        let (mut stream, peer) = connected().await;
        drop(peer);
        assert_eq!(read(&mut stream).await, None);
        assert!(!stream.has_news() && stream.has_news_now());
    }

    #[tokio::test]
    async fn a_close_is_heard_of_without_a_read() {
        let (stream, peer) = connected().await;
        drop(peer);
        while !stream.has_news() {
            tokio::task::yield_now().await;
        }
    }

    #[tokio::test]
    async fn bytes_that_nobody_asked_for_are_news() {
        let (stream, mut peer) = connected().await;
        peer.write_all(b"HTTP/1.1 408").unwrap();
        assert!(stream.has_news_now());
        while !stream.has_news() {
            tokio::task::yield_now().await;
        }
    }

    /// A record of TLS may come in pieces: the look goes on until the system has no more.
    #[tokio::test]
    async fn below_tls_the_look_reads_all_that_has_come() {
        let (mut stream, mut peer) = connected().await;
        peer.write_all(b"a ticket for later").unwrap();
        drop(peer);
        assert_eq!(read(&mut stream).await, None);
        stream.read_at_once(true);
        assert_eq!(read(&mut stream).await, Some(8));
        assert_eq!(read(&mut stream).await, Some(8));
        assert_eq!(read(&mut stream).await, Some(2));
        assert_eq!(read(&mut stream).await, Some(0));
    }

    #[tokio::test]
    async fn an_open_connection_has_no_news() {
        let (mut stream, _peer) = connected().await;
        for _ in 0..10 {
            tokio::task::yield_now().await;
            assert!(!stream.has_news() && !stream.has_news_now());
        }
        stream.read_at_once(true);
        assert_eq!(read(&mut stream).await, None);
    }
}
