//! Routes that the host answers itself.

mod answers;
mod ending;
mod pool;
mod requests;

use proxykit_core::{HandlerOptions, HandlerRequest, Manager, ManagerOptions, Responder};
use proxykit_tests::client::Response;

use crate::Proxy;

/// A proxy whose only route is this handler's, with options by their names.
fn handling(
    options: &[(&str, &str)],
    handler: impl Fn(HandlerRequest, Responder) + Send + Sync + 'static,
) -> Proxy {
    let (mut manager, mut own) = (ManagerOptions::default(), HandlerOptions::default());
    for (name, value) in options {
        if own.set(name, value).is_err() {
            manager.set(name, value).unwrap();
        }
    }
    let manager = Manager::new(manager).unwrap();
    manager.handle("/", own, handler).unwrap();
    manager.start("127.0.0.1:0").unwrap();
    let address = manager.address().unwrap();
    Proxy { manager, address }
}

fn text(responder: &Responder, text: &str) {
    responder.respond(200, [("content-type", "text/plain")], text.to_owned()).unwrap();
}

/// The status of an answer of the proxy's own, and the error that it reports.
fn refused(answer: &Response) -> (u16, &str) {
    (answer.status(), crate::reported(answer))
}
