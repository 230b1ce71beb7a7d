//! The PROXY protocol, versions 1 and 2: what one proxy says to the next, before anything else, of the client whose
//! connection it passes on.
//!
//! Pure: bytes in, a [`Header`] out, and back. Section numbers are those of the protocol's specification,
//! `proxy-protocol.txt` of HAProxy.

mod checksum;
mod v1;
mod v2;

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

/// What the header at the beginning of a connection says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Header {
    /// The connection is of the sender's own, or it knows nothing of its client (`LOCAL`, `UNKNOWN`).
    Nobody,
    /// The connection is passed on for a client that came over a unix socket, and has no address.
    Unix,
    /// The connection is passed on for a client.
    Client {
        /// Where the client came from.
        source: SocketAddr,
        /// Where it went to.
        destination: SocketAddr,
    },
}

/// Which version of the protocol.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Version {
    /// One line of text.
    V1,
    /// Binary.
    V2,
}

/// The beginning of a connection is no header, and why.
#[derive(Debug, PartialEq, Eq)]
pub struct Malformed(&'static str);

impl Header {
    /// Reads the header at the beginning of `bytes`, and says how long it is; none if more bytes are needed.
    ///
    /// What follows the header is not looked at. A beginning that no header has is refused at its first wrong byte, so
    /// that a peer that speaks something else is not waited for.
    pub fn read(bytes: &[u8]) -> Result<Option<(Header, usize)>, Malformed> {
        if begins(bytes, v2::SIGNATURE) {
            v2::read(bytes)
        } else if begins(bytes, v1::SIGNATURE) {
            v1::read(bytes)
        } else {
            Err(Malformed("it begins with neither signature"))
        }
    }

    /// The header of a connection that is passed on for `source`, which came to `destination`.
    pub fn of(source: SocketAddr, destination: SocketAddr) -> Self {
        let (source, destination) = (canonical(source), canonical(destination));
        if source.is_ipv4() == destination.is_ipv4() {
            return Header::Client { source, destination };
        }
        // Both have one family on the wire.
        Header::Client { source: as_ipv6(source), destination: as_ipv6(destination) }
    }

    /// The bytes of the wire.
    pub fn write(&self, version: Version) -> Vec<u8> {
        match version {
            Version::V1 => v1::write(self),
            Version::V2 => v2::write(self),
        }
    }
}

/// Whether one of the two begins with the other.
fn begins(bytes: &[u8], signature: &[u8]) -> bool {
    let compared = bytes.len().min(signature.len());
    bytes[..compared] == signature[..compared]
}

/// A client of IPv4 as such, also where a socket for both families saw it.
fn canonical(address: SocketAddr) -> SocketAddr {
    SocketAddr::new(address.ip().to_canonical(), address.port())
}

fn as_ipv6(address: SocketAddr) -> SocketAddr {
    let ip: Ipv6Addr = match address.ip() {
        IpAddr::V4(ip) => ip.to_ipv6_mapped(),
        IpAddr::V6(ip) => ip,
    };
    SocketAddr::new(ip.into(), address.port())
}

/// The address of nowhere, in the family of `other`.
pub(crate) fn nowhere_beside(other: SocketAddr) -> SocketAddr {
    let ip: IpAddr = match canonical(other).is_ipv4() {
        true => Ipv4Addr::UNSPECIFIED.into(),
        false => Ipv6Addr::UNSPECIFIED.into(),
    };
    SocketAddr::new(ip, 0)
}

impl fmt::Display for Malformed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the connection does not begin with a PROXY protocol header: {}", self.0)
    }
}

impl std::error::Error for Malformed {}

#[cfg(test)]
mod tests;
