use std::error::Error as StdError;

use crate::error::{Error, ErrorKind, Retry};
use crate::tls;

/// Turns hyper's account of a failed exchange into ours.
pub(super) fn of_exchange(error: hyper::Error) -> Error {
    if error.is_user() {
        // The body of the request broke off: the client's doing, and no reason to try again.
        return Error::from(ErrorKind::ClientClosed).because(error);
    }
    if error.is_parse() {
        return Error::from(ErrorKind::UpstreamProtocol).because(error);
    }
    if let Some(alert) = tls::alert(&error) {
        // With TLS 1.3 a backend says only after the handshake that it does not like our certificate, or that there is none.
        return Error::from(ErrorKind::TlsFailed).because(alert).retry(Retry::IfIdempotent);
    }
    let retry = match http2_error(&error) {
        // RFC 9113, section 8.7: a refused stream, and one behind a GOAWAY, were not processed.
        Some(error) if error.is_go_away() || error.reason() == Some(h2::Reason::REFUSED_STREAM) => {
            Retry::Unsent
        }
        Some(error) if error.is_reset() => Retry::Never,
        _ => Retry::IfIdempotent,
    };
    Error::from(ErrorKind::UpstreamClosed).because(error).retry(retry)
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
