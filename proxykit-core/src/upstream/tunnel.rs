//! How a WebSocket is opened over HTTP/2 (RFC 8441), where HTTP/1.1 has `Upgrade`.

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use http::header::{self, HeaderValue};
use http::{Method, Request, Response, StatusCode};
use hyper::ext::Protocol;
use sha1::{Digest, Sha1};

/// What every WebSocket server adds to a client's key (RFC 6455, section 1.3).
const KEY_SUFFIX: &[u8] = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11";

/// A request for a tunnel in the form of HTTP/2, and what it lost by that.
#[derive(Debug)]
pub(super) struct Tunnel {
    protocol: HeaderValue,
    key: Option<HeaderValue>,
}

impl Tunnel {
    /// Gives a request to change to WebSocket the form of HTTP/2, and says what it lost; none if it is another request.
    pub(super) fn take_from<B>(request: &mut Request<B>) -> Option<Self> {
        let protocol = request.headers().get(header::UPGRADE)?;
        if request.method() != Method::GET || !protocol.as_bytes().eq_ignore_ascii_case(b"websocket") {
            return None;
        }
        let protocol = request.headers_mut().remove(header::UPGRADE)?;
        let key = request.headers_mut().remove(header::SEC_WEBSOCKET_KEY);
        *request.method_mut() = Method::CONNECT;
        request.extensions_mut().insert(Protocol::from_static("websocket"));
        Some(Tunnel { protocol, key })
    }

    /// Makes of an answer that opens the tunnel the one that HTTP/1.1 has for it.
    pub(super) fn opened<B>(&self, response: &mut Response<B>) {
        if response.status() != StatusCode::OK {
            return;
        }
        *response.status_mut() = StatusCode::SWITCHING_PROTOCOLS;
        response.headers_mut().insert(header::UPGRADE, self.protocol.clone());
        if let Some(accept) = self.key.as_ref().and_then(|key| HeaderValue::try_from(accept(key)).ok()) {
            response.headers_mut().insert(header::SEC_WEBSOCKET_ACCEPT, accept);
        }
    }
}

/// What a server answers to a key, to show that it speaks WebSocket (RFC 6455, section 4.2.2).
fn accept(key: &HeaderValue) -> String {
    let digest = Sha1::new().chain_update(key.as_bytes()).chain_update(KEY_SUFFIX).finalize();
    BASE64_STANDARD.encode(digest)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The example of RFC 6455, section 1.3.
    #[test]
    fn a_key_is_answered() {
        let key = HeaderValue::from_static("dGhlIHNhbXBsZSBub25jZQ==");
        assert_eq!(accept(&key), "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
    }

    #[test]
    fn a_request_for_a_websocket_gets_the_form_of_http2() {
        let make = |upgrade: &str| {
            let request = Request::builder().header("upgrade", upgrade).header("connection", "upgrade");
            request.header("sec-websocket-key", "k").body(()).unwrap()
        };
        let mut request = make("WebSocket");
        assert!(Tunnel::take_from(&mut request).is_some());
        assert_eq!(request.method(), Method::CONNECT);
        assert_eq!(request.extensions().get::<Protocol>().unwrap().as_str(), "websocket");
        let headers = request.headers();
        assert!(!headers.contains_key("upgrade") && !headers.contains_key("sec-websocket-key"));
        assert!(Tunnel::take_from(&mut make("other")).is_none());
    }
}
