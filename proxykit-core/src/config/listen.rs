use std::fmt;
use std::path::PathBuf;
use std::str::FromStr;

use crate::error::{Error, ErrorKind, Result};

/// Where to accept connections: `HOST:PORT`, `unix:PATH`, `fd:N`, `systemd` or `systemd:NAME`.
///
/// Port 0 takes a free port, which `Manager::address` then gives. An empty host (`:8080`) is every address of the
/// machine, IPv4 and IPv6 alike; an IPv6 address stands in brackets (`[::1]:8080`).
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Listen {
    /// A TCP address; the host is a name or an address, or empty.
    Tcp {
        /// The name or address, without brackets; empty for every address.
        host: String,
        /// The port; 0 for a free one.
        port: u16,
    },
    /// A unix socket at this path, made when listening starts and removed when it ends.
    Unix(PathBuf),
    /// A socket that listens already, TCP or unix, under this descriptor of the process: `fd:3`. It stays its owner's: what
    /// is accepted from is a copy, and the owner may close the descriptor once listening has begun. As long as that is
    /// open the socket listens, also when the manager has stopped.
    Descriptor(i32),
    /// A socket that systemd handed in, under the name that its unit gives it (`systemd:NAME`), or the first one (`systemd`).
    Systemd(Option<String>),
}

impl FromStr for Listen {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        let invalid =
            |why: &str| Error::new(ErrorKind::InvalidAddress, format!("invalid address {text:?}: {why}"));
        if text.contains(|c: char| c.is_control()) {
            return Err(invalid("it has a control character"));
        }
        if let Some(path) = text.strip_prefix("unix:") {
            return if path.is_empty() {
                Err(invalid("the path of the unix socket is missing"))
            } else if cfg!(not(unix)) {
                Err(invalid("unix sockets are not supported on this system"))
            } else {
                Ok(Listen::Unix(path.into()))
            };
        }
        if let Some(number) = text.strip_prefix("fd:") {
            let is_plain = number.bytes().all(|byte| byte.is_ascii_digit());
            let number = number.parse().ok().filter(|_| is_plain);
            return number.map(Listen::Descriptor).ok_or_else(|| invalid("the descriptor must be a number"));
        }
        if text == "systemd" {
            return Ok(Listen::Systemd(None));
        }
        if let Some(name) = text.strip_prefix("systemd:") {
            return match name.is_empty() || name.contains(':') {
                true => Err(invalid("the name of the socket must stand behind the colon")),
                false => Ok(Listen::Systemd(Some(name.to_owned()))),
            };
        }
        let (host, port) = text
            .rsplit_once(':')
            .ok_or_else(|| invalid("it must be HOST:PORT, unix:PATH, fd:N or systemd"))?;
        if !port.bytes().all(|byte| byte.is_ascii_digit()) {
            return Err(invalid("the port must be a number from 0 to 65535"));
        }
        let port = port.parse().map_err(|_| invalid("the port must be a number from 0 to 65535"))?;
        let host = match host.strip_prefix('[') {
            Some(inner) => inner
                .strip_suffix(']')
                .filter(|inner| inner.parse::<std::net::Ipv6Addr>().is_ok())
                .ok_or_else(|| invalid("what stands in the brackets must be an IPv6 address"))?,
            None if host.contains(':') => return Err(invalid("an IPv6 address must stand in brackets")),
            None if host.contains(|c: char| c.is_whitespace() || "/@[]".contains(c)) => {
                return Err(invalid("the host is not a name or an address"));
            }
            None => host,
        };
        Ok(Listen::Tcp { host: host.to_owned(), port })
    }
}

impl fmt::Display for Listen {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Listen::Tcp { host, port } if host.contains(':') => write!(f, "[{host}]:{port}"),
            Listen::Tcp { host, port } => write!(f, "{host}:{port}"),
            Listen::Unix(path) => write!(f, "unix:{}", path.display()),
            Listen::Descriptor(number) => write!(f, "fd:{number}"),
            Listen::Systemd(None) => f.write_str("systemd"),
            Listen::Systemd(Some(name)) => write!(f, "systemd:{name}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn good_addresses_come_back_as_written() {
        for text in [
            "127.0.0.1:8080",
            "localhost:0",
            ":8080",
            "[::1]:80",
            "unix:/run/proxy.sock",
            "fd:0",
            "fd:31",
            "systemd",
            "systemd:web",
        ] {
            assert_eq!(text.parse::<Listen>().unwrap().to_string(), text);
        }
    }

    #[test]
    fn bad_addresses_name_themselves() {
        for text in [
            "",
            "8080",
            "localhost",
            "localhost:",
            "localhost:http",
            "localhost:+80",
            "a:65536",
            "::1:80",
            "[::1:80",
            "[x]:80",
            "a b:80",
            "http://a:80",
            "unix:",
            "fd:",
            "fd:-1",
            "fd:+3",
            "fd:3x",
            "fd:99999999999",
            "systemd:",
            "systemd:a:b",
            "a\n:1",
        ] {
            let error = text.parse::<Listen>().unwrap_err();
            assert_eq!(error.kind(), ErrorKind::InvalidAddress, "{text}");
            assert!(error.to_string().contains(&format!("{text:?}")), "{error}");
        }
    }
}
