//! What the test that runs the backend may ask of it; it counts neither as a request nor as a connection.
//!
//! - `GET /.sample/counts`: what was counted ([`State::counts`]).
//! - `POST /.sample/open/NAME`: opens a gate.
//! - `POST /.sample/close-idle`: closes the connections on which no request runs.

use std::sync::Arc;

use hyper::{Method, Response, StatusCode};

use crate::answer::{Answer, text};
use crate::state::State;

pub(crate) const PREFIX: &str = "/.sample/";

pub(crate) fn answer(state: &Arc<State>, method: &Method, what: &str) -> Response<Answer> {
    match (method, what.split_once('/').unwrap_or((what, ""))) {
        (&Method::GET, ("counts", "")) => text(StatusCode::OK, state.counts().to_string()),
        (&Method::POST, ("open", gate)) => {
            state.open_gate(gate);
            text(StatusCode::OK, String::new())
        }
        (&Method::POST, ("close-idle", "")) => {
            state.close_idle.send_modify(|round| *round += 1);
            text(StatusCode::OK, String::new())
        }
        _ => text(StatusCode::NOT_FOUND, format!("no such control: {method} {what}")),
    }
}
