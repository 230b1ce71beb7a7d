use std::io;
use std::net::{IpAddr, SocketAddr};

use tokio::net::{TcpListener, TcpStream};
#[cfg(unix)]
use tokio::net::{UnixListener, UnixStream};

use super::peer::Peer;

/// An accept queue that is bound, on its way to the runtime that will accept from it.
pub(crate) enum Queue {
    Tcp(std::net::TcpListener),
    #[cfg(unix)]
    Unix(std::os::unix::net::UnixListener),
}

/// An accept queue on its runtime.
pub(super) enum Listener {
    Tcp(TcpListener),
    #[cfg(unix)]
    Unix(UnixListener),
}

/// A connection that was accepted.
pub(super) enum Stream {
    Tcp(TcpStream, SocketAddr),
    #[cfg(unix)]
    Unix(UnixStream),
}

/// A connection between two runtimes.
pub(super) enum Parked {
    Tcp(std::net::TcpStream, SocketAddr),
    #[cfg(unix)]
    Unix(std::os::unix::net::UnixStream),
}

impl Queue {
    /// Must be called on the runtime that will accept.
    pub(super) fn listen(self) -> io::Result<Listener> {
        match self {
            Queue::Tcp(listener) => TcpListener::from_std(listener).map(Listener::Tcp),
            #[cfg(unix)]
            Queue::Unix(listener) => UnixListener::from_std(listener).map(Listener::Unix),
        }
    }
}

impl Listener {
    pub(super) async fn accept(&self) -> io::Result<Stream> {
        match self {
            Listener::Tcp(listener) => {
                let (stream, address) = listener.accept().await?;
                // Linux hands the listener's option down to the connection.
                #[cfg(not(target_os = "linux"))]
                stream.set_nodelay(true)?;
                Ok(Stream::Tcp(stream, address))
            }
            #[cfg(unix)]
            Listener::Unix(listener) => Ok(Stream::Unix(listener.accept().await?.0)),
        }
    }
}

impl Stream {
    /// Who is at the other end.
    pub(super) fn peer(&self) -> Peer {
        match self {
            Stream::Tcp(stream, remote) => Peer::Tcp { remote: *remote, local: stream.local_addr().ok() },
            #[cfg(unix)]
            Stream::Unix(_) => Peer::UnixSocket,
        }
    }

    /// The address at the other end; none on a unix socket.
    pub(super) fn address(&self) -> Option<IpAddr> {
        match self {
            Stream::Tcp(_, address) => Some(address.ip()),
            #[cfg(unix)]
            Stream::Unix(_) => None,
        }
    }

    /// Takes the connection off its runtime.
    pub(super) fn park(self) -> io::Result<Parked> {
        match self {
            Stream::Tcp(stream, address) => Ok(Parked::Tcp(stream.into_std()?, address)),
            #[cfg(unix)]
            Stream::Unix(stream) => Ok(Parked::Unix(stream.into_std()?)),
        }
    }
}

impl Parked {
    /// Puts the connection on the present runtime.
    pub(super) fn resume(self) -> io::Result<Stream> {
        match self {
            Parked::Tcp(stream, address) => Ok(Stream::Tcp(TcpStream::from_std(stream)?, address)),
            #[cfg(unix)]
            Parked::Unix(stream) => Ok(Stream::Unix(UnixStream::from_std(stream)?)),
        }
    }
}
