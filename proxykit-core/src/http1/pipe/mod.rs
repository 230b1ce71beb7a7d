//! Moving a body from one socket to another within the system.

#[cfg(not(target_os = "linux"))]
mod elsewhere;
#[cfg(target_os = "linux")]
mod linux;

use tokio::net::TcpStream;
#[cfg(unix)]
use tokio::net::UnixStream;

#[cfg(not(target_os = "linux"))]
pub(crate) use elsewhere::{Pipe, Pipes};
#[cfg(target_os = "linux")]
pub(crate) use linux::{Pipe, Pipes};

/// A socket that carries the bytes of messages as they are.
#[derive(Clone, Copy)]
pub(crate) enum Plain<'a> {
    Tcp(&'a TcpStream),
    #[cfg(unix)]
    Unix(&'a UnixStream),
}

/// A stream that may be such a socket.
pub(crate) trait MaybePlain {
    /// The socket, if there is one, and nothing between it and the messages: no TLS, nothing that was read ahead.
    fn plain(&self) -> Option<Plain<'_>>;
}

impl MaybePlain for TcpStream {
    fn plain(&self) -> Option<Plain<'_>> {
        Some(Plain::Tcp(self))
    }
}

#[cfg(unix)]
impl MaybePlain for UnixStream {
    fn plain(&self) -> Option<Plain<'_>> {
        Some(Plain::Unix(self))
    }
}

#[cfg(test)]
impl MaybePlain for tokio::io::DuplexStream {
    fn plain(&self) -> Option<Plain<'_>> {
        None
    }
}
