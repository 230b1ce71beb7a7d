//! Subscriptions to events and to the log.

use proxykit_core::{Event, LogRecord};
use pyo3::prelude::*;

#[cfg(unix)]
use crate::enter::enter;
use crate::subscription::Subscription;

/// Kind, prefix, target, address, message, count.
type EventRow = (&'static str, Option<String>, Option<String>, Option<String>, Option<String>, Option<u64>);
/// Level, category, message, event.
type RecordRow = (&'static str, &'static str, String, Option<EventRow>);

/// The core's events.
#[pyclass(frozen, module = "proxykit._proxykit")]
pub(crate) struct Events(Subscription<proxykit_core::Events>);

/// The core's log.
#[pyclass(frozen, module = "proxykit._proxykit")]
pub(crate) struct Log(Subscription<proxykit_core::Log>);

impl From<proxykit_core::Events> for Events {
    fn from(events: proxykit_core::Events) -> Self {
        Events(Subscription::new(events))
    }
}

impl From<proxykit_core::Log> for Log {
    fn from(log: proxykit_core::Log) -> Self {
        Log(Subscription::new(log))
    }
}

#[pymethods]
impl Events {
    fn next(&self, py: Python<'_>, timeout: Option<f64>) -> PyResult<EventRow> {
        self.0.next(py, timeout, |events, limit| events.next(Some(limit)).map(event_row))
    }

    #[cfg(unix)]
    fn fileno(&self, py: Python<'_>) -> PyResult<i32> {
        use std::os::fd::AsRawFd;
        enter(py, || self.0.open()?.descriptor().map(|descriptor| descriptor.as_raw_fd()))
    }

    fn close(&self, py: Python<'_>) -> PyResult<()> {
        self.0.close(py)
    }
}

#[pymethods]
impl Log {
    fn next(&self, py: Python<'_>, timeout: Option<f64>) -> PyResult<RecordRow> {
        self.0.next(py, timeout, |log, limit| log.next(Some(limit)).map(record_row))
    }

    #[cfg(unix)]
    fn fileno(&self, py: Python<'_>) -> PyResult<i32> {
        use std::os::fd::AsRawFd;
        enter(py, || self.0.open()?.descriptor().map(|descriptor| descriptor.as_raw_fd()))
    }

    fn close(&self, py: Python<'_>) -> PyResult<()> {
        self.0.close(py)
    }
}

fn event_row(event: Event) -> EventRow {
    (
        event.kind.name(),
        event.prefix.map(|prefix| prefix.to_string()),
        event.target.map(|target| target.to_string()),
        event.address,
        event.message,
        event.count,
    )
}

fn record_row(record: LogRecord) -> RecordRow {
    (record.level.name(), record.category, record.message, record.event.map(event_row))
}
