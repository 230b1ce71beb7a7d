use http::request::Parts;
use http::{HeaderMap, HeaderName, header};
use subtle::ConstantTimeEq;

use crate::config::ManagerOptions;
use crate::error::{Error, ErrorKind, Result};

/// What proxies add to a request. A direct caller sends none of them.
static FORWARDING_HEADERS: [HeaderName; 6] = [
    header::FORWARDED,
    header::VIA,
    HeaderName::from_static("x-forwarded-for"),
    HeaderName::from_static("x-forwarded-host"),
    HeaderName::from_static("x-forwarded-proto"),
    HeaderName::from_static("x-real-ip"),
];
static SEC_FETCH_SITE: HeaderName = HeaderName::from_static("sec-fetch-site");

/// Who may call the management API.
///
/// With a token: who has it. Without one: direct local callers. Local alone is not enough, since a browser on
/// this machine is local too: a page that it shows could call with its own name for 127.0.0.1 (DNS rebinding; the
/// `Host` is checked), or across sites (the `Origin` is). Nor is a proxy on this machine, which is local for
/// callers that are not.
pub(crate) struct Access {
    token: Option<String>,
    hosts: Vec<String>,
}

/// Where a call comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Caller {
    /// From an address of this machine's own.
    Loopback,
    /// Over a unix socket, whose file says who may connect, and which no browser reaches.
    UnixSocket,
    /// From elsewhere, or nobody knows.
    Other,
}

impl Access {
    pub(crate) fn new(options: &ManagerOptions) -> Self {
        Access { token: options.management_token.clone(), hosts: options.management_hosts.clone() }
    }

    /// Lets a call through, or says why not.
    pub(crate) fn check(&self, request: &Parts, caller: Caller) -> Result<()> {
        match &self.token {
            Some(token) => check_token(&request.headers, token),
            None => self.check_local(request, caller),
        }
    }

    fn check_local(&self, request: &Parts, caller: Caller) -> Result<()> {
        let forbidden = |why: String| Err(Error::new(ErrorKind::Forbidden, why));
        let headers = &request.headers;
        if caller == Caller::Other {
            return forbidden("without a token, only callers on this machine are answered".into());
        }
        if let Some(name) = FORWARDING_HEADERS.iter().find(|name| headers.contains_key(*name)) {
            return forbidden(format!("without a token, a forwarded request ({name}) is not answered"));
        }
        if headers.get(&SEC_FETCH_SITE).is_some_and(|site| site != "same-origin" && site != "none") {
            return forbidden("without a token, a request from another site is not answered".into());
        }
        let authority = request.uri.authority().map(|authority| authority.as_str());
        let host = authority.or_else(|| text(headers, header::HOST)).unwrap_or_default();
        if caller == Caller::Loopback && !self.is_known(host) {
            let why = format!(
                "without a token, the host {host:?} is not answered; it must be a loopback name or listed"
            );
            return forbidden(why);
        }
        // A page of this very origin sends its own host; `null` and every other origin are another site's.
        if headers.contains_key(header::ORIGIN) {
            let origin = text(headers, header::ORIGIN).unwrap_or_default();
            let same = origin.split_once("://").is_some_and(|(_, origin)| origin.eq_ignore_ascii_case(host));
            if !same {
                return forbidden(format!(
                    "without a token, a request from the origin {origin:?} is not answered"
                ));
            }
        }
        Ok(())
    }

    fn is_known(&self, host: &str) -> bool {
        let name = without_port(host);
        let is_loopback = name.eq_ignore_ascii_case("localhost")
            || name
                .trim_matches(['[', ']'])
                .parse::<std::net::IpAddr>()
                .is_ok_and(|address| address.is_loopback());
        is_loopback
            || self
                .hosts
                .iter()
                .any(|known| known.eq_ignore_ascii_case(host) || known.eq_ignore_ascii_case(name))
    }
}

fn check_token(headers: &HeaderMap, token: &str) -> Result<()> {
    let given = text(headers, header::AUTHORIZATION).and_then(|value| {
        let (scheme, given) = value.split_once(' ')?;
        scheme.eq_ignore_ascii_case("bearer").then(|| given.trim())
    });
    let given = given.ok_or_else(|| Error::new(ErrorKind::Unauthorized, "the token is missing"))?;
    // In constant time: how long a wrong token takes must not tell how much of it is right.
    if bool::from(given.as_bytes().ct_eq(token.as_bytes())) {
        Ok(())
    } else {
        Err(Error::new(ErrorKind::Unauthorized, "the token is wrong"))
    }
}

fn text(headers: &HeaderMap, name: HeaderName) -> Option<&str> {
    headers.get(name).and_then(|value| value.to_str().ok())
}

fn without_port(host: &str) -> &str {
    match host.rsplit_once(':') {
        Some((name, port)) if !port.ends_with(']') => name,
        _ => host,
    }
}

#[cfg(test)]
mod tests;
