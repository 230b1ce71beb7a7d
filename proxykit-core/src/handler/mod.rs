//! What the host answers itself: its functions, and the threads that call them.
//!
//! A route has backends or a [`Handler`]. [`Handler::call`] hands a whole request to the [`Pool`], one of whose threads calls
//! the host's function; the function, or whoever it passes the [`Responder`] to, answers it at once or later. No runtime is
//! needed for it: a worker meets the pool's lock, and waits for the answer as for any other thing ([`Pending`]).

mod answer;
mod pool;
mod request;
mod responder;

use std::fmt;
use std::sync::Arc;

pub(crate) use answer::Pending;
pub(crate) use pool::{Lease, Pool};
pub use request::HandlerRequest;
pub use responder::Responder;

use crate::config::HandlerOptions;
use crate::error::Result;
use answer::Slot;
use pool::Call;

/// A function of the host's that answers requests.
type Function = dyn Fn(HandlerRequest, Responder) + Send + Sync;

/// A function of the host's that answers the requests of a route, and what it is held to.
#[derive(Clone)]
pub struct Handler(Arc<Inner>);

struct Inner {
    options: HandlerOptions,
    /// Until the last one who could call it is gone.
    function: Option<Box<Function>>,
    pool: Arc<Pool>,
}

impl Handler {
    pub(crate) fn new(
        pool: &Arc<Pool>,
        options: HandlerOptions,
        function: impl Fn(HandlerRequest, Responder) + Send + Sync + 'static,
    ) -> Self {
        Handler(Arc::new(Inner { options, function: Some(Box::new(function)), pool: pool.clone() }))
    }

    /// What it is held to.
    pub fn options(&self) -> &HandlerOptions {
        &self.0.options
    }

    /// Room for a request's body.
    pub(crate) fn lease(&self) -> Lease {
        Pool::lease(&self.0.pool)
    }

    /// Has a thread of the pool call it.
    ///
    /// # Errors
    /// `handler_busy` if too many calls wait, `not_started` if the manager does not run, `start_failed`.
    pub(crate) fn call(&self, request: HandlerRequest) -> Result<Pending> {
        let slot = Arc::<Slot>::default();
        let pending = Pending::new(&slot);
        let responder = Responder::new(slot);
        let call = Call { handler: self.clone(), request, responder };
        Pool::submit(&self.0.pool, Box::new(call))?;
        Ok(pending)
    }

    fn run(&self, request: HandlerRequest, responder: Responder) {
        if let Some(function) = &self.0.function {
            function(request, responder);
        }
    }
}

impl Drop for Inner {
    fn drop(&mut self) {
        // What the function holds is the host's, whose code may run when it goes: not on a worker.
        if let Some(function) = self.function.take() {
            Pool::dispose(&self.pool, function);
        }
    }
}

impl fmt::Debug for Handler {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Handler").field("options", &self.0.options).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
