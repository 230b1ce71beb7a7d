use std::fmt;

use crate::error::{Error, ErrorKind};

/// Why a message cannot be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Malformed {
    /// It is not HTTP/1, or says in no way, or in two ways, where it ends.
    Syntax(&'static str),
    /// Its head is larger than the limit.
    HeadTooLarge,
    /// It has more header fields than the limit.
    TooManyHeaders,
}

impl fmt::Display for Malformed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Malformed::Syntax(what) => what,
            Malformed::HeadTooLarge => "the head is too large",
            Malformed::TooManyHeaders => "the head has too many fields",
        })
    }
}

impl std::error::Error for Malformed {}

/// Of a request: what a backend sends is another error.
impl From<Malformed> for Error {
    fn from(malformed: Malformed) -> Self {
        let kind = match malformed {
            Malformed::Syntax(_) => ErrorKind::BadRequest,
            Malformed::HeadTooLarge | Malformed::TooManyHeaders => ErrorKind::TooManyHeaders,
        };
        Error::from(kind).because(malformed)
    }
}

impl From<httparse::Error> for Malformed {
    fn from(error: httparse::Error) -> Self {
        Malformed::Syntax(match error {
            httparse::Error::HeaderName => "a field's name is malformed",
            httparse::Error::HeaderValue => "a field's value is malformed",
            httparse::Error::NewLine => "a line does not end in CR LF",
            httparse::Error::Status => "the status is malformed",
            httparse::Error::Token => "the request line is malformed",
            httparse::Error::TooManyHeaders => return Malformed::TooManyHeaders,
            httparse::Error::Version => "the version is not HTTP/1",
        })
    }
}
