use http::header::{self, HeaderMap, HeaderName, HeaderValue};
use http::{Request, Response, Version, uri::Authority};

use super::client::Client;
use super::forwarding::{Announced, Forwarding};
use super::present::Present;
use crate::error::{Error, ErrorKind, Result};
use crate::http1::Passed;
use crate::upstream::X_ORIGIN_HOST;

/// RFC 9110, section 7.6.1: what is for one hop, whether or not `Connection` lists it, since old software forgets to.
static HOP_BY_HOP: [(Present, HeaderName); 8] = [
    (Present::CONNECTION, header::CONNECTION),
    (Present::KEEP_ALIVE, HeaderName::from_static("keep-alive")),
    (Present::PROXY_CONNECTION, HeaderName::from_static("proxy-connection")),
    (Present::PROXY_AUTHENTICATE, header::PROXY_AUTHENTICATE),
    (Present::PROXY_AUTHORIZATION, header::PROXY_AUTHORIZATION),
    (Present::TE, header::TE),
    (Present::TRANSFER_ENCODING, header::TRANSFER_ENCODING),
    (Present::UPGRADE, header::UPGRADE),
];

/// Makes the head of a request fit for the next hop: what was meant for this one goes, and only then is set what
/// the proxy says itself, so that a client's `Connection` cannot strike it out. What is `passed` on has no part in that, but for
/// `Host`.
pub(super) fn clean_request<'a, B>(
    request: &mut Request<B>,
    passed: Option<&mut Passed>,
    present: Present,
    client: &'a Client,
    forwarding: &Forwarding,
) -> Result<Announced<'a>> {
    let host = check_host(request, passed.as_deref(), present)?;
    let is_in_target = request.uri().authority().is_some();
    let headers = request.headers_mut();
    if present.has(Present::TRANSFER_ENCODING) {
        check_transfer_coding(headers)?;
    }
    let accepts_trailers = present.has(Present::TE)
        && headers.get_all(header::TE).iter().any(|value| has_token(value, "trailers"));
    remove_hop_by_hop(headers, present);
    if accepts_trailers {
        headers.insert(header::TE, HeaderValue::from_static("trailers"));
    }
    if present.has(Present::X_ORIGIN_HOST) {
        headers.remove(&X_ORIGIN_HOST);
    }
    let announced = forwarding.announce(headers, present, client, host.as_ref());
    if let Some(host) = host.filter(|_| is_in_target) {
        if let Some(passed) = passed {
            std::mem::take(passed).put_into(headers)?;
        }
        headers.insert(header::HOST, host);
    }
    Ok(announced)
}

/// Takes out of an answer's head what was meant for this hop only.
///
/// # Errors
/// `upstream_protocol` if the head does not say in one way where the answer ends.
pub(super) fn clean_response<B>(response: &mut Response<B>) -> Result<()> {
    // Who reads HTTP/1.1 has looked at the length.
    let is_unchecked = response.version() == Version::HTTP_2;
    let headers = response.headers_mut();
    let present = Present::of(headers);
    if present.has(Present::TRANSFER_ENCODING) {
        check_transfer_coding(headers)
            .map_err(|_| bad_answer("the answer has a transfer coding other than chunked"))?;
        // RFC 9112, section 6.3: the coding counts. The length would frame the answer anew, and wrongly.
        headers.remove(header::CONTENT_LENGTH);
    }
    if is_unchecked {
        check_length(headers)?;
    }
    remove_hop_by_hop(headers, present);
    Ok(())
}

/// Leaves one length of an answer.
fn check_length(headers: &mut HeaderMap) -> Result<()> {
    let mut lengths = headers.get_all(header::CONTENT_LENGTH).iter();
    let Some(length) = lengths.next() else { return Ok(()) };
    let mut others = lengths.peekable();
    let is_alone = others.peek().is_none();
    if others.any(|other| other != length) {
        return Err(bad_answer("the answer has more than one length"));
    }
    if length.is_empty() || !length.as_bytes().iter().all(u8::is_ascii_digit) {
        return Err(bad_answer("the answer's length is not a number"));
    }
    if !is_alone {
        let length = length.clone();
        headers.insert(header::CONTENT_LENGTH, length);
    }
    Ok(())
}

fn bad_answer(why: &'static str) -> Error {
    Error::new(ErrorKind::UpstreamProtocol, why)
}

