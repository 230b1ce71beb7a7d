use std::sync::{Arc, Condvar, Mutex, PoisonError};

use proxykit_core::{HandlerRequest, Responder};

use crate::Failure;
use crate::fields::parse;

/// Holds handlers until it is opened, once and for all.
#[derive(Default)]
pub(crate) struct Gate {
    /// How many are held, and whether it is open.
    state: Mutex<(usize, bool)>,
    opened: Condvar,
}

impl Gate {
    fn pass(&self) {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        state.0 += 1;
        while !state.1 {
            state = self.opened.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
        state.0 -= 1;
    }

    pub(crate) fn open(&self) {
        self.state.lock().unwrap_or_else(PoisonError::into_inner).1 = true;
        self.opened.notify_all();
    }

    pub(crate) fn held(&self) -> usize {
        self.state.lock().unwrap_or_else(PoisonError::into_inner).0
    }
}

/// The handler of this word.
pub(crate) fn handler(
    word: &str,
    gate: &Arc<Gate>,
) -> Result<Box<dyn Fn(HandlerRequest, Responder) + Send + Sync>, Failure> {
    Ok(match word {
        // Nothing is answered.
        "fail" => Box::new(|_, _| {}),
        "hold" => {
            let gate = gate.clone();
            Box::new(move |_, responder| {
                gate.pass();
                respond(responder, 200, "released".into());
            })
        }
        "describe" => Box::new(|request, responder| {
            let body = String::from_utf8_lossy(request.body());
            let text = format!("{} {}\n{body}", request.method(), request.target());
            respond(responder, 200, text);
        }),
        status => {
            let status = parse("a status", status)?;
            Box::new(move |_, responder| respond(responder, status, String::new()))
        }
    })
}

fn respond(responder: Responder, status: u16, text: String) {
    // An error says that nobody waits for the answer any more.
    responder.respond(status, [("content-type", "text/plain")], text).ok();
}
