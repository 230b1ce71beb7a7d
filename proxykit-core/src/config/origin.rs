use std::fmt;
use std::net::IpAddr;
use std::str::FromStr;

use ipnet::IpNet;

use crate::error::{Error, ErrorKind, Result};

/// Where connections come from: an address or a network (`10.0.0.0/8`), or `unix`, which is every unix socket.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Origin {
    /// The addresses of a network.
    Network(IpNet),
    /// Unix sockets.
    Unix,
}

impl Origin {
    pub(super) const RULE: &str = "it must be an address, a network such as 10.0.0.0/8, or unix";

    pub(super) fn read(text: &str) -> Option<Self> {
        if text == "unix" {
            return Some(Origin::Unix);
        }
        let address = text.parse::<IpAddr>().map(IpNet::from);
        address.or_else(|_| text.parse()).ok().map(Origin::Network)
    }
}

impl FromStr for Origin {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        let message = || format!("invalid origin {text:?}: {}", Self::RULE);
        Self::read(text).ok_or_else(|| Error::new(ErrorKind::InvalidOption, message()))
    }
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Origin::Network(network) => network.fmt(f),
            Origin::Unix => f.write_str("unix"),
        }
    }
}
