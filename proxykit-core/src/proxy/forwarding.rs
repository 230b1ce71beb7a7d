//! What the proxy says of its client, and whom it believes what they say of theirs.

use std::net::IpAddr;

use http::header::{self, Entry, HeaderMap, HeaderName, HeaderValue};
use ipnet::IpNet;

use super::client::{Client, Peer};
use super::forwarded;
use super::present::Present;
use crate::config::{ForwardedHeaders, ManagerOptions};
use crate::upstream::Added;

static X_FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");
static X_FORWARDED_HOST: HeaderName = HeaderName::from_static("x-forwarded-host");
static X_FORWARDED_PROTO: HeaderName = HeaderName::from_static("x-forwarded-proto");

/// Who is believed, and which headers say for whom a request is made.
pub(super) struct Forwarding {
    trusted: Vec<IpNet>,
    headers: ForwardedHeaders,
}

/// What is said of a client in fields of their own, which stand beside those of the request.
#[derive(Default)]
pub(super) struct Announced<'a> {
    /// Whether it has said which host it asks for.
    pub(super) has_host: bool,
    address: Option<&'a HeaderValue>,
    scheme: Option<&'static HeaderValue>,
    host: Option<HeaderValue>,
}

impl Announced<'_> {
    pub(super) fn fields(&self) -> [Option<Added<'_>>; 3] {
        [
            self.address.map(|address| (&X_FORWARDED_FOR, address)),
            self.scheme.map(|scheme| (&X_FORWARDED_PROTO, scheme)),
            self.host.as_ref().map(|host| (&X_FORWARDED_HOST, host)),
        ]
    }
}

impl Forwarding {
    pub(super) fn new(options: &ManagerOptions) -> Self {
        Forwarding { trusted: options.trusted_proxies.clone(), headers: options.forwarded_headers }
    }

    /// Sets what the proxy says of its client, who asked for `host`.
    ///
    /// What a trusted proxy says of its own client is kept, and added to. What others say of themselves is not left in a
    /// header that would then stand there as if it came from here; but `X-Forwarded-For` is added to, as it always was:
    /// who reads it from its end finds what was added, and where to stop.
    /// `present` is what the headers have.
    pub(super) fn announce<'a>(
        &self,
        headers: &mut HeaderMap,
        present: Present,
        client: &'a Client,
        host: Option<&HeaderValue>,
    ) -> Announced<'a> {
        let trusted = self.trusts(client);
        let mut announced = Announced { has_host: host.is_some(), ..Announced::default() };
        if self.headers != ForwardedHeaders::Forwarded {
            announce_by_x_forwarded(&mut announced, headers, present, client, host, trusted);
        } else if !trusted {
            for name in [&X_FORWARDED_FOR, &X_FORWARDED_HOST, &X_FORWARDED_PROTO] {
                headers.remove(name);
            }
        }
        if !trusted && present.has(Present::FORWARDED) {
            // Also where it is not set here: a backend that looks for it would take the client's word for a proxy's.
            headers.remove(header::FORWARDED);
        }
        if self.headers != ForwardedHeaders::XForwarded {
            append_forwarded(headers, client, host);
        }
        announced
    }

    /// The address of the client behind the proxies that are trusted. What they say is read from its end, which the nearest
    /// one wrote, up to the first address that is not trusted. `headers` has what [`Forwarding::announce`] added.
    pub(super) fn believed_address(&self, headers: &HeaderMap, client: &Client) -> Option<IpAddr> {
        let mut believed = client.ip();
        if !self.trusts(client) {
            return believed;
        }
        for said in self.said(headers) {
            let Some(address) = said else { break };
            believed = Some(address);
            if !self.is_trusted(address) {
                break;
            }
        }
        believed
    }

    /// The addresses that stand in the header that counts, from its end; none for what is not an address.
    ///
    /// Only one header counts: the other may have come from the client, through a proxy that does not know it.
    fn said(&self, headers: &HeaderMap) -> Vec<Option<IpAddr>> {
        let fields =
            |name| headers.get_all(name).iter().rev().map(|value| value.to_str().unwrap_or_default());
        if self.headers == ForwardedHeaders::Forwarded {
            let elements = fields(&header::FORWARDED).flat_map(|field| {
                let elements = forwarded::elements(field).unwrap_or_else(|| vec![""]);
                elements.into_iter().rev().map(forwarded::client_of).collect::<Vec<_>>()
            });
            // The last one was written here.
            elements.skip(1).map(|address| address.map(|address| address.to_canonical())).collect()
        } else {
            let elements = fields(&X_FORWARDED_FOR).flat_map(|field| field.rsplit(','));
            elements
                .map(|text| text.trim().parse::<IpAddr>().ok().map(|address| address.to_canonical()))
                .collect()
        }
    }

    /// Whether what the peer says of its own client is believed.
    fn trusts(&self, client: &Client) -> bool {
        match client.peer {
            Peer::Address(address) => self.is_trusted(address.ip().to_canonical()),
            Peer::UnixSocket => true,
            Peer::Unnamed(_) | Peer::Unknown => false,
        }
    }

    fn is_trusted(&self, address: IpAddr) -> bool {
        self.trusted.iter().any(|network| network.contains(&address))
    }
}

fn announce_by_x_forwarded<'a>(
    announced: &mut Announced<'a>,
    headers: &mut HeaderMap,
    present: Present,
    client: &'a Client,
    host: Option<&HeaderValue>,
    trusted: bool,
) {
    match client.header() {
        Some(address) if present.has(Present::X_FORWARDED_FOR) => {
            append(headers, &X_FORWARDED_FOR, address.clone());
        }
        address => announced.address = address,
    }
    // It may be gone again, if `Connection` has listed it.
    let mut is_kept = |one: Present, name: &HeaderName| {
        if present.has(one) && !trusted {
            headers.remove(name);
        }
        present.has(one) && headers.contains_key(name)
    };
    if !is_kept(Present::X_FORWARDED_PROTO, &X_FORWARDED_PROTO) {
        announced.scheme = Some(client.scheme());
    }
    if !is_kept(Present::X_FORWARDED_HOST, &X_FORWARDED_HOST) {
        announced.host = host.cloned();
    }
}

fn append_forwarded(headers: &mut HeaderMap, client: &Client, host: Option<&HeaderValue>) {
    let host = host.and_then(|host| host.to_str().ok());
    let scheme = client.scheme().to_str().unwrap_or_default();
    // All of it is ASCII.
    let Ok(element) = HeaderValue::try_from(forwarded::element(client.ip(), scheme, host)) else {
        return;
    };
    let is_whole = |value: &HeaderValue| value.to_str().ok().and_then(forwarded::elements).is_some();
    if !headers.get_all(header::FORWARDED).iter().all(is_whole) {
        // A quote that is left open would swallow what is added.
        headers.remove(header::FORWARDED);
    }
    append(headers, &header::FORWARDED, element);
}

/// Puts a value behind those that are there, all in one field.
fn append(headers: &mut HeaderMap, name: &HeaderName, value: HeaderValue) {
    let mut present = match headers.entry(name) {
        Entry::Vacant(vacant) => {
            vacant.insert(value);
            return;
        }
        Entry::Occupied(present) => present,
    };
    let mut joined = Vec::new();
    for part in present.iter().chain([&value]) {
        if !joined.is_empty() {
            joined.extend_from_slice(b", ");
        }
        joined.extend_from_slice(part.as_bytes());
    }
    // Parts that were valid make a valid whole.
    if let Ok(joined) = HeaderValue::from_bytes(&joined) {
        present.insert(joined);
    }
}

#[cfg(test)]
mod tests;
