//! The manager, method by method. Arguments have no defaults here: `proxykit._manager` gives them.

use std::sync::Arc;
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::thread;
use std::time::{Duration, Instant};

use proxykit_core::{Error, ErrorKind, ManagerOptions, RouteOptions};
use pyo3::prelude::*;
use pyo3::types::PyBytes;

use crate::enter::{enter, wait};
use crate::events::Events;
use crate::options::{HealthCheck, Seconds, count};
use crate::status::{BackendRow, RouteRow, backend_row, route_row};

/// The core's manager. Nothing that its threads hold belongs to Python.
#[pyclass(frozen, module = "proxykit._proxykit")]
pub(crate) struct Manager(Arc<proxykit_core::Manager>);

#[pymethods]
impl Manager {
    #[new]
    fn new(
        py: Python<'_>,
        workers: i64,
        management: &str,
        management_token: Option<String>,
        management_hosts: Vec<String>,
        trusted_proxies: Vec<String>,
        settings: Vec<(String, String)>,
    ) -> PyResult<Self> {
        enter(py, || {
            let options = ManagerOptions {
                workers: count("workers", workers)?,
                management: management.parse()?,
                management_token,
                management_hosts,
                ..ManagerOptions::default()
            };
            let mut options = options.with_trusted_proxies(trusted_proxies)?;
            for (name, value) in &settings {
                options.set(name, value)?;
            }
            proxykit_core::Manager::new(options).map(|manager| Manager(Arc::new(manager)))
        })
    }

    // --- routes and backends ---

    #[expect(clippy::too_many_arguments, reason = "one for each keyword of the public method")]
    fn add_route(
        &self,
        py: Python<'_>,
        prefix: &str,
        targets: Vec<String>,
        balancer: &str,
        host_header: &str,
        strip_prefix: bool,
        health_check: Option<HealthCheck>,
        connect_timeout: Seconds,
        response_head_timeout: Seconds,
        settings: Vec<(String, String)>,
    ) -> PyResult<()> {
        enter(py, || {
            let mut options = RouteOptions {
                balancer: balancer.parse()?,
                health_check: health_check.map(|check| check.to_core()).transpose()?,
                strip_prefix,
                host_header: host_header.parse()?,
                connect_timeout: connect_timeout.option("connect_timeout")?,
                response_head_timeout: response_head_timeout.option("response_head_timeout")?,
                ..RouteOptions::default()
            };
            for (name, value) in &settings {
                options.set(name, value)?;
            }
            self.0.add_route(prefix, targets, options)
        })
    }

    fn remove_route(&self, py: Python<'_>, prefix: &str) -> PyResult<()> {
        enter(py, || self.0.remove_route(prefix))
    }

    fn add_backends(
        &self,
        py: Python<'_>,
        prefix: &str,
        targets: Vec<String>,
        health_check: Option<HealthCheck>,
    ) -> PyResult<usize> {
        enter(py, || {
            let health_check = health_check.map(|check| check.to_core()).transpose()?;
            self.0.add_backends(prefix, targets, health_check)
        })
    }

    fn remove_backends(&self, py: Python<'_>, prefix: &str, targets: Vec<String>) -> PyResult<usize> {
        enter(py, || self.0.remove_backends(prefix, targets))
    }

    fn list_backends(&self, py: Python<'_>, prefix: &str) -> PyResult<Vec<BackendRow>> {
        enter(py, || Ok(self.0.list_backends(prefix)?.into_iter().map(backend_row).collect()))
    }

    fn get_backend(&self, py: Python<'_>, prefix: &str, target: &str) -> PyResult<BackendRow> {
        enter(py, || self.0.get_backend(prefix, target).map(backend_row))
    }

    fn report_load(&self, py: Python<'_>, prefix: &str, target: &str, load: f64) -> PyResult<()> {
        enter(py, || self.0.report_load(prefix, target, load))
    }

    fn routes(&self, py: Python<'_>) -> PyResult<Vec<RouteRow>> {
        enter(py, || Ok(self.0.routes().into_iter().map(route_row).collect()))
    }

    fn manage<'py>(
        &self,
        py: Python<'py>,
        method: &str,
        target: &str,
        body: &[u8],
    ) -> PyResult<(u16, Bound<'py, PyBytes>, Option<&'static str>)> {
        let reply = enter(py, || Ok(self.0.manage(method, target, body)))?;
        Ok((reply.status, PyBytes::new(py, &reply.body), reply.allow))
    }

    fn reload_certificates(&self, py: Python<'_>) -> PyResult<()> {
        enter(py, || self.0.reload_certificates())
    }

    fn events(&self, py: Python<'_>) -> PyResult<Events> {
        enter(py, || self.0.events().map(Events::from))
    }

    // --- life cycle ---

    fn start(&self, py: Python<'_>, listen: Option<&str>) -> PyResult<()> {
        enter(py, || match listen {
            Some(listen) => self.0.start(listen),
            None => self.0.start_without_listener(),
        })
    }

    fn address(&self, py: Python<'_>) -> PyResult<String> {
        enter(py, || self.0.address())
    }

    fn management_address(&self, py: Python<'_>) -> PyResult<String> {
        enter(py, || self.0.management_address())
    }

    fn wait(&self, py: Python<'_>, timeout: Option<Seconds>) -> PyResult<()> {
        let timeout = enter(py, || timeout.map(|timeout| timeout.argument("timeout")).transpose())?;
        // An end that the clock cannot hold is never reached.
        let end = timeout.and_then(|timeout| Instant::now().checked_add(timeout));
        let left = || end.map_or(Duration::MAX, |end| end.saturating_duration_since(Instant::now()));
        wait(py, |slice| match self.0.wait(Some(slice.min(left()))) {
            Err(error) if error.kind() == ErrorKind::TimedOut && !left().is_zero() => Ok(None),
            result => result.map(Some),
        })
    }

    /// Stops, and can itself be stopped: if a signal's handler raises, what is still in flight is cut off.
    fn stop(&self, py: Python<'_>, deadline: Seconds) -> PyResult<usize> {
        let deadline = enter(py, || deadline.argument("deadline"))?;
        if deadline.is_zero() {
            return enter(py, || self.0.stop(deadline));
        }
        // The core's `stop` takes as long as it takes, so it waits on a thread of its own.
        let (sender, receiver) = channel();
        let manager = Arc::clone(&self.0);
        enter(py, || {
            let stop = move || {
                // The receiver is gone if a signal came; nobody asks for the count then.
                let _ = sender.send(manager.stop(deadline));
            };
            thread::Builder::new().name("proxykit-stop".into()).spawn(stop).map_err(cannot_start)
        })?;
        let stopped = wait(py, move |slice| match receiver.recv_timeout(slice) {
            Ok(result) => result.map(Some),
            Err(RecvTimeoutError::Timeout) => Ok(None),
            Err(RecvTimeoutError::Disconnected) => Err(ErrorKind::Panic.into()),
        });
        stopped.or_else(|interrupt| enter(py, || self.0.stop(Duration::ZERO)).and(Err(interrupt)))
    }
}

fn cannot_start(error: std::io::Error) -> Error {
    Error::from(ErrorKind::StartFailed).because(error)
}
