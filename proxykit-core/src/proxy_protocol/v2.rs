//! Section 2.2: a signature, four bytes that say what follows and how much of it, addresses, and type-length-values.

use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr};

use super::checksum::crc32c;
use super::{Header, Malformed};

pub(super) const SIGNATURE: &[u8] = b"\r\n\r\n\0\r\nQUIT\n";

/// Where the addresses begin.
const FIXED: usize = SIGNATURE.len() + 4;
/// The most that may follow the fixed part. The length's two bytes would allow sixteen times as much; what proxies send
/// of it (addresses, names, certificate subjects) stays far below.
const LONGEST: usize = 4096;
/// The type of the value that holds a checksum of the whole header.
const CRC32C: u8 = 0x03;

const LOCAL: u8 = 0x20;
const PROXY: u8 = 0x21;
const TCP4: u8 = 0x11;
const TCP6: u8 = 0x21;

pub(super) fn read(bytes: &[u8]) -> Result<Option<(Header, usize)>, Malformed> {
    let Some(&command) = bytes.get(SIGNATURE.len()) else { return Ok(None) };
    if command != LOCAL && command != PROXY {
        return Err(Malformed("its version or command is unknown"));
    }
    let Some(fixed) = bytes.get(..FIXED) else { return Ok(None) };
    let length = usize::from(u16::from_be_bytes([fixed[FIXED - 2], fixed[FIXED - 1]]));
    if length > LONGEST {
        return Err(Malformed("it is too long"));
    }
    let Some(whole) = bytes.get(..FIXED + length) else { return Ok(None) };
    // Section 2.2: of LOCAL, all that follows is passed over, whatever it says.
    let header = if command == LOCAL { Header::Nobody } else { parse(whole)? };
    Ok(Some((header, whole.len())))
}

fn parse(whole: &[u8]) -> Result<Header, Malformed> {
    let (family, block) = (whole[FIXED - 3], &whole[FIXED..]);
    let (header, used) = match (family >> 4, family & 0x0f) {
        (4.., _) | (_, 3..) => return Err(Malformed("its family or transport is unknown")),
        // A family or transport that is not said: so are the addresses, and what would follow them.
        (0, _) | (_, 0) => return Ok(Header::Nobody),
        (1, transport) => {
            let block: &[u8; 12] = block.first_chunk().ok_or(Malformed("its addresses are cut off"))?;
            let [a, b, c, d, e, f, g, h, ports @ ..] = *block;
            let ips = [Ipv4Addr::new(a, b, c, d).into(), Ipv4Addr::new(e, f, g, h).into()];
            (client(transport, ips, ports), block.len())
        }
        (2, transport) => {
            let block: &[u8; 36] = block.first_chunk().ok_or(Malformed("its addresses are cut off"))?;
            let ip =
                |at: usize| Ipv6Addr::from_bits(u128::from_be_bytes(std::array::from_fn(|i| block[at + i])));
            let ports = [block[32], block[33], block[34], block[35]];
            (client(transport, [ip(0).into(), ip(16).into()], ports), block.len())
        }
        _ => {
            let block: &[u8; 216] = block.first_chunk().ok_or(Malformed("its addresses are cut off"))?;
            (Header::Unix, block.len())
        }
    };
    check_values(whole, FIXED + used)?;
    Ok(header)
}

/// The connection is one of TCP: addresses of datagrams are not its client's.
fn client(transport: u8, [source, destination]: [std::net::IpAddr; 2], ports: [u8; 4]) -> Header {
    if transport != 1 {
        return Header::Nobody;
    }
    let [a, b, c, d] = ports;
    Header::Client {
        source: SocketAddr::new(source, u16::from_be_bytes([a, b])),
        destination: SocketAddr::new(destination, u16::from_be_bytes([c, d])),
    }
}

/// Walks over the type-length-values from `at` on: each must be whole, and a checksum right. The others are passed over.
fn check_values(whole: &[u8], mut at: usize) -> Result<(), Malformed> {
    let mut checksum = None;
    while at < whole.len() {
        let &[kind, high, low] = whole[at..].first_chunk().ok_or(Malformed("a value is cut off"))?;
        let (begin, length) = (at + 3, usize::from(u16::from_be_bytes([high, low])));
        let value = whole.get(begin..begin + length).ok_or(Malformed("a value is cut off"))?;
        if kind == CRC32C {
            let value: [u8; 4] = value.try_into().map_err(|_| Malformed("its checksum is not four bytes"))?;
            if checksum.replace((begin, u32::from_be_bytes(value))).is_some() {
                return Err(Malformed("it has two checksums"));
            }
        }
        at = begin + length;
    }
    // Section 2.2.3: computed with the checksum's own bytes as zeros.
    let is_right = |(begin, expected): (usize, u32)| {
        let zeros: &[u8] = &[0; 4];
        crc32c(whole[..begin].iter().chain(zeros).chain(&whole[begin + 4..])) == expected
    };
    match checksum {
        Some(checksum) if !is_right(checksum) => Err(Malformed("its checksum is wrong")),
        _ => Ok(()),
    }
}

pub(super) fn write(header: &Header) -> Vec<u8> {
    let (command, family, block) = match header {
        Header::Nobody | Header::Unix => (LOCAL, 0, Vec::new()),
        Header::Client { source: SocketAddr::V4(source), destination: SocketAddr::V4(destination) } => {
            (PROXY, TCP4, [source.ip().octets(), destination.ip().octets()].concat())
        }
        Header::Client { source, destination } => {
            let octets = |address| match super::as_ipv6(address) {
                SocketAddr::V6(address) => address.ip().octets(),
                SocketAddr::V4(address) => address.ip().to_ipv6_mapped().octets(),
            };
            (PROXY, TCP6, [octets(*source), octets(*destination)].concat())
        }
    };
    let ports = match header {
        Header::Client { source, destination } => {
            [source.port(), destination.port()].map(u16::to_be_bytes).concat()
        }
        Header::Nobody | Header::Unix => Vec::new(),
    };
    let length = (block.len() + ports.len()) as u16;
    [SIGNATURE, &[command, family], &length.to_be_bytes(), &block, &ports].concat()
}
