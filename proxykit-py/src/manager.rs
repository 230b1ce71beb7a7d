//! The manager, method by method. Arguments have no defaults here: `proxykit._manager` gives them.

use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::thread;
use std::time::{Duration, Instant};

use proxykit_core::{Error, ErrorKind};
use pyo3::gc::{PyTraverseError, PyVisit};
use pyo3::prelude::*;
use pyo3::types::PyBytes;

use crate::enter::{enter, wait};
use crate::events::{Events, Log};
use crate::handler::Functions;
use crate::options::{
    Settings, Text, handler_options, health_check, manager_options, route_options, seconds,
};
use crate::status::{BackendRow, RouteRow, TotalsRow, backend_row, route_row, totals_row};

/// The core's manager, and the functions that its handlers call. Nothing else that its threads hold belongs to Python.
#[pyclass(frozen, module = "proxykit._proxykit")]
pub(crate) struct Manager {
    core: Arc<proxykit_core::Manager>,
    functions: Arc<Functions>,
}

#[pymethods]
impl Manager {
    #[new]
    fn new(py: Python<'_>, settings: Settings) -> PyResult<Self> {
        enter(py, || {
            let core = Arc::new(proxykit_core::Manager::new(manager_options(&settings)?)?);
            Ok(Manager { core, functions: Arc::default() })
        })
    }

    // --- routes and backends ---

    fn add_route(
        &self,
        py: Python<'_>,
        prefix: Text,
        targets: Vec<Text>,
        settings: Settings,
    ) -> PyResult<()> {
        enter(py, || self.core.add_route(prefix.as_ref(), targets, route_options(&settings)?))
    }

    fn handle(&self, py: Python<'_>, prefix: Text, function: Py<PyAny>, settings: Settings) -> PyResult<()> {
        let function = Functions::hold(&self.functions, function);
        enter(py, move || {
            let options = handler_options(&settings)?;
            let answer = move |request, responder| function.answer(&request, &responder);
            self.core.handle(prefix.as_ref(), options, answer)
        })
    }

    fn remove_route(&self, py: Python<'_>, prefix: Text) -> PyResult<()> {
        enter(py, || self.core.remove_route(prefix.as_ref()))
    }

    fn add_backends(
        &self,
        py: Python<'_>,
        prefix: Text,
        targets: Vec<Text>,
        settings: Option<Settings>,
    ) -> PyResult<usize> {
        enter(py, || self.core.add_backends(prefix.as_ref(), targets, health_check(settings.as_ref())?))
    }

    fn remove_backends(&self, py: Python<'_>, prefix: Text, targets: Vec<Text>) -> PyResult<usize> {
        enter(py, || self.core.remove_backends(prefix.as_ref(), targets))
    }

    fn list_backends(&self, py: Python<'_>, prefix: Text) -> PyResult<Vec<BackendRow>> {
        enter(py, || Ok(self.core.list_backends(prefix.as_ref())?.into_iter().map(backend_row).collect()))
    }

    fn get_backend(&self, py: Python<'_>, prefix: Text, target: Text) -> PyResult<BackendRow> {
        enter(py, || self.core.get_backend(prefix.as_ref(), target.as_ref()).map(backend_row))
    }

    fn report_load(&self, py: Python<'_>, prefix: Text, target: Text, load: f64) -> PyResult<()> {
        enter(py, || self.core.report_load(prefix.as_ref(), target.as_ref(), load))
    }

    fn routes(&self, py: Python<'_>) -> PyResult<Vec<RouteRow>> {
        enter(py, || Ok(self.core.routes().into_iter().map(route_row).collect()))
    }

    fn totals(&self, py: Python<'_>) -> PyResult<TotalsRow> {
        enter(py, || Ok(totals_row(self.core.totals())))
    }

