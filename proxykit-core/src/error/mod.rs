//! The one error type of Proxy Kit.
//!
//! An [`Error`] says what went wrong ([`ErrorKind`]), whose side it was on ([`Side`]) and whether the request may
//! be tried again ([`Retry`]). Everything that shows an error to somebody (the HTTP answer, the C status, the
//! Python exception) is derived from the kind, so that all of them agree.

mod kind;

use std::borrow::Cow;
use std::error::Error as StdError;
use std::fmt;

pub use kind::ErrorKind;

/// A result whose error is an [`Error`].
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// Whose side an error came from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Side {
    /// The program that embeds Proxy Kit, or a caller of the management API.
    Host,
    /// The client of the proxy.
    Downstream,
    /// A backend, or the way to it.
    Upstream,
    /// Proxy Kit itself.
    Internal,
}

/// Whether a request that failed may be sent again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Retry {
    /// It may not: the answer has begun, or trying again would change nothing.
    Never,
    /// Nothing of it was sent, so that any request may be sent again.
    Unsent,
    /// It may have been processed: only an idempotent request may be sent again (RFC 9110, section 9.2.2).
    IfIdempotent,
}

/// What went wrong: a kind, a sentence that names the value, and the cause where there is one.
///
/// ```
/// use proxykit_core::{ErrorKind, Target};
///
/// let error = "ftp://files.example".parse::<Target>().unwrap_err();
/// assert_eq!(error.kind(), ErrorKind::InvalidTarget);
/// assert_eq!(error.kind().name(), "invalid_target");
/// assert_eq!(
///     error.to_string(),
///     "invalid target \"ftp://files.example\": the scheme is \"ftp\", and must be http, https, h2c or unix"
/// );
/// ```
pub struct Error(Box<Inner>);

struct Inner {
    kind: ErrorKind,
    side: Side,
    retry: Retry,
    message: Cow<'static, str>,
    source: Option<Box<dyn StdError + Send + Sync>>,
}

// === impl Error ===

impl Error {
    /// An error of `kind` with a sentence for people. Its side is the kind's usual one, and it is not retried.
    pub fn new(kind: ErrorKind, message: impl Into<Cow<'static, str>>) -> Self {
        let (side, retry, source) = (kind.side(), Retry::Never, None);
        Error(Box::new(Inner { kind, side, retry, message: message.into(), source }))
    }

    /// The same error with `source` as its cause.
    #[must_use]
    pub fn because(mut self, source: impl Into<Box<dyn StdError + Send + Sync>>) -> Self {
        self.0.source = Some(source.into());
        self
    }

    /// The same error with another answer to "may the request be sent again?".
    #[must_use]
    pub fn retry(mut self, retry: Retry) -> Self {
        self.0.retry = retry;
        self
    }

    /// What kind of error it is.
    pub fn kind(&self) -> ErrorKind {
        self.0.kind
    }

    /// Whose side it came from.
    pub fn side(&self) -> Side {
        self.0.side
    }

    /// Whether the request may be sent again.
    pub fn may_retry(&self) -> Retry {
        self.0.retry
    }

    /// The sentence for people, without the cause.
    pub fn message(&self) -> &str {
        &self.0.message
    }
}

/// One line: the sentence, then each cause after a colon.
impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.message)?;
        let mut cause = self.source();
        while let Some(error) = cause {
            write!(f, ": {error}")?;
            cause = error.source();
        }
        Ok(())
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Error")
            .field("kind", &self.0.kind)
            .field("side", &self.0.side)
            .field("retry", &self.0.retry)
            .field("message", &self.0.message)
            .field("source", &self.0.source)
            .finish()
    }
}

impl StdError for Error {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        self.0.source.as_deref().map(|source| source as _)
    }
}

impl From<ErrorKind> for Error {
    fn from(kind: ErrorKind) -> Self {
        Error::new(kind, kind.summary())
    }
}
