use std::time::Duration;

use crate::error::{Error, ErrorKind, Result};

/// The units of [`parse_duration`], in nanoseconds. The longer of two that share a beginning comes first.
const UNITS: [(&str, u64); 8] = [
    ("ns", 1),
    ("us", 1_000),
    ("µs", 1_000),
    ("μs", 1_000),
    ("ms", 1_000_000),
    ("s", 1_000_000_000),
    ("m", 60 * 1_000_000_000),
    ("h", 3_600 * 1_000_000_000),
];

/// Reads a duration as Go writes one: `"5s"`, `"1.5s"`, `"1m30s"`, `"200ms"`, `"0"`.
///
/// Units: `ns`, `us`, `ms`, `s`, `m`, `h`. A number without a unit is an error, except `0`; so is a sign.
///
/// ```
/// use std::time::Duration;
/// assert_eq!(proxykit_core::parse_duration("1m1.5s")?, Duration::from_millis(61_500));
/// # Ok::<(), proxykit_core::Error>(())
/// ```
///
/// # Errors
/// `invalid_option`, with the text in the message.
pub fn parse_duration(text: &str) -> Result<Duration> {
    if text == "0" {
        return Ok(Duration::ZERO);
    }
    let mut nanoseconds: u64 = 0;
    let mut rest = text;
    while !rest.is_empty() {
        let (part, after) = parse_part(rest).ok_or_else(|| invalid(text))?;
        nanoseconds = nanoseconds.checked_add(part).ok_or_else(|| invalid(text))?;
        rest = after;
    }
    if text.is_empty() {
        return Err(invalid(text));
    }
    Ok(Duration::from_nanos(nanoseconds))
}

/// One number with its unit, and what follows it.
fn parse_part(text: &str) -> Option<(u64, &str)> {
    let end = text.find(|c: char| !c.is_ascii_digit() && c != '.')?;
    let (number, rest) = text.split_at(end);
    let (unit, scale) = UNITS.iter().find(|(unit, _)| {
        // "1m30s" is minutes, "1ms" is not: a unit ends where a digit follows, or the text.
        rest.strip_prefix(unit)
            .is_some_and(|after| after.is_empty() || after.starts_with(|c: char| c.is_ascii_digit()))
    })?;
    let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
    if whole.is_empty() && fraction.is_empty() {
        return None;
    }
    let mut value = if whole.is_empty() { 0 } else { whole.parse::<u64>().ok()?.checked_mul(*scale)? };
    let mut scale = *scale;
    for digit in fraction.chars() {
        // Digits below a nanosecond are dropped.
        scale /= 10;
        value = value.checked_add(u64::from(digit.to_digit(10)?) * scale)?;
    }
    Some((value, &rest[unit.len()..]))
}

fn invalid(text: &str) -> Error {
    Error::new(
        ErrorKind::InvalidOption,
        format!("invalid duration {text:?}: write it as \"5s\", \"200ms\" or \"1m30s\""),
    )
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn reads_what_go_writes() {
        for (text, nanoseconds) in [
            ("0", 0),
            ("0s", 0),
            ("5s", 5_000_000_000),
            ("1.5s", 1_500_000_000),
            (".5s", 500_000_000),
            ("1h2m3s", 3_723_000_000_000),
            ("1m30s", 90_000_000_000),
            ("1ms", 1_000_000),
            ("100µs", 100_000),
            ("1m0.000000001s", 60_000_000_001),
        ] {
            assert_eq!(parse_duration(text).unwrap(), Duration::from_nanos(nanoseconds), "{text}");
        }
    }

    #[test]
    fn refuses_everything_else() {
        for text in ["", "5", "s", ".s", "-5s", "5 s", "5x", "5s5", "1.2.3s", "9999999999h", "5sec", "1m 30s"]
        {
            let error = parse_duration(text).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::InvalidOption, "{text}");
            assert!(error.to_string().contains(&format!("{text:?}")), "{error}");
        }
    }

    proptest! {
        #[test]
        fn never_panics(text in ".{0,20}") {
            let _ = parse_duration(&text);
        }

        #[test]
        fn milliseconds_come_back(milliseconds in 0u64..1_000_000_000) {
            let text = format!("{milliseconds}ms");
            prop_assert_eq!(parse_duration(&text).unwrap(), Duration::from_millis(milliseconds));
        }
    }
}
