use std::time::Duration;

use super::{check_time, invalid_option};
use crate::error::Result;

/// How the backends of a route are checked: by opening a TCP connection to them.
///
/// The first probe goes out when the backend is added or the manager starts, delayed by up to the `jitter` share of an
/// interval; the next ones an `interval` after the last one ended. A backend counts as healthy until a check says otherwise.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct HealthCheck {
    /// The time between two probes: 1 ms to 10 years, 5 s by default.
    pub interval: Duration,
    /// The time that a probe may take: 1 ms to 10 years, 2 s by default.
    pub timeout: Duration,
    /// How many probes in a row must succeed before an unhealthy backend is healthy: 1 or more, 1 by default.
    pub rise: u32,
    /// How many probes in a row must fail before a healthy backend is unhealthy: 1 or more, 1 by default.
    pub fall: u32,
    /// The share of `interval` by which each wait is shortened or lengthened at random, so that the probes of many
    /// proxies and backends do not fall together: 0 to 1, 0.1 by default.
    pub jitter: f64,
}

impl Default for HealthCheck {
    fn default() -> Self {
        HealthCheck {
            interval: Duration::from_secs(5),
            timeout: Duration::from_secs(2),
            rise: 1,
            fall: 1,
            jitter: 0.1,
        }
    }
}

impl HealthCheck {
    /// Checks each field's range.
    ///
    /// # Errors
    /// `invalid_option`, with the field and its value in the message.
    pub fn validate(&self) -> Result<()> {
        check_time("health_interval", self.interval)?;
        check_time("health_timeout", self.timeout)?;
        for (name, value) in [("health_rise", self.rise), ("health_fall", self.fall)] {
            if value == 0 {
                return Err(invalid_option(name, value, "it must be 1 or more"));
            }
        }
        if !(0.0..=1.0).contains(&self.jitter) {
            return Err(invalid_option("health_jitter", self.jitter, "it must be from 0 to 1"));
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_field_has_its_range() {
        assert!(HealthCheck::default().validate().is_ok());
        let good = HealthCheck::default();
        for (bad, name) in [
            (HealthCheck { interval: Duration::ZERO, ..good }, "health_interval"),
            (HealthCheck { timeout: Duration::MAX, ..good }, "health_timeout"),
            (HealthCheck { rise: 0, ..good }, "health_rise"),
            (HealthCheck { fall: 0, ..good }, "health_fall"),
            (HealthCheck { jitter: 1.5, ..good }, "health_jitter"),
            (HealthCheck { jitter: f64::NAN, ..good }, "health_jitter"),
        ] {
            let error = bad.validate().unwrap_err();
            assert!(error.to_string().contains(name), "{error}");
        }
    }
}
