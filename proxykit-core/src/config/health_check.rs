use std::time::Duration;

use super::OptionInfo;
use super::options::{Share, TIME, Whole, options};
use crate::error::Result;

options! {
    /// How the backends of a route are checked: by opening a TCP connection to them.
    ///
    /// The first probe goes out when the backend is added or the manager starts, delayed by up to the `jitter` share of an
    /// interval; the next ones an `interval` after the last one ended. A backend counts as healthy until a check says
    /// otherwise.
    #[derive(Copy)]
    HealthCheck "health_" {
        /// The time between two probes: 1 ms to 10 years, 5 s by default.
        interval: Duration = Duration::from_secs(5), TIME;
        /// The time that a probe may take: 1 ms to 10 years, 2 s by default.
        timeout: Duration = Duration::from_secs(2), TIME;
        /// How many probes in a row must succeed before an unhealthy backend is healthy: 1 or more, 1 by default.
        rise: u32 = 1, Whole { least: 1, most: u32::MAX };
        /// How many probes in a row must fail before a healthy backend is unhealthy: 1 or more, 1 by default.
        fall: u32 = 1, Whole { least: 1, most: u32::MAX };
        /// The share of `interval` by which each wait is shortened or lengthened at random, so that the probes of many
        /// proxies and backends do not fall together: 0 to 1, 0.1 by default.
        jitter: f64 = 0.1, Share { most: 1.0 };
    }
}

impl HealthCheck {
    /// What each option is called, how it is written, and what it means.
    pub(super) fn all() -> Vec<OptionInfo> {
        HealthCheck::infos()
    }

    /// Sets the option with this name if it is one of a health check's.
    pub(super) fn set(&mut self, name: &str, text: &str) -> Option<Result<()>> {
        self.set_field(name, text)
    }

    /// Checks each field's range.
    ///
    /// # Errors
    /// `invalid_option`, with the field and its value in the message.
    pub fn validate(&self) -> Result<()> {
        self.check_fields()
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
