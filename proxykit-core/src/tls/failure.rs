use std::error::Error as StdError;
use std::io;

use crate::error::{Error, ErrorKind, Retry};

/// A handshake with a backend that failed: nothing of a request was sent yet.
pub(crate) fn of_handshake(error: io::Error) -> Error {
    let failed = Error::from(ErrorKind::TlsFailed).retry(Retry::Unsent);
    // The wrapping says nothing of its own.
    match error.downcast::<rustls::Error>() {
        Ok(error) => failed.because(error),
        Err(error) => failed.because(error),
    }
}

/// What a backend says in TLS of why it ends the connection.
pub(crate) fn alert(error: &(dyn StdError + 'static)) -> Option<rustls::Error> {
    let mut cause = Some(error);
    while let Some(error) = cause {
        let inner = error.downcast_ref::<io::Error>().and_then(io::Error::get_ref);
        if let Some(alert @ rustls::Error::AlertReceived(_)) = inner.and_then(|inner| inner.downcast_ref()) {
            return Some(alert.clone());
        }
        cause = error.source();
    }
    None
}

/// Whether an error comes of the certificate that the other side showed.
pub(crate) fn is_of_certificate(error: &Error) -> bool {
    matches!(cause(error), Some(rustls::Error::InvalidCertificate(_)))
}

/// Whether the backend speaks none of the protocols that it was offered (RFC 7301, section 3.2).
pub(crate) fn is_of_protocol(error: &Error) -> bool {
    use rustls::AlertDescription::NoApplicationProtocol;
    matches!(cause(error), Some(rustls::Error::AlertReceived(NoApplicationProtocol)))
}

fn cause(error: &Error) -> Option<&rustls::Error> {
    error.source()?.downcast_ref()
}
