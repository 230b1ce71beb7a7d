//! Times, numbers, sizes, shares.

use std::fmt::Display;
use std::str::FromStr;
use std::time::Duration;

use super::kind::{Kind, OptionKind, malformed};
use crate::config::{invalid_option, parse_duration};
use crate::error::Result;

/// A time of a millisecond or more, or none at all if `may_be_none`.
pub(crate) struct Time {
    pub(crate) may_be_none: bool,
}

/// A time that has to be.
pub(crate) const TIME: Time = Time { may_be_none: false };
/// A time, where 0 is none.
pub(crate) const TIME_OR_NONE: Time = Time { may_be_none: true };
/// The longest time that an option takes: ten years, far below what timers can hold.
const LONGEST: Duration = Duration::from_secs(10 * 365 * 24 * 3600);

impl Kind<Duration> for Time {
    fn label(&self) -> OptionKind {
        OptionKind::Time
    }

    fn read(&self, name: &str, text: &str) -> Result<Duration> {
        parse_duration(text).map_err(|_| malformed(name, text, "write it as \"5s\", \"200ms\" or \"1m30s\""))
    }

    fn check(&self, name: &str, value: &Duration) -> Result<()> {
        let is_none = self.may_be_none && value.is_zero();
        if !is_none && (*value < Duration::from_millis(1) || *value > LONGEST) {
            let rule = if self.may_be_none {
                "it must be 0 for none, or from 1ms to 10 years"
            } else {
                "it must be from 1ms to 10 years"
            };
            return Err(invalid_option(name, format_args!("{value:?}"), rule));
        }
        Ok(())
    }

    fn show(&self, value: &Duration) -> String {
        let (hour, minute) = (3600, 60);
        match value.as_secs() {
            0 if value.is_zero() => "0".into(),
            seconds if value.subsec_nanos() != 0 || seconds == 0 => format!("{value:?}"),
            seconds if seconds % hour == 0 => format!("{}h", seconds / hour),
            seconds if seconds % minute == 0 => format!("{}m", seconds / minute),
            seconds => format!("{seconds}s"),
        }
    }
}

/// A whole number from `least` to `most`.
pub(crate) struct Whole<T> {
    pub(crate) least: T,
    pub(crate) most: T,
}

impl<T: Copy + PartialOrd + FromStr + Display> Kind<T> for Whole<T> {
    fn label(&self) -> OptionKind {
        OptionKind::Number
    }

    fn read(&self, name: &str, text: &str) -> Result<T> {
        let number = Some(text).filter(|text| text.bytes().all(|byte| byte.is_ascii_digit()));
        let number = number.and_then(|text| text.parse().ok());
        number.ok_or_else(|| malformed(name, text, &self.rule()))
    }

    fn check(&self, name: &str, value: &T) -> Result<()> {
        if *value < self.least || *value > self.most {
            return Err(invalid_option(name, value, &self.rule()));
        }
        Ok(())
    }

    fn show(&self, value: &T) -> String {
        value.to_string()
    }
}

impl<T: Display> Whole<T> {
    fn rule(&self) -> String {
        format!("it must be from {} to {}", self.least, self.most)
    }
}

/// A number of bytes from `least` to `most`.
pub(crate) struct Size {
    pub(crate) least: u64,
    pub(crate) most: u64,
}

const SIZE_UNITS: [(&str, u64); 4] = [("GiB", 1 << 30), ("MiB", 1 << 20), ("KiB", 1 << 10), ("B", 1)];

impl Kind<u64> for Size {
    fn label(&self) -> OptionKind {
        OptionKind::Size
    }

    fn read(&self, name: &str, text: &str) -> Result<u64> {
        let (digits, scale) = SIZE_UNITS
            .iter()
            .find_map(|(unit, scale)| Some((text.strip_suffix(unit)?, *scale)))
            .unwrap_or((text, 1));
        let digits = Some(digits).filter(|digits| digits.bytes().all(|byte| byte.is_ascii_digit()));
        let number = digits.and_then(|digits| digits.parse::<u64>().ok()?.checked_mul(scale));
        number.ok_or_else(|| {
            malformed(name, text, "write it as a number of bytes, or as \"64KiB\" or \"10MiB\"")
        })
    }

    fn check(&self, name: &str, value: &u64) -> Result<()> {
        if *value < self.least || *value > self.most {
            let rule = format!("it must be from {} to {}", self.show(&self.least), self.show(&self.most));
            return Err(invalid_option(name, value, &rule));
        }
        Ok(())
    }

    fn show(&self, value: &u64) -> String {
        let unit = SIZE_UNITS.iter().find(|(_, scale)| *value >= *scale && value.is_multiple_of(*scale));
        match unit {
            Some((unit, scale)) if *scale > 1 => format!("{}{unit}", value / scale),
            _ => value.to_string(),
        }
    }
}

/// A number from 0 to `most`.
pub(crate) struct Share {
    pub(crate) most: f64,
}

impl Kind<f64> for Share {
    fn label(&self) -> OptionKind {
        OptionKind::Share
    }

    fn read(&self, name: &str, text: &str) -> Result<f64> {
        text.parse().map_err(|_| malformed(name, text, "it must be a number such as 0.2"))
    }

    fn check(&self, name: &str, value: &f64) -> Result<()> {
        if !(0.0..=self.most).contains(value) {
            return Err(invalid_option(name, value, &format!("it must be from 0 to {}", self.most)));
        }
        Ok(())
    }

    fn show(&self, value: &f64) -> String {
        value.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_come_back_as_written() {
        let size = Size { least: 1024, most: 1 << 30 };
        for (text, bytes) in
            [("1024", 1024), ("8KiB", 8192), ("10MiB", 10 << 20), ("1GiB", 1 << 30), ("2000B", 2000)]
        {
            let read = size.read("limit", text).unwrap();
            assert_eq!(read, bytes, "{text}");
            assert_eq!(size.read("limit", &size.show(&read)).unwrap(), bytes, "{text}");
            size.check("limit", &read).unwrap();
        }
        for text in
            ["", "KiB", "-1", "+1", "1.5MiB", "1 KiB", "1kb", "99999999999999999999", "99999999999GiB"]
        {
            let error = size.read("limit", text).unwrap_err();
            assert!(error.to_string().contains(&format!("invalid limit {text:?}")), "{error}");
        }
        assert!(size.check("limit", &1000).unwrap_err().to_string().contains("from 1KiB to 1GiB"));
    }

    #[test]
    fn times_are_shown_as_they_may_be_written() {
        for (text, shown) in
            [("0", "0"), ("90s", "90s"), ("1m", "1m"), ("2h", "2h"), ("1500ms", "1.5s"), ("20ms", "20ms")]
        {
            let time = TIME_OR_NONE.read("t", text).unwrap();
            assert_eq!(Kind::show(&TIME_OR_NONE, &time), shown);
            assert_eq!(TIME_OR_NONE.read("t", shown).unwrap(), time);
            assert_eq!(TIME.check("t", &time).is_err(), time.is_zero());
        }
        assert!(TIME.check("t", &Duration::from_nanos(1)).is_err());
        assert!(TIME_OR_NONE.check("t", &Duration::MAX).is_err());
        assert!(TIME.read("t", "5").unwrap_err().to_string().contains("invalid t \"5\""));
    }
}
