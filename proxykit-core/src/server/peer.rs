use std::io;
use std::net::SocketAddr;

use tokio::io::AsyncRead;

use crate::config::Origin;
use crate::http1::Begun;
use crate::management::Caller;
use crate::proxy::Client;
use crate::proxy_protocol::Header;

/// Who is at the other end of a connection.
#[derive(Clone, Copy)]
pub(super) enum Peer {
    Tcp { remote: SocketAddr, local: Option<SocketAddr> },
    UnixSocket,
}

impl Peer {
    /// Whether it comes from one of these.
    pub(super) fn is_from(&self, origins: &[Origin]) -> bool {
        origins.iter().any(|origin| match (self, origin) {
            (Peer::Tcp { remote, .. }, Origin::Network(network)) => {
                network.contains(&remote.ip().to_canonical())
            }
            (Peer::UnixSocket, Origin::Unix) => true,
            _ => false,
        })
    }

    /// The peer is the client itself.
    pub(super) fn as_client(&self) -> (Client, Caller) {
        match *self {
            Peer::Tcp { remote, local } => {
                let caller = if self.is_local() { Caller::Loopback } else { Caller::Other };
                (Client::at(remote, local), caller)
            }
            Peer::UnixSocket => (Client::on_unix_socket(), Caller::UnixSocket),
        }
    }

    /// The peer is a proxy that says this of its client.
    pub(super) fn behind_proxy(&self, header: Header) -> (Client, Caller) {
        match (header, *self) {
            (Header::Client { source, destination }, _) => {
                // A loopback address is of the proxy's machine: it is ours only if the proxy is here too.
                let is_local = source.ip().to_canonical().is_loopback() && self.is_local();
                let caller = if is_local { Caller::Loopback } else { Caller::Other };
                (Client::at(source, Some(destination)), caller)
            }
            // The proxy's address: over TCP, what stands at the end of X-Forwarded-For is always of our making.
            (Header::Nobody | Header::Unix, Peer::Tcp { remote, local }) => {
                (Client::unnamed_at(remote, local), Caller::Other)
            }
            (Header::Nobody | Header::Unix, Peer::UnixSocket) => (Client::unknown(), Caller::Other),
        }
    }

    /// Whether it is on this machine.
    fn is_local(&self) -> bool {
        match self {
            Peer::Tcp { remote, .. } => remote.ip().to_canonical().is_loopback(),
            Peer::UnixSocket => true,
        }
    }
}

/// Takes the PROXY protocol header off the beginning of a connection, and not a byte more.
///
/// # Errors
/// The connection begins otherwise, or ends within the header.
pub(super) async fn take_header<S: AsyncRead + Unpin>(stream: &mut Begun<S>) -> io::Result<Header> {
    loop {
        match Header::read(stream.beginning()) {
            Ok(Some((header, length))) => {
                stream.skip(length);
                return Ok(header);
            }
            Ok(None) if stream.read_more().await? > 0 => {}
            Ok(None) => return Err(io::ErrorKind::UnexpectedEof.into()),
            Err(malformed) => return Err(io::Error::new(io::ErrorKind::InvalidData, malformed)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tcp(remote: &str) -> Peer {
        Peer::Tcp { remote: remote.parse().unwrap(), local: Some("127.0.0.1:80".parse().unwrap()) }
    }

    fn client(source: &str) -> Header {
        Header::of(source.parse().unwrap(), "192.0.2.80:80".parse().unwrap())
    }

    #[test]
    fn origins_are_networks_or_unix_sockets() {
        let origins: Vec<Origin> =
            ["10.0.0.0/8", "::1", "unix"].iter().map(|text| text.parse().unwrap()).collect();
        for (peer, expected) in [
            (tcp("10.1.2.3:1"), true),
            (tcp("[::ffff:10.1.2.3]:1"), true),
            (tcp("[::1]:1"), true),
            (tcp("11.0.0.1:1"), false),
            (Peer::UnixSocket, true),
        ] {
            assert_eq!(peer.is_from(&origins), expected);
            assert!(!peer.is_from(&[]));
        }
        assert!(!Peer::UnixSocket.is_from(&origins[..2]));
    }

    #[test]
    fn a_proxy_makes_nobody_local_who_is_not() {
        for (peer, header, expected) in [
            (tcp("127.0.0.1:1"), client("192.0.2.1:1"), Caller::Other),
            (tcp("127.0.0.1:1"), client("127.0.0.1:1"), Caller::Loopback),
            (tcp("[::1]:1"), client("[::ffff:127.0.0.1]:1"), Caller::Loopback),
            (tcp("10.0.0.1:1"), client("127.0.0.1:1"), Caller::Other),
            (tcp("127.0.0.1:1"), Header::Nobody, Caller::Other),
            (tcp("127.0.0.1:1"), Header::Unix, Caller::Other),
            (Peer::UnixSocket, client("192.0.2.1:1"), Caller::Other),
            (Peer::UnixSocket, client("127.0.0.1:1"), Caller::Loopback),
            (Peer::UnixSocket, Header::Nobody, Caller::Other),
            (Peer::UnixSocket, Header::Unix, Caller::Other),
        ] {
            assert_eq!(peer.behind_proxy(header).1, expected, "{header:?}");
        }
    }

    #[tokio::test]
    async fn nothing_is_read_past_the_header() {
        let (mut sender, receiver) = tokio::io::duplex(7);
        let written = client("192.0.2.1:1").write(crate::proxy_protocol::Version::V2);
        let sent = [&written[..], b"GET / HTTP/1.1"].concat();
        let sending = async move { tokio::io::AsyncWriteExt::write_all(&mut sender, &sent).await.unwrap() };
        let reading = async move {
            let mut stream = Begun::new(receiver);
            assert_eq!(take_header(&mut stream).await.unwrap(), client("192.0.2.1:1"));
            let mut rest = String::new();
            tokio::io::AsyncReadExt::read_to_string(&mut stream, &mut rest).await.unwrap();
            assert_eq!(rest, "GET / HTTP/1.1");
        };
        tokio::join!(sending, reading);
    }

    #[tokio::test]
    async fn a_connection_that_begins_otherwise_is_an_error() {
        for (sent, kind) in [
            (&b"GET / HTTP/1.1\r\n"[..], io::ErrorKind::InvalidData),
            (b"PROXY TCP4 192.0", io::ErrorKind::UnexpectedEof),
            (b"", io::ErrorKind::UnexpectedEof),
        ] {
            assert_eq!(take_header(&mut Begun::new(sent)).await.unwrap_err().kind(), kind);
        }
    }
}
