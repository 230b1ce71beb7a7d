//! Python's functions as handlers.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use proxykit_core::{ErrorKind, HandlerRequest, Responder};
use pyo3::gc::{PyTraverseError, PyVisit};
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::PyBytes;

use crate::calls::{call, stay};
use crate::errors::exception;

/// Status, headers, body.
type Answer = (u16, Vec<(Vec<u8>, Vec<u8>)>, Vec<u8>);

/// The functions of a manager's handlers.
///
/// They are held here and not by the routes: a function often refers to its manager, and Python's collector must see that
/// this is a circle.
#[derive(Default)]
pub(crate) struct Functions(Mutex<Held>);

#[derive(Default)]
struct Held {
    functions: HashMap<u64, Py<PyAny>>,
    next: u64,
}

/// One of them, until its route is gone.
pub(crate) struct Function {
    functions: Arc<Functions>,
    number: u64,
}

impl Functions {
    pub(crate) fn hold(this: &Arc<Self>, function: Py<PyAny>) -> Function {
        let mut held = this.lock();
        let number = held.next;
        held.next += 1;
        held.functions.insert(number, function);
        Function { functions: this.clone(), number }
    }

    pub(crate) fn traverse(&self, visit: &PyVisit<'_>) -> Result<(), PyTraverseError> {
        self.lock().functions.values().try_for_each(|function| visit.call(function))
    }

    pub(crate) fn clear(&self) {
        let functions = std::mem::take(&mut self.lock().functions);
        drop(functions);
    }

    /// Nobody waits for anything, or runs Python's code, while it is held.
    fn lock(&self) -> MutexGuard<'_, Held> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Function {
    /// Has the function answer a request. What it raises goes where Python sends what no caller can catch:
    /// `sys.unraisablehook`. The client gets 500 then, since the responder is dropped without an answer.
    pub(crate) fn answer(&self, request: &HandlerRequest, responder: &Responder) {
        // When the interpreter ends there is nobody to ask.
        call(|py| {
            let function = self.functions.lock().functions.get(&self.number).map(|held| held.clone_ref(py));
            let Some(function) = function else { return };
            if let Err(error) = answer(py, &function, request, responder) {
                error.write_unraisable(py, Some(function.bind(py)));
            }
        });
    }
}

impl Drop for Function {
    fn drop(&mut self) {
        // When the interpreter ends it stays, and goes with the manager.
        call(|_| {
            let function = self.functions.lock().functions.remove(&self.number);
            drop(function);
        });
    }
}

fn answer(
    py: Python<'_>,
    function: &Py<PyAny>,
    request: &HandlerRequest,
    responder: &Responder,
) -> PyResult<()> {
    static CALL: PyOnceLock<Py<PyAny>> = PyOnceLock::new();
    let headers: Vec<_> = request.headers().map(|(name, value)| (name, PyBytes::new(py, value))).collect();
    let client = request.client_address().map(|address| address.to_string());
    let body = PyBytes::new(py, request.body());
    let of_request = (function, request.method(), request.target(), headers, client, body);
    let (function, arguments) =
        (CALL.import(py, "proxykit._handlers", "_call")?, of_request.into_pyobject(py)?);
    let answer = stay(|| function.call(&arguments, None))?;
    let (status, headers, body): Answer = answer.extract()?;
    match responder.respond(status, headers, body) {
        // The client has its answer, or is gone; no fault of the function's that it could be told of in time.
        Err(error) if matches!(error.kind(), ErrorKind::HandlerTimeout | ErrorKind::ClientClosed) => Ok(()),
        result => result.map_err(|error| exception(py, &error)),
    }
}
