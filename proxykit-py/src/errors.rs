//! A core error as the Python exception of its kind.

use std::error::Error as _;
use std::io;

use proxykit_core::Error;
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;

/// The exception that `proxykit.exceptions` has for this kind of error.
pub(crate) fn exception(py: Python<'_>, error: &Error) -> PyErr {
    static FROM_NATIVE: PyOnceLock<Py<PyAny>> = PyOnceLock::new();
    let kind = error.kind();
    FROM_NATIVE
        .import(py, "proxykit.exceptions", "_from_native")
        .and_then(|make| make.call1((kind.code(), kind.name(), error.to_string(), os_error(error))))
        .map_or_else(|failure| failure, PyErr::from_value)
}

/// The operating system's number for the cause, which `OSError` shows as `errno`.
fn os_error(error: &Error) -> Option<i32> {
    error.source()?.downcast_ref::<io::Error>()?.raw_os_error()
}
