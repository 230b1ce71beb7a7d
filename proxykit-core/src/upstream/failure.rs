use std::error::Error as StdError;

use crate::error::{Error, ErrorKind, Retry};
use crate::http1::Malformed;
use crate::tls;

/// An answer of HTTP/1.1 that cannot be read.
pub(super) fn of_message(error: Malformed) -> Error {
    Error::from(ErrorKind::UpstreamProtocol).because(error)
}

/// Turns hyper's account of a failed exchange into ours.
pub(super) fn of_exchange(error: hyper::Error) -> Error {
    if error.is_user() {
        // The body of the request broke off: the client's doing, and no reason to try again.
        return Error::from(ErrorKind::ClientClosed).because(error);
    }
    if error.is_parse() {
        return Error::from(ErrorKind::UpstreamProtocol).because(error);
    }
    let retry = match http2_error(&error) {
        // RFC 9113, section 8.7: a refused stream, and one behind a GOAWAY, were not processed.
        Some(error) if error.is_go_away() || error.reason() == Some(h2::Reason::REFUSED_STREAM) => {
            Some(Retry::Unsent)
        }
        Some(error) if error.is_reset() => Some(Retry::Never),
        _ => None,
    };
    let broken = of_connection(error);
    match retry {
        Some(retry) if broken.kind() == ErrorKind::UpstreamClosed => broken.retry(retry),
        _ => broken,
    }
}

/// A connection that broke, or has ended, before the head of an answer was there.
pub(super) fn of_connection(error: impl StdError + Send + Sync + 'static) -> Error {
    let (kind, cause) = match tls::alert(&error) {
        // With TLS 1.3 a backend says only after the handshake that it does not like our certificate, or that there is none.
        Some(alert) => (ErrorKind::TlsFailed, alert.into()),
        None => (ErrorKind::UpstreamClosed, Box::from(error)),
    };
    let cause: Box<dyn StdError + Send + Sync> = cause;
    Error::from(kind).because(cause).retry(Retry::IfIdempotent)
}

fn http2_error(error: &hyper::Error) -> Option<&h2::Error> {
    let mut cause = error.source();
    while let Some(error) = cause {
        if let Some(error) = error.downcast_ref() {
            return Some(error);
        }
        cause = error.source();
    }
    None
}