/// The name that the client asked for; none in HTTP/1.0 without `Host`.
fn check_host<B>(
    request: &Request<B>,
    passed: Option<&Passed>,
    present: Present,
) -> Result<Option<HeaderValue>> {
    let bad = |why: &'static str| Err(Error::new(ErrorKind::BadRequest, why));
    // It is the first one, nearly always: to ask the map for it costs five times as much.
    let first = || request.headers().iter().find(|(name, _)| **name == header::HOST);
    let passed = passed.and_then(Passed::host);
    if present.has(Present::MORE_HOSTS) || passed.is_some() && present.has(Present::HOST) {
        return bad("the request has more than one Host");
    }
    let host = match passed {
        None if present.has(Present::HOST) => first().map(|(_, host)| host.clone()),
        host => host,
    };
    if host.as_ref().is_some_and(|host| !is_host(host.as_bytes())) {
        return bad("the request's Host is not a name or an address");
    }
    if host.is_none() && request.version() == Version::HTTP_11 {
        // RFC 9112, section 3.2.
        return bad("the request has no Host");
    }
    if let Some(authority) = request.uri().authority() {
        let named = without_user(authority);
        // RFC 9113, section 8.3.1: one of the two would be believed by us, the other by a backend. RFC 9112, section
        // 3.2.2: with a target in absolute form, Host does not count.
        if request.version() == Version::HTTP_2
            && host.as_ref().is_some_and(|host| !host.as_bytes().eq_ignore_ascii_case(named.as_bytes()))
        {
            return bad("the request has a Host that differs from its authority");
        }
        return match HeaderValue::from_str(named) {
            Ok(host) if is_host(host.as_bytes()) => Ok(Some(host)),
            _ => bad("the request's target has a bad host"),
        };
    }
    Ok(host)
}

/// A name or an address, the address of IPv6 in brackets, and a port if there is one (RFC 3986, sections 3.2.2 and 3.2.3).
/// Who gets a name from anything else gets another one than the next reader.
fn is_host(host: &[u8]) -> bool {
    let (is_name, port) = match host.strip_prefix(b"[") {
        Some(rest) => match rest.iter().position(|byte| *byte == b']') {
            Some(end) => {
                (rest[..end].iter().all(|byte| *byte == b':' || is_name_byte(*byte)), &rest[end + 1..])
            }
            None => return false,
        },
        None => {
            let end = host.iter().position(|byte| *byte == b':').unwrap_or(host.len());
            (host[..end].iter().all(|byte| is_name_byte(*byte)), &host[end..])
        }
    };
    is_name && port.strip_prefix(b":").map_or(port.is_empty(), |port| port.iter().all(u8::is_ascii_digit))
}

/// What may stand in a name, but for the comma: who joins fields that stand twice would take one such host for two.
fn is_name_byte(byte: u8) -> bool {
    NAME_BYTES[usize::from(byte)]
}

/// A look at a table costs a fifth of the comparisons, and each byte of each host is looked at.
static NAME_BYTES: [bool; 256] = {
    let (mut table, mut byte, others) = ([false; 256], 0, b"-._~%!$&'()*+;=");
    while byte < 256 {
        table[byte] = (byte as u8).is_ascii_alphanumeric();
        byte += 1;
    }
    let mut index = 0;
    while index < others.len() {
        table[others[index] as usize] = true;
        index += 1;
    }
    table
};

/// A body is chunked, or of a known length. Other codings would be lost on the way, since the next hop gets a framing of
/// its own, and what they hide would be read as the body (RFC 9112, section 6.1).
fn check_transfer_coding(headers: &HeaderMap) -> Result<()> {
    let mut codings = headers.get_all(header::TRANSFER_ENCODING).iter();
    match (codings.next(), codings.next()) {
        (None, _) => Ok(()),
        (Some(coding), None) if coding.as_bytes().trim_ascii().eq_ignore_ascii_case(b"chunked") => Ok(()),
        _ => Err(Error::new(ErrorKind::BadRequest, "the message has a transfer coding other than chunked")),
    }
}

fn without_user(authority: &Authority) -> &str {
    authority.as_str().rsplit('@').next().unwrap_or_default()
}

/// Takes out what `Connection` lists, and what is for one hop without that. `present` is what the headers have.
pub(super) fn remove_hop_by_hop(headers: &mut HeaderMap, present: Present) {
    if !present.has(Present::HOP_BY_HOP) {
        return;
    }
    if present.has(Present::CONNECTION) {
        let values = headers.get_all(header::CONNECTION).iter().filter_map(|value| value.to_str().ok());
        let listed = values.flat_map(|value| value.split(',')).map(str::trim).filter_map(|name| {
            // Said in nearly every message, and no field that is there.
            if name.eq_ignore_ascii_case("keep-alive") || name.eq_ignore_ascii_case("close") {
                return None;
            }
            // What frames or routes the message is no option of a connection, whoever lists it.
            HeaderName::try_from(name)
                .ok()
                .filter(|name| name != header::HOST && name != header::CONTENT_LENGTH)
        });
        for name in listed.collect::<Vec<_>>() {
            headers.remove(name);
        }
    }
    for (one, name) in &HOP_BY_HOP {
        debug_assert!(Present::HOP_BY_HOP.has(*one));
        if present.has(*one) {
            headers.remove(name);
        }
    }
}

/// Whether the client holds its body back until it is told to send it (RFC 9110, section 10.1.1).
///
/// Of HTTP/1.1 only: a client of HTTP/2 cannot be told, since hyper's server has no way for it.
pub(super) fn is_held_back<B>(request: &Request<B>) -> bool {
    request.version() == Version::HTTP_11
        && request.headers().get(header::EXPECT).is_some_and(|value| has_token(value, "100-continue"))
}

/// Whether a comma-separated list has this token.
pub(super) fn has_token(value: &HeaderValue, token: &str) -> bool {
    value.to_str().is_ok_and(|list| {
        list.split(',')
            .any(|item| item.split(';').next().unwrap_or_default().trim().eq_ignore_ascii_case(token))
    })
}

#[cfg(test)]
mod tests;
