use std::net::{IpAddr, SocketAddr};

use http::{HeaderMap, HeaderValue};
use ipnet::IpNet;

use super::headers::X_FORWARDED_FOR;

/// The address of a request's client, for hosts that mount the proxy in a server of their own: put it into the
/// request's extensions. Without it, no `X-Forwarded-For` is added, and `ip_hash` sees one client.
///
/// ```
/// use proxykit_core::ClientAddress;
/// let mut request = http::Request::new(());
/// request.extensions_mut().insert(ClientAddress("192.0.2.1:4711".parse()?));
/// # Ok::<(), std::net::AddrParseError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ClientAddress(pub SocketAddr);

/// Who is at the other end of a connection.
#[derive(Clone)]
pub(crate) struct Client {
    peer: Peer,
    /// Its address as a header's value, made once for a connection.
    header: Option<HeaderValue>,
}

#[derive(Clone, Copy)]
enum Peer {
    Address(IpAddr),
    /// Whom the file's permissions let in: a proxy of this machine's own, whose word is taken.
    UnixSocket,
    Unknown,
}

impl Client {
    /// A client at this address, or one of which nothing is known.
    pub(crate) fn new(address: Option<SocketAddr>) -> Self {
        let address = address.map(|address| address.ip().to_canonical());
        let header = address.and_then(|address| HeaderValue::try_from(address.to_string()).ok());
        Client { peer: address.map_or(Peer::Unknown, Peer::Address), header }
    }

    /// A client on a unix socket.
    pub(crate) fn on_unix_socket() -> Self {
        Client { peer: Peer::UnixSocket, header: None }
    }

    /// The scheme that it uses.
    pub(super) fn scheme(&self) -> &'static str {
        "http"
    }

    pub(super) fn header(&self) -> Option<&HeaderValue> {
        self.header.as_ref()
    }

    /// Whether what it says of its own client is believed.
    pub(super) fn is_trusted(&self, trusted: &[IpNet]) -> bool {
        match self.peer {
            Peer::Address(address) => contains(trusted, address),
            Peer::UnixSocket => true,
            Peer::Unknown => false,
        }
    }

    /// The address of the client behind the proxies that are trusted: `X-Forwarded-For` is read from its end, which
    /// the nearest proxy wrote, up to the first address that is not trusted. `headers` has the peer appended.
    pub(super) fn believed_address(&self, headers: &HeaderMap, trusted: &[IpNet]) -> Option<IpAddr> {
        let mut client = match self.peer {
            Peer::Address(address) => Some(address),
            Peer::UnixSocket | Peer::Unknown => None,
        };
        if !self.is_trusted(trusted) {
            return client;
        }
        let values: Vec<&str> =
            headers.get_all(&X_FORWARDED_FOR).iter().filter_map(|value| value.to_str().ok()).collect();
        for element in values.iter().rev().flat_map(|value| value.rsplit(',')) {
            let Ok(address) = element.trim().parse::<IpAddr>() else { break };
            let address = address.to_canonical();
            client = Some(address);
            if !contains(trusted, address) {
                break;
            }
        }
        client
    }
}

fn contains(networks: &[IpNet], address: IpAddr) -> bool {
    networks.iter().any(|network| network.contains(&address))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn believed(peer: &str, forwarded: &[&'static str], trusted: &[&str]) -> String {
        let client = Client::new(Some(SocketAddr::new(peer.parse().unwrap(), 1)));
        let mut headers = HeaderMap::new();
        for value in forwarded {
            headers.append(&X_FORWARDED_FOR, HeaderValue::from_static(value));
        }
        let trusted: Vec<IpNet> = trusted.iter().map(|network| network.parse().unwrap()).collect();
        client.believed_address(&headers, &trusted).unwrap().to_string()
    }

    #[test]
    fn only_trusted_proxies_are_believed() {
        let trusted = &["10.0.0.0/8"];
        for (peer, forwarded, expected) in [
            ("192.0.2.9", vec!["1.1.1.1, 192.0.2.9"], "192.0.2.9"),
            ("10.0.0.1", vec![], "10.0.0.1"),
            ("10.0.0.1", vec!["1.1.1.1, 10.0.0.1"], "1.1.1.1"),
            ("10.0.0.1", vec!["6.6.6.6, 1.1.1.1, 10.9.9.9, 10.0.0.1"], "1.1.1.1"),
            ("10.0.0.1", vec!["6.6.6.6", "1.1.1.1, 10.0.0.1"], "1.1.1.1"),
            ("10.0.0.1", vec!["garbage, 10.0.0.2, 10.0.0.1"], "10.0.0.2"),
            ("10.0.0.1", vec!["10.0.0.3, 10.0.0.1"], "10.0.0.3"),
            ("::ffff:10.0.0.1", vec!["2001:db8::1, 10.0.0.1"], "2001:db8::1"),
        ] {
            assert_eq!(believed(peer, &forwarded, trusted), expected, "{peer} {forwarded:?}");
        }
        assert_eq!(believed("10.0.0.1", &["1.1.1.1"], &[]), "10.0.0.1");
    }

    #[test]
    fn a_unix_socket_is_believed_and_a_stranger_is_not() {
        let mut headers = HeaderMap::new();
        headers.insert(&X_FORWARDED_FOR, HeaderValue::from_static("6.6.6.6, 1.1.1.1"));
        let address = Client::on_unix_socket().believed_address(&headers, &[]);
        assert_eq!(address, Some("1.1.1.1".parse().unwrap()));
        assert_eq!(Client::new(None).believed_address(&headers, &[]), None);
    }
}
