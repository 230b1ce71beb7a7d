//! The only road from Python into the core.
//!
//! Here the interpreter lock is released, errors and panics become exceptions, and a call that waits looks for
//! signals: Python's handlers run in its main thread only, and not before that thread comes back to Python.

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::Duration;

use proxykit_core::{Error, ErrorKind, Result};
use pyo3::prelude::*;

use crate::errors::exception;

/// The longest time without a look for signals; Ctrl-C feels immediate below it.
const SLICE: Duration = Duration::from_millis(100);

/// Runs `work` without the interpreter lock.
pub(crate) fn enter<T: Send>(py: Python<'_>, work: impl FnOnce() -> Result<T> + Send) -> PyResult<T> {
    // Whatever a panic leaves behind is behind the core's own locks, never in what is captured here.
    py.detach(|| catch_unwind(AssertUnwindSafe(work)).unwrap_or_else(|panic| Err(caught(&*panic))))
        .map_err(|error| exception(py, &error))
}

/// Repeats `step`, which waits no longer than it is told, until it gives a value or a signal's handler raises.
pub(crate) fn wait<T: Send>(
    py: Python<'_>,
    mut step: impl FnMut(Duration) -> Result<Option<T>> + Send,
) -> PyResult<T> {
    loop {
        if let Some(value) = enter(py, || step(SLICE))? {
            return Ok(value);
        }
        py.check_signals()?;
    }
}

fn caught(panic: &(dyn Any + Send)) -> Error {
    let text = panic.downcast_ref::<&str>().copied();
    match text.or_else(|| panic.downcast_ref::<String>().map(String::as_str)) {
        Some(text) => Error::new(ErrorKind::Panic, format!("{}: {text}", ErrorKind::Panic.summary())),
        None => ErrorKind::Panic.into(),
    }
}
