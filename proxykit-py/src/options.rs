//! Python's values as the core's. Options come as texts by their names, so that all of them are read, and refused, in one way.

use std::time::Duration;

use proxykit_core::{Error, ErrorKind, HandlerOptions, HealthCheck, ManagerOptions, Result, RouteOptions};
use pyo3::prelude::*;
use pyo3::types::PyString;

use crate::errors::exception;

/// Names and values.
pub(crate) type Settings = Vec<(Text, Text)>;

/// A text of Python's, which may hold what UTF-8 has no form for: halves of surrogate pairs.
pub(crate) struct Text(String);

// === impl Text ===

impl FromPyObject<'_, '_> for Text {
    type Error = PyErr;

    fn extract(object: Borrowed<'_, '_, PyAny>) -> PyResult<Self> {
        let text = object.cast::<PyString>()?;
        text.to_cow().map(|text| Text(text.into_owned())).map_err(|error| {
            // Python's words name the letter and not the text, which may be a token.
            let error = Error::new(ErrorKind::InvalidUtf8, error.value(object.py()).to_string());
            exception(object.py(), &error)
        })
    }
}

impl AsRef<str> for Text {
    fn as_ref(&self) -> &str {
        &self.0
    }
}

// === options ===

pub(crate) fn manager_options(settings: &Settings) -> Result<ManagerOptions> {
    let mut options = ManagerOptions::default();
    settings.iter().try_for_each(|(name, value)| options.set(name.as_ref(), value.as_ref()))?;
    Ok(options)
}

pub(crate) fn route_options(settings: &Settings) -> Result<RouteOptions> {
    let mut options = RouteOptions::default();
    settings.iter().try_for_each(|(name, value)| options.set(name.as_ref(), value.as_ref()))?;
    Ok(options)
}

pub(crate) fn handler_options(settings: &Settings) -> Result<HandlerOptions> {
    let mut options = HandlerOptions::default();
    settings.iter().try_for_each(|(name, value)| options.set(name.as_ref(), value.as_ref()))?;
    Ok(options)
}

/// The check that is described as it is for a route.
pub(crate) fn health_check(settings: Option<&Settings>) -> Result<Option<HealthCheck>> {
    settings.map_or(Ok(None), |settings| route_options(settings).map(|options| options.health_check))
}

/// A number of seconds as the argument `name`.
pub(crate) fn seconds(name: &str, seconds: f64) -> Result<Duration> {
    Duration::try_from_secs_f64(seconds).map_err(|_| {
        let rule = "it must be 0 or more, and finite";
        Error::new(ErrorKind::InvalidArgument, format!("invalid {name} {seconds}s: {rule}"))
    })
}
