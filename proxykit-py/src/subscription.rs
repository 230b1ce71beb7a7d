//! What a subscription to events or to the log has of its own in Python.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use proxykit_core::{Error, ErrorKind};
use pyo3::prelude::*;

use crate::enter::{enter, wait};
use crate::options::seconds;

/// The core's subscription, until it is closed.
pub(crate) struct Subscription<T>(Mutex<Option<Arc<T>>>);

impl<T: Send + Sync> Subscription<T> {
    pub(crate) fn new(native: T) -> Self {
        Subscription(Mutex::new(Some(Arc::new(native))))
    }

    /// What comes next, by `take` with a time limit.
    pub(crate) fn next<R: Send>(
        &self,
        py: Python<'_>,
        timeout: Option<f64>,
        take: impl Fn(&T, Duration) -> Result<R, Error> + Send + Sync,
    ) -> PyResult<R> {
        let timeout = enter(py, || timeout.map(|timeout| seconds("timeout", timeout)).transpose())?;
        // An end that the clock cannot hold is never reached.
        let end = timeout.and_then(|timeout| Instant::now().checked_add(timeout));
        let left = || end.map_or(Duration::MAX, |end| end.saturating_duration_since(Instant::now()));
        // Another thread may close it meanwhile.
        wait(py, |slice| match take(&*self.open()?, slice.min(left())) {
            Err(error) if error.kind() == ErrorKind::TimedOut && !left().is_zero() => Ok(None),
            result => result.map(Some),
        })
    }

    pub(crate) fn close(&self, py: Python<'_>) -> PyResult<()> {
        enter(py, || {
            drop(self.lock().take());
            Ok(())
        })
    }

    pub(crate) fn open(&self) -> Result<Arc<T>, Error> {
        self.lock().clone().ok_or_else(|| Error::new(ErrorKind::Stopped, "the subscription was closed"))
    }

    /// What is guarded is whole at any time.
    fn lock(&self) -> MutexGuard<'_, Option<Arc<T>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
