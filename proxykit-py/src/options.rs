//! Python's values as the core's options. Ranges are checked by the core; here only what its types cannot hold.

use std::time::Duration;

use proxykit_core::{Error, ErrorKind, Result};
use pyo3::prelude::*;
use pyo3::types::PyDelta;

/// A time as Python gives it: a number of seconds or a `timedelta`.
#[derive(Clone, Copy)]
pub(crate) struct Seconds(f64);

/// The fields of `proxykit.HealthCheck`.
#[derive(FromPyObject)]
pub(crate) struct HealthCheck {
    interval: Seconds,
    timeout: Seconds,
    rise: i64,
    fall: i64,
    jitter: f64,
}

// === impl Seconds ===

impl FromPyObject<'_, '_> for Seconds {
    type Error = PyErr;

    fn extract(object: Borrowed<'_, '_, PyAny>) -> PyResult<Self> {
        let seconds = match object.cast::<PyDelta>() {
            Ok(delta) => delta.call_method0("total_seconds")?.extract(),
            Err(_) => object.extract(),
        };
        seconds.map(Seconds)
    }
}

impl Seconds {
    /// As the option `name`.
    pub(crate) fn option(self, name: &str) -> Result<Duration> {
        Duration::try_from_secs_f64(self.0).map_err(|_| {
            let Seconds(seconds) = self;
            invalid(ErrorKind::InvalidOption, name, seconds, "s: it must be from 1ms to 10 years")
        })
    }

    /// As the argument `name`, which may also be zero.
    pub(crate) fn argument(self, name: &str) -> Result<Duration> {
        Duration::try_from_secs_f64(self.0).map_err(|_| {
            let Seconds(seconds) = self;
            invalid(ErrorKind::InvalidArgument, name, seconds, "s: it must be 0 or more, and finite")
        })
    }
}

// === impl HealthCheck ===

impl HealthCheck {
    pub(crate) fn to_core(&self) -> Result<proxykit_core::HealthCheck> {
        Ok(proxykit_core::HealthCheck {
            interval: self.interval.option("health_interval")?,
            timeout: self.timeout.option("health_timeout")?,
            rise: count("health_rise", self.rise)?,
            fall: count("health_fall", self.fall)?,
            jitter: self.jitter,
        })
    }
}

/// A whole number as the option `name`.
pub(crate) fn count<T: TryFrom<i64>>(name: &str, value: i64) -> Result<T> {
    T::try_from(value).map_err(|_| invalid(ErrorKind::InvalidOption, name, value, ": it is out of range"))
}

fn invalid(kind: ErrorKind, name: &str, value: impl std::fmt::Display, rule: &str) -> Error {
    Error::new(kind, format!("invalid {name} {value}{rule}"))
}
