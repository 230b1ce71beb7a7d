use http::header::{self, HeaderMap, HeaderName};

use super::malformed::Malformed;
use super::names::is;

/// Where a message's body ends (RFC 9112, section 6.3).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Framing {
    /// After so many bytes; none is no body.
    Length(u64),
    /// With the last chunk.
    Chunked,
    /// With the connection: answers only.
    UntilClose,
}

impl Framing {
    pub(crate) const EMPTY: Framing = Framing::Length(0);

    pub(crate) fn is_empty(self) -> bool {
        self == Framing::EMPTY
    }
}

/// What the `Content-Length` fields of a message say, noted while its fields are walked over: to ask the map for them costs more.
#[derive(Debug, Default)]
pub(crate) enum Lengths {
    #[default]
    None,
    One(u64),
    Bad(Malformed),
}

impl Lengths {
    /// Notes one more, and says whether it adds to those before.
    pub(crate) fn note(&mut self, value: &[u8]) -> bool {
        match (&*self, number(value)) {
            (Lengths::None, Ok(length)) => *self = Lengths::One(length),
            (Lengths::One(length), Ok(other)) if *length == other => return false,
            (Lengths::One(_), Ok(_)) => {
                *self = Lengths::Bad(Malformed::Syntax("the message has two lengths"))
            }
            (_, Err(error)) => *self = Lengths::Bad(error),
            (Lengths::Bad(_), _) => {}
        }
        true
    }

    /// The length that all agree on.
    pub(crate) fn agreed(self) -> Result<Option<u64>, Malformed> {
        match self {
            Lengths::None => Ok(None),
            Lengths::One(length) => Ok(Some(length)),
            Lengths::Bad(error) => Err(error),
        }
    }
}

/// Digits alone: no sign, no list, no space (RFC 9110, section 8.6).
fn number(digits: &[u8]) -> Result<u64, Malformed> {
    let is_number = !digits.is_empty() && digits.iter().all(u8::is_ascii_digit);
    let number = digits
        .iter()
        .filter(|_| is_number)
        .try_fold(0_u64, |number, digit| number.checked_mul(10)?.checked_add(u64::from(digit - b'0')));
    // No body is as long as the last numbers, and sums of lengths stay in range.
    number
        .filter(|number| is_number && *number < 1 << 62)
        .ok_or(Malformed::Syntax("the length is not a number"))
}

/// Whether `chunked` is the last of the codings (RFC 9112, section 6.1).
pub(super) fn ends_chunked(headers: &HeaderMap) -> bool {
    let last = headers.get_all(header::TRANSFER_ENCODING).iter().next_back();
    last.and_then(|value| value.as_bytes().rsplit(|byte| *byte == b',').next())
        .is_some_and(|coding| coding.trim_ascii().eq_ignore_ascii_case(b"chunked"))
}

/// What a head says of its end and of its connection, noted while its fields are read: to ask the map for each of them costs
/// a hash, and most heads have hardly any.
#[derive(Debug, Default)]
pub(super) struct Seen {
    pub(super) lengths: Lengths,
    pub(super) has_coding: bool,
    pub(super) has_te: bool,
    pub(super) has_upgrade: bool,
    /// Whether `Connection` lists more than what becomes of the connection.
    pub(super) has_options: bool,
    /// Whether nobody will ask for the length as a field.
    pub(super) drops_length: bool,
    closes: bool,
    keeps_alive: bool,
}

impl Seen {
    /// Notes a field, and says whether there is more to it than was noted.
    #[inline]
    pub(super) fn note(&mut self, name: &HeaderName, value: &[u8]) -> bool {
        match *name {
            header::CONTENT_LENGTH => return self.lengths.note(value) && !self.drops_length,
            header::TRANSFER_ENCODING => self.has_coding = true,
            header::TE => self.has_te = true,
            header::UPGRADE => self.has_upgrade = true,
            header::CONNECTION => return self.note_options(value),
            _ => {}
        }
        true
    }

    fn note_options(&mut self, value: &[u8]) -> bool {
        if is(value, b"keep-alive") {
            // What old servers say of each answer.
            self.keeps_alive = true;
            return false;
        }
        let mut has_others = false;
        for option in value.split(|byte| *byte == b',').map(<[u8]>::trim_ascii) {
            if option.eq_ignore_ascii_case(b"keep-alive") {
                self.keeps_alive = true;
            } else if option.eq_ignore_ascii_case(b"close") {
                self.closes = true;
            } else {
                has_others = true;
            }
        }
        self.has_options |= has_others;
        has_others
    }

    /// Whether the connection goes on after the message (RFC 9112, section 9.3).
    pub(super) fn persists(&self, is_http11: bool) -> bool {
        !self.closes && (is_http11 || self.keeps_alive)
    }
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;

    use super::*;

    fn headers(name: header::HeaderName, values: &[&str]) -> HeaderMap {
        values.iter().map(|value| (name.clone(), HeaderValue::from_str(value).unwrap())).collect()
    }

    #[test]
    fn lengths_agree_or_are_refused() {
        let length = |values: &[&str]| {
            let mut lengths = Lengths::default();
            let notes = values.iter().filter(|value| lengths.note(value.as_bytes()));
            let count = notes.count();
            let length = lengths.agreed();
            assert!(length.is_err() || count == values.len().min(1));
            length.ok()
        };
        assert_eq!(length(&[]), Some(None));
        assert_eq!(length(&["0"]), Some(Some(0)));
        assert_eq!(length(&["5", "05"]), Some(Some(5)));
        for bad in [
            &["5", "6"][..],
            &["5", "x"],
            &["x", "5", "5"],
            &["5", "6", "5"],
            &["+5"],
            &["5, 5"],
            &[""],
            &["0x5"],
            &["18446744073709551616"],
            &["9223372036854775807"],
        ] {
            assert_eq!(length(bad), None, "{bad:?}");
        }
    }

    #[test]
    fn the_last_coding_counts() {
        for (values, expected) in [
            (&["chunked"][..], true),
            (&["gzip", " Chunked "], true),
            (&["gzip, chunked"], true),
            (&["chunked", "gzip"], false),
            (&["chunked, gzip"], false),
            (&["xchunked"], false),
        ] {
            assert_eq!(ends_chunked(&headers(header::TRANSFER_ENCODING, values)), expected, "{values:?}");
        }
    }

    #[test]
    fn close_counts_wherever_it_stands() {
        for (values, is_http11, expected, are_kept) in [
            (&[][..], true, true, false),
            (&[], false, false, false),
            (&["keep-alive"], false, true, false),
            (&["x, Close", "keep-alive"], true, false, true),
            (&["keep-alive", "close"], false, false, false),
            (&["Keep-Alive, Upgrade"], true, true, true),
        ] {
            let mut seen = Seen::default();
            let mut is_kept = |value: &&str| seen.note(&header::CONNECTION, value.as_bytes());
            assert_eq!(values.iter().filter(|value| is_kept(value)).count() > 0, are_kept, "{values:?}");
            assert_eq!(seen.persists(is_http11), expected, "{values:?}");
        }
    }
}
