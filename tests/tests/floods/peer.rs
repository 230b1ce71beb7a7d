use std::io::{ErrorKind, Read, Write};
use std::net::TcpStream;
use std::time::Duration;

/// How long a peer tries to write; one whose proxy takes nothing for so long is held back.
const HELD_BACK: Duration = Duration::from_millis(500);

pub(crate) const DATA: u8 = 0;
pub(crate) const HEADERS: u8 = 1;
pub(crate) const RST_STREAM: u8 = 3;
pub(crate) const SETTINGS: u8 = 4;
pub(crate) const PING: u8 = 6;
pub(crate) const CONTINUATION: u8 = 9;

pub(crate) const END_STREAM: u8 = 1;
pub(crate) const END_HEADERS: u8 = 4;

/// A client of HTTP/2 that writes what it likes, and reads nothing until the end.
pub(crate) struct Peer(TcpStream);

/// How a flood went.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Flooded {
    /// The proxy has ended the connection.
    Ended,
    /// The proxy takes no more.
    HeldBack,
    /// The proxy has taken all of it.
    Taken,
}

impl Peer {
    pub(crate) fn connect(address: &str, settings: &[u8]) -> Self {
        let mut stream = TcpStream::connect(address).unwrap();
        stream.set_write_timeout(Some(HELD_BACK)).unwrap();
        let opening = [b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", &frame(SETTINGS, 0, 0, settings)[..]].concat();
        stream.write_all(&opening).unwrap();
        Peer(stream)
    }

    /// Writes frames, made anew for each number, until there are `most`.
    pub(crate) fn flood(&mut self, most: u32, frames: impl Fn(u32) -> Vec<u8>) -> Flooded {
        const AT_ONCE: usize = 64 * 1024;
        let mut piece = Vec::new();
        for number in 0..most {
            piece.extend(frames(number));
            if piece.len() < AT_ONCE && number + 1 < most {
                continue;
            }
            match self.0.write_all(&piece) {
                Ok(()) => piece.clear(),
                Err(error) if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut) => {
                    return Flooded::HeldBack;
                }
                Err(_) => return Flooded::Ended,
            }
        }
        Flooded::Taken
    }

    /// Whether the proxy ends the connection, whatever it sends before.
    pub(crate) fn is_ended(&mut self, deadline: Duration) -> bool {
        self.0.set_read_timeout(Some(deadline)).unwrap();
        let mut buffer = [0; 16 * 1024];
        loop {
            match self.0.read(&mut buffer) {
                Ok(0) => return true,
                Ok(_) => {}
                Err(error) => return !matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut),
            }
        }
    }
}

/// RFC 9113, section 4.1.
pub(crate) fn frame(kind: u8, flags: u8, stream: u32, payload: &[u8]) -> Vec<u8> {
    let length = u32::try_from(payload.len()).unwrap().to_be_bytes();
    [&length[1..], &[kind, flags], &stream.to_be_bytes(), payload].concat()
}

/// The number of the n-th stream of a client.
pub(crate) fn stream(number: u32) -> u32 {
    2 * number + 1
}

/// The fields of a request for `/`, with more of them; no name is indexed (RFC 7541, section 6.2.2).
pub(crate) fn fields(method: u8, more: &[(&str, &str)]) -> Vec<u8> {
    let mut block = vec![method, 0x86, 0x84];
    for (name, value) in [&[(":authority", "a")], more].concat() {
        block.push(0);
        for text in [name, value] {
            block.push(u8::try_from(text.len()).unwrap());
            block.extend(text.bytes());
        }
    }
    block
}

pub(crate) const GET: u8 = 0x82;
pub(crate) const POST: u8 = 0x83;
