//! A subscription to events.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use proxykit_core::{Error, ErrorKind, Event};
use pyo3::prelude::*;

use crate::enter::{enter, wait};
use crate::options::seconds;

/// Kind, prefix, target, address, message, count.
type EventRow = (&'static str, Option<String>, Option<String>, Option<String>, Option<String>, Option<u64>);

/// The core's subscription, until it is closed.
#[pyclass(frozen, module = "proxykit._proxykit")]
pub(crate) struct Events(Mutex<Option<Arc<proxykit_core::Events>>>);

impl From<proxykit_core::Events> for Events {
    fn from(events: proxykit_core::Events) -> Self {
        Events(Mutex::new(Some(Arc::new(events))))
    }
}

#[pymethods]
impl Events {
    fn next(&self, py: Python<'_>, timeout: Option<f64>) -> PyResult<EventRow> {
        let timeout = enter(py, || timeout.map(|timeout| seconds("timeout", timeout)).transpose())?;
        // An end that the clock cannot hold is never reached.
        let end = timeout.and_then(|timeout| Instant::now().checked_add(timeout));
        let left = || end.map_or(Duration::MAX, |end| end.saturating_duration_since(Instant::now()));
        // Another thread may close it meanwhile.
        wait(py, |slice| match self.open()?.next(Some(slice.min(left()))) {
            Err(error) if error.kind() == ErrorKind::TimedOut && !left().is_zero() => Ok(None),
            result => result.map(|event| Some(row(event))),
        })
    }

    #[cfg(unix)]
    fn fileno(&self, py: Python<'_>) -> PyResult<i32> {
        use std::os::fd::AsRawFd;
        enter(py, || self.open()?.descriptor().map(|descriptor| descriptor.as_raw_fd()))
    }

    fn close(&self, py: Python<'_>) -> PyResult<()> {
        enter(py, || {
            drop(self.lock().take());
            Ok(())
        })
    }
}

impl Events {
    fn open(&self) -> Result<Arc<proxykit_core::Events>, Error> {
        self.lock().clone().ok_or_else(|| Error::new(ErrorKind::Stopped, "the events were closed"))
    }

    /// What is guarded is whole at any time.
    fn lock(&self) -> std::sync::MutexGuard<'_, Option<Arc<proxykit_core::Events>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn row(event: Event) -> EventRow {
    (
        event.kind.name(),
        event.prefix.map(|prefix| prefix.to_string()),
        event.target.map(|target| target.to_string()),
        event.address,
        event.message,
        event.count,
    )
}
