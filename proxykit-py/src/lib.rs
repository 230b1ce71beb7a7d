//! `proxykit._proxykit`: the private native part of the Python package.
//!
//! It only converts: arguments to the core's types, results to tuples, errors to the exceptions that
//! `proxykit.exceptions` declares. What users see (names, defaults, documentation) is in `python/proxykit`.

mod calls;
mod enter;
mod errors;
mod events;
mod handler;
mod manager;
mod options;
mod status;
mod subscription;

use pyo3::prelude::*;

/// Names, and how their values are written.
type Options = Vec<(&'static str, &'static str)>;

#[pymodule(gil_used = false)]
mod _proxykit {
    use super::*;

    #[pymodule_export]
    use super::events::{Events, Log};

    #[pymodule_export]
    use super::manager::Manager;

    #[pymodule_export]
    #[expect(non_upper_case_globals, reason = "Python's name for it")]
    const __version__: &str = env!("CARGO_PKG_VERSION");

    /// Reads a duration such as "1m30s", and gives it in seconds.
    #[pyfunction]
    fn parse_duration(py: Python<'_>, text: options::Text) -> PyResult<f64> {
        enter::enter(py, || proxykit_core::parse_duration(text.as_ref())).map(|time| time.as_secs_f64())
    }

    /// The form in which a manager tells a prefix.
    #[pyfunction]
    fn normal_prefix(py: Python<'_>, text: options::Text) -> PyResult<String> {
        enter::enter(py, || text.as_ref().parse()).map(|prefix: proxykit_core::Prefix| prefix.to_string())
    }

    /// Every option of a manager, of a route, and of a handler: name and kind of value.
    #[pyfunction]
    fn option_kinds() -> (Options, Options, Options) {
        let pairs = |options: Vec<proxykit_core::OptionInfo>| {
            options.into_iter().map(|option| (option.name, option.kind.name())).collect()
        };
        (
            pairs(proxykit_core::ManagerOptions::all()),
            pairs(proxykit_core::RouteOptions::all()),
            pairs(proxykit_core::HandlerOptions::all()),
        )
    }

    /// Lets no handler call Python any more, and waits for the calls that run.
    #[pyfunction]
    fn end_calls(py: Python<'_>) -> PyResult<()> {
        calls::end(py)
    }

    /// Says that this process is a fork, without the threads that called Python.
    #[pyfunction]
    fn forget_calls() {
        calls::forget();
    }

    /// Every kind of event, by its name.
    #[pyfunction]
    fn event_kinds() -> Vec<&'static str> {
        proxykit_core::EventKind::ALL.iter().map(|kind| kind.name()).collect()
    }

    /// Every kind of error: number and name.
    #[pyfunction]
    fn error_kinds() -> Vec<(u32, &'static str)> {
        proxykit_core::ErrorKind::ALL.iter().map(|kind| (kind.code(), kind.name())).collect()
    }
}