    fn manage<'py>(
        &self,
        py: Python<'py>,
        method: Text,
        target: Text,
        body: &[u8],
    ) -> PyResult<(u16, Bound<'py, PyBytes>, Option<&'static str>)> {
        let reply = enter(py, || Ok(self.core.manage(method.as_ref(), target.as_ref(), body)))?;
        Ok((reply.status, PyBytes::new(py, &reply.body), reply.allow))
    }

    fn reload_certificates(&self, py: Python<'_>) -> PyResult<()> {
        enter(py, || self.core.reload_certificates())
    }

    fn events(&self, py: Python<'_>) -> PyResult<Events> {
        enter(py, || self.core.events().map(Events::from))
    }

    fn log(&self, py: Python<'_>, level: Text) -> PyResult<Log> {
        enter(py, || self.core.log(level.as_ref().parse()?).map(Log::from))
    }

    // --- life cycle ---

    fn start(&self, py: Python<'_>, listen: Option<Text>) -> PyResult<()> {
        enter(py, || match listen {
            Some(listen) => self.core.start(listen.as_ref()),
            None => self.core.start_without_listener(),
        })
    }

    fn address(&self, py: Python<'_>) -> PyResult<String> {
        enter(py, || self.core.address())
    }

    fn management_address(&self, py: Python<'_>) -> PyResult<String> {
        enter(py, || self.core.management_address())
    }

    fn wait(&self, py: Python<'_>, timeout: Option<f64>) -> PyResult<()> {
        let timeout = enter(py, || timeout.map(|timeout| seconds("timeout", timeout)).transpose())?;
        // An end that the clock cannot hold is never reached.
        let end = timeout.and_then(|timeout| Instant::now().checked_add(timeout));
        let left = || end.map_or(Duration::MAX, |end| end.saturating_duration_since(Instant::now()));
        wait(py, |slice| match self.core.wait(Some(slice.min(left()))) {
            Err(error) if error.kind() == ErrorKind::TimedOut && !left().is_zero() => Ok(None),
            result => result.map(Some),
        })
    }

    /// Stops, and can itself be stopped: if a signal's handler raises, what is still in flight is cut off.
    fn stop(&self, py: Python<'_>, deadline: f64) -> PyResult<usize> {
        let deadline = enter(py, || seconds("deadline", deadline))?;
        if deadline.is_zero() {
            return enter(py, || self.core.stop(deadline));
        }
        let receiver = enter(py, || self.stop_aside(deadline))?;
        let stopped = wait(py, move |slice| match receiver.recv_timeout(slice) {
            Ok(result) => result.map(Some),
            Err(RecvTimeoutError::Timeout) => Ok(None),
            Err(RecvTimeoutError::Disconnected) => Err(ErrorKind::Panic.into()),
        });
        stopped.or_else(|interrupt| enter(py, || self.core.stop(Duration::ZERO)).and(Err(interrupt)))
    }

    /// As `stop`, but waits for nothing. What comes of it the event `stopped` tells.
    fn begin_stop(&self, py: Python<'_>, deadline: f64) -> PyResult<()> {
        enter(py, || self.stop_aside(seconds("deadline", deadline)?).map(drop))
    }

    // --- what Python's collector calls ---

    fn __traverse__(&self, visit: PyVisit<'_>) -> Result<(), PyTraverseError> {
        self.functions.traverse(&visit)
    }

    fn __clear__(&self) {
        self.functions.clear();
    }
}

impl Manager {
    /// Stops on a thread of its own, since the core's `stop` takes as long as it takes.
    fn stop_aside(&self, deadline: Duration) -> Result<Receiver<Result<usize, Error>>, Error> {
        // A handler's thread that stops would wait for itself. The core sees that only if it is called on that thread.
        match self.core.wait(Some(Duration::ZERO)) {
            Err(error) if matches!(error.kind(), ErrorKind::WrongThread | ErrorKind::Forked) => {
                return Err(error);
            }
            _ => {}
        }
        let (sender, receiver) = channel();
        let manager = Arc::clone(&self.core);
        let stop = move || {
            // The receiver is gone if a signal came, or nobody waits; nobody asks for the count then.
            let _ = sender.send(manager.stop(deadline));
        };
        thread::Builder::new().name("proxykit-stop".into()).spawn(stop).map_err(cannot_start)?;
        Ok(receiver)
    }
}

impl Drop for Manager {
    fn drop(&mut self) {
        // Without the lock, which functions that still run wait for. Why it does not stop, the core's own drop knows as well.
        Python::try_attach(|py| py.detach(|| self.core.stop(Duration::ZERO).ok()));
    }
}

fn cannot_start(error: std::io::Error) -> Error {
    Error::from(ErrorKind::StartFailed).because(error)
}
