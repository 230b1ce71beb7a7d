use std::io::{ErrorKind, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::os::fd::AsFd;
use std::time::Instant;

use bytes::{Buf, Bytes};
use rustix::event::epoll::{self, EventData, EventFlags};
use socket2::{Domain, Protocol, Socket, Type};

use super::response::Response;
use crate::Result;

/// A connection and the request on it, if there is one.
pub(super) struct Connection {
    stream: TcpStream,
    unsent: Bytes,
    response: Response,
    /// When the request was due.
    pub(super) due: Option<Instant>,
}

/// What became of a connection after something happened on it.
pub(super) enum Progress {
    /// It waits.
    None,
    /// The answer is whole, and has this status.
    Answered(u16),
    /// It can be used no more.
    Broken,
}

impl Connection {
    /// Begins to connect, and has `poll` tell of it as `number`.
    pub(super) fn open(
        address: SocketAddr,
        poll: impl AsFd,
        number: usize,
        due: Option<Instant>,
    ) -> Result<Self> {
        let socket = Socket::new(Domain::for_address(address), Type::STREAM, Some(Protocol::TCP))?;
        socket.set_nonblocking(true)?;
        socket.set_tcp_nodelay(true)?;
        if let Err(error) = socket.connect(&address.into())
            && error.raw_os_error() != Some(rustix::io::Errno::INPROGRESS.raw_os_error())
        {
            return Err(error.into());
        }
        // Edges, so that one call serves the connection's whole life.
        let events = EventFlags::IN | EventFlags::OUT | EventFlags::RDHUP | EventFlags::ET;
        epoll::add(poll, &socket, EventData::new_u64(number as u64), events)?;
        Ok(Connection { stream: socket.into(), unsent: Bytes::new(), response: Response::default(), due })
    }

    /// Begins a request that was due at this time.
    pub(super) fn send(&mut self, request: Bytes, due: Instant) -> Progress {
        self.due = Some(due);
        self.unsent = request;
        self.write()
    }

    /// Goes on after something has happened.
    pub(super) fn advance(&mut self, buffer: &mut [u8]) -> Progress {
        if let Progress::Broken = self.write() {
            return Progress::Broken;
        }
        loop {
            match self.stream.read(buffer) {
                Ok(0) => return Progress::Broken,
                Ok(length) => match self.response.take(&buffer[..length]) {
                    Ok(Some(status)) if self.due.is_some() => return Progress::Answered(status),
                    // A short read has emptied the socket (epoll(7)): the next edge tells of more.
                    Ok(None) if length < buffer.len() => return Progress::None,
                    Ok(None) => {}
                    _ => return Progress::Broken,
                },
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) if is_not_yet(&error) => return Progress::None,
                Err(_) => return Progress::Broken,
            }
        }
    }

    fn write(&mut self) -> Progress {
        while !self.unsent.is_empty() {
            match self.stream.write(&self.unsent) {
                Ok(length) => self.unsent.advance(length),
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) if is_not_yet(&error) => break,
                Err(_) => return Progress::Broken,
            }
        }
        Progress::None
    }
}

/// A socket that still connects is not connected, or would block.
fn is_not_yet(error: &std::io::Error) -> bool {
    matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::NotConnected)
}
