//! Section 2.1: `PROXY TCP4 192.0.2.1 198.51.100.1 56324 443\r\n`.

use std::net::{IpAddr, SocketAddr};

use super::{Header, Malformed};

pub(super) const SIGNATURE: &[u8] = b"PROXY ";

/// The longest line with its end: two addresses of IPv6 and two ports.
const LONGEST: usize = 107;

pub(super) fn read(bytes: &[u8]) -> Result<Option<(Header, usize)>, Malformed> {
    let window = &bytes[..bytes.len().min(LONGEST)];
    let Some(end) = window.iter().position(|byte| *byte == b'\n') else {
        return if window.len() < LONGEST { Ok(None) } else { Err(Malformed("its line is too long")) };
    };
    let line = window[..end].strip_suffix(b"\r").ok_or(Malformed("its line does not end in CR LF"))?;
    let rest = line.strip_prefix(SIGNATURE).ok_or(Malformed("it begins with neither signature"))?;
    let rest = std::str::from_utf8(rest).map_err(|_| Malformed("its line is not ASCII"))?;
    Ok(Some((parse(rest)?, end + 1)))
}

fn parse(rest: &str) -> Result<Header, Malformed> {
    let mut words = rest.split(' ');
    let is_ipv4 = match words.next() {
        Some("TCP4") => true,
        Some("TCP6") => false,
        // What follows the word is not looked at.
        Some("UNKNOWN") => return Ok(Header::Nobody),
        _ => return Err(Malformed("its family is none of TCP4, TCP6, UNKNOWN")),
    };
    let mut next = || words.next().ok_or(Malformed("its line lacks something"));
    let (source, destination) = (address(next()?, is_ipv4)?, address(next()?, is_ipv4)?);
    let (source_port, destination_port) = (port(next()?)?, port(next()?)?);
    if words.next().is_some() {
        return Err(Malformed("its line has too much"));
    }
    Ok(Header::Client {
        source: SocketAddr::new(source, source_port),
        destination: SocketAddr::new(destination, destination_port),
    })
}

fn address(word: &str, is_ipv4: bool) -> Result<IpAddr, Malformed> {
    let address = match is_ipv4 {
        true => word.parse().map(IpAddr::V4),
        false => word.parse().map(IpAddr::V6),
    };
    address.map_err(|_| Malformed("an address is not one of its family"))
}

fn port(word: &str) -> Result<u16, Malformed> {
    let is_plain =
        word.bytes().all(|byte| byte.is_ascii_digit()) && (word.len() == 1 || !word.starts_with('0'));
    word.parse().ok().filter(|_| is_plain).ok_or(Malformed("a port is not a number from 0 to 65535"))
}

pub(super) fn write(header: &Header) -> Vec<u8> {
    match header {
        Header::Nobody | Header::Unix => b"PROXY UNKNOWN\r\n".to_vec(),
        Header::Client { source, destination } => {
            let family = if source.is_ipv4() { "TCP4" } else { "TCP6" };
            let (from, to) = (source.ip(), destination.ip());
            format!("PROXY {family} {from} {to} {} {}\r\n", source.port(), destination.port()).into_bytes()
        }
    }
}
