use std::fmt;
use std::net::IpAddr;

use bytes::Bytes;
use http::{HeaderMap, Method, Uri};

use super::pool::Lease;

/// A request for a handler, with its whole body.
///
/// It is what a backend would get: what was meant for the connection is gone, and the headers that say for whom it is made are
/// the proxy's own. The path has its prefix still.
pub struct HandlerRequest {
    method: Method,
    target: Uri,
    headers: HeaderMap,
    body: Bytes,
    client: Option<IpAddr>,
    /// The body's share of what all bodies may take.
    _lease: Lease,
}

impl HandlerRequest {
    pub(crate) fn new(
        (method, target, headers): (Method, Uri, HeaderMap),
        (body, lease): (Bytes, Lease),
        client: Option<IpAddr>,
    ) -> Self {
        HandlerRequest { method, target, headers, body, client, _lease: lease }
    }

    /// The method, as it was sent.
    pub fn method(&self) -> &str {
        self.method.as_str()
    }

    /// The path and the query, byte for byte as they were sent.
    pub fn target(&self) -> &str {
        self.target.path_and_query().map_or("/", |target| target.as_str())
    }

    /// The headers, their names in lower case; those of one name in the order in which they were sent.
    pub fn headers(&self) -> impl Iterator<Item = (&str, &[u8])> {
        self.headers.iter().map(|(name, value)| (name.as_str(), value.as_bytes()))
    }

    /// The first header with this name, in whatever case.
    pub fn header(&self, name: &str) -> Option<&[u8]> {
        self.headers.get(name).map(|value| value.as_bytes())
    }

    /// The body.
    pub fn body(&self) -> &[u8] {
        &self.body
    }

    /// The client's address: the peer's, or what the proxies before it say if they are trusted. None over a unix socket.
    pub fn client_address(&self) -> Option<IpAddr> {
        self.client
    }
}

impl fmt::Debug for HandlerRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HandlerRequest")
            .field("method", &self.method)
            .field("target", &self.target())
            .field("body_len", &self.body.len())
            .finish_non_exhaustive()
    }
}
