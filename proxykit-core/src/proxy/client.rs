use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

use http::HeaderValue;

use super::interim::Interim;
use crate::proxy_protocol::{self, Header};

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

static HTTP: HeaderValue = HeaderValue::from_static("http");
static HTTPS: HeaderValue = HeaderValue::from_static("https");

/// Who is at the other end of a connection.
#[derive(Clone)]
pub(crate) struct Client {
    pub(super) peer: Peer,
    /// Where it connected to, if that is known.
    destination: Option<SocketAddr>,
    /// Its address as a header's value, made once for a connection.
    header: Option<HeaderValue>,
    /// Where its interim answers go, if its connection has a way for them.
    interim: Option<Arc<Interim>>,
    /// In a box, since each connection has room for it, and most have none.
    tls: Option<Box<Tls>>,
}

/// What is known of a client that speaks TLS.
#[derive(Clone)]
struct Tls {
    /// Whom its certificate is for, if it showed one.
    subject: Option<HeaderValue>,
}

#[derive(Clone, Copy)]
pub(super) enum Peer {
    Address(SocketAddr),
    /// Somebody behind the proxy at this address, which does not say who. Whatever is said here, that proxy need not
    /// have said it.
    Unnamed(SocketAddr),
    /// Whom the file's permissions let in: a proxy of this machine's own, whose word is taken.
    UnixSocket,
    Unknown,
}

impl Client {
    /// A client at this address, which connected to `destination`.
    pub(crate) fn at(source: SocketAddr, destination: Option<SocketAddr>) -> Self {
        Self::new(Peer::Address(source), destination)
    }

    /// A client behind the proxy at this address, which does not say who it is.
    pub(crate) fn unnamed_at(proxy: SocketAddr, destination: Option<SocketAddr>) -> Self {
        Self::new(Peer::Unnamed(proxy), destination)
    }

    /// A client on a unix socket.
    pub(crate) fn on_unix_socket() -> Self {
        Self::new(Peer::UnixSocket, None)
    }

    /// A client of which nothing is known.
    pub(crate) fn unknown() -> Self {
        Self::new(Peer::Unknown, None)
    }

    fn new(peer: Peer, destination: Option<SocketAddr>) -> Self {
        let client = Client { peer, destination, header: None, interim: None, tls: None };
        let header = client.ip().and_then(|address| HeaderValue::try_from(address.to_string()).ok());
        Client { header, ..client }
    }

    /// The same client, with whom TLS is spoken; `subject` is its certificate's.
    pub(crate) fn over_tls(self, subject: Option<HeaderValue>) -> Self {
        Client { tls: Some(Box::new(Tls { subject })), ..self }
    }

    /// The same client, whose interim answers go there.
    pub(crate) fn with_interim(self, interim: Arc<Interim>) -> Self {
        Client { interim: Some(interim), ..self }
    }

    pub(super) fn interim(&self) -> Option<&Interim> {
        self.interim.as_deref()
    }

    /// The scheme that it uses.
    pub(super) fn scheme(&self) -> &'static HeaderValue {
        if self.tls.is_some() { &HTTPS } else { &HTTP }
    }

    /// Whom its certificate is for.
    pub(super) fn subject(&self) -> Option<&HeaderValue> {
        self.tls.as_ref()?.subject.as_ref()
    }

    /// Its address as a header's value.
    pub(super) fn header(&self) -> Option<&HeaderValue> {
        self.header.as_ref()
    }

    /// Its address, or that of the proxy before it.
    pub(super) fn ip(&self) -> Option<IpAddr> {
        match self.peer {
            Peer::Address(address) | Peer::Unnamed(address) => Some(address.ip().to_canonical()),
            Peer::UnixSocket | Peer::Unknown => None,
        }
    }

    /// What a PROXY protocol header says of it. `believed` is the address that its proxies say it has, if they are
    /// trusted; without an own port then.
    pub(super) fn proxy_header(&self, believed: Option<IpAddr>) -> Header {
        let source = match (self.peer, believed) {
            (Peer::Address(address), Some(believed)) if address.ip().to_canonical() == believed => address,
            (Peer::Unnamed(_), _) | (_, None) => return Header::Nobody,
            (_, Some(believed)) => SocketAddr::new(believed, 0),
        };
        Header::of(source, self.destination.unwrap_or_else(|| proxy_protocol::nowhere_beside(source)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn address(text: &str) -> SocketAddr {
        text.parse().unwrap()
    }

    #[test]
    fn a_proxy_header_says_what_is_believed() {
        let (near, here) = (address("[::ffff:10.0.0.1]:99"), Some(address("127.0.0.1:80")));
        let client = |source, destination| Header::of(address(source), address(destination));
        for (given, believed, expected) in [
            (Client::at(near, here), "10.0.0.1", client("10.0.0.1:99", "127.0.0.1:80")),
            (Client::at(near, here), "192.0.2.1", client("192.0.2.1:0", "127.0.0.1:80")),
            (Client::at(near, here), "2001:db8::1", client("[2001:db8::1]:0", "127.0.0.1:80")),
            (Client::at(near, None), "10.0.0.1", client("10.0.0.1:99", "0.0.0.0:0")),
            (Client::on_unix_socket(), "2001:db8::1", client("[2001:db8::1]:0", "[::]:0")),
            (Client::unnamed_at(near, here), "10.0.0.1", Header::Nobody),
            (Client::unknown(), "", Header::Nobody),
            (Client::on_unix_socket(), "", Header::Nobody),
        ] {
            assert_eq!(given.proxy_header(believed.parse().ok()), expected, "{believed}");
        }
    }
}
