use std::any::Any;
use std::sync::Arc;
use std::time::Duration;

use http::{HeaderValue, Method, Request, Response, StatusCode, Version, header};
use hyper::ext::Protocol;
use tokio::io::copy_bidirectional_with_sizes;

use super::body::ResponseBody;
use super::clean;
use super::headers::has_token;
use super::idle::Clock;
use super::present::Present;
use super::tracker::Tracked;
use crate::error::{Error, ErrorKind, Result};
use crate::http1::OnUpgrade;
use crate::upstream::AnswerBody;

/// What a tunnel holds in each direction; most of them wait most of the time.
const BUFFER_SIZE: usize = 8 * 1024;

/// A client's wish to change to another protocol.
pub(super) struct Asked {
    protocol: HeaderValue,
    form: Form,
}

#[derive(Clone, Copy, PartialEq)]
enum Form {
    /// `Upgrade` of HTTP/1.1 (RFC 9110, section 7.8).
    Upgrade,
    /// `CONNECT` with `:protocol` of HTTP/2 (RFC 8441).
    ExtendedConnect,
}

/// The protocol that a client wants to change to.
///
/// Not `h2c`: a backend that changed to HTTP/2 would speak past everything that is checked here.
pub(super) fn asked<B>(request: &Request<B>, present: Present) -> Option<Asked> {
    if request.method() == Method::CONNECT {
        let protocol = request.extensions().get::<Protocol>()?;
        let protocol = HeaderValue::from_str(protocol.as_str()).ok()?;
        return Some(Asked { protocol, form: Form::ExtendedConnect });
    }
    if !present.has(Present::UPGRADE) {
        return None;
    }
    let headers = request.headers();
    let protocol = headers.get(header::UPGRADE)?;
    let is_asked = request.version() == Version::HTTP_11
        && headers.get_all(header::CONNECTION).iter().any(|value| has_token(value, "upgrade"))
        && !has_token(protocol, "h2c");
    is_asked.then(|| Asked { protocol: protocol.clone(), form: Form::Upgrade })
}

impl Asked {
    pub(super) fn is_extended_connect(&self) -> bool {
        self.form == Form::ExtendedConnect
    }

    /// Says the wish to a backend of HTTP/1.1.
    pub(super) fn put_into<B>(&self, request: &mut Request<B>) {
        request.headers_mut().insert(header::CONNECTION, HeaderValue::from_static("upgrade"));
        request.headers_mut().insert(header::UPGRADE, self.protocol.clone());
        if self.is_extended_connect() {
            *request.method_mut() = Method::GET;
            // RFC 8441, section 5.1: over HTTP/2 there is no key. A backend of HTTP/1.1 wants one.
            if let Ok(key) = HeaderValue::try_from(websocket_key()) {
                request.headers_mut().insert(header::SEC_WEBSOCKET_KEY, key);
            }
        }
    }

    fn allows(&self, agreed: &HeaderValue) -> bool {
        agreed.to_str().is_ok_and(|agreed| has_token(&self.protocol, agreed.trim()))
    }
}

/// Sixteen random bytes in base64 (RFC 6455, section 4.1), which say nothing and prove little.
fn websocket_key() -> String {
    const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let digit = |index: usize| char::from(ALPHABET[index]);
    let mut key: String = (0..21).map(|_| digit(fastrand::usize(..64))).collect();
    // The last digit of sixteen bytes holds two bits.
    key.push(digit(fastrand::usize(..4) * 16));
    key.push_str("==");
    key
}

/// What is held for as long as a tunnel lasts: an extension of the request that opens it.
#[derive(Clone)]
pub(crate) struct Held(#[allow(dead_code, reason = "it is there to be dropped")] Arc<dyn Any + Send + Sync>);

impl Held {
    pub(crate) fn new(what: impl Any + Send + Sync) -> Self {
        Held(Arc::new(what))
    }
}

/// Passes a backend's 101 on, and then bytes both ways until both sides have ended.
pub(super) fn tunnel(
    response: Response<AnswerBody>,
    asked: Option<Asked>,
    downstream: OnUpgrade,
    idle_timeout: Duration,
    held: (Tracked, Option<Held>),
) -> Result<Response<ResponseBody>> {
    let agreed = response.headers().get(header::UPGRADE).cloned();
    let agreed = agreed.zip(asked).filter(|(agreed, asked)| asked.allows(agreed));
    let Some((protocol, asked)) = agreed else {
        let message = "the backend changed to a protocol that was not asked for";
        return Err(Error::new(ErrorKind::UpstreamProtocol, message));
    };
    let (head, body) = response.into_parts();
    let (upstream, place) = body.into_tunnel();
    let mut response = Response::from_parts(head, ResponseBody::text(""));
    clean(&mut response)?;
    tokio::spawn(async move {
        let _running = (held, place);
        // A side that fails ends the tunnel, and there is nobody left to tell.
        let (Some(downstream), Some(upstream)) = tokio::join!(downstream, upstream) else { return };
        let clock = Clock::new();
        let mut downstream = clock.side(downstream);
        let mut upstream = clock.side(upstream);
        let copy = copy_bidirectional_with_sizes(&mut downstream, &mut upstream, BUFFER_SIZE, BUFFER_SIZE);
        clock.run(copy, idle_timeout).await;
    });
    match asked.form {
        Form::Upgrade => {
            response.headers_mut().insert(header::CONNECTION, HeaderValue::from_static("upgrade"));
            response.headers_mut().insert(header::UPGRADE, protocol);
        }
        Form::ExtendedConnect => {
            *response.status_mut() = StatusCode::OK;
            response.headers_mut().remove(header::SEC_WEBSOCKET_ACCEPT);
        }
    }
    Ok(response)
}
