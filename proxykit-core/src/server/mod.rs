//! Accepting connections and serving them.
//!
//! [`listen`] binds, [`worker`] accepts on a thread of its own, [`connection`] serves one connection from its
//! first byte to its end, [`drain`] ends them all. [`spread`] keeps the workers equally busy.

mod begun;
mod connection;
mod drain;
#[cfg(unix)]
mod handed_in;
mod interim;
mod listen;
mod listener;
mod peer;
mod preface;
mod secure;
mod service;
mod spread;
mod worker;

pub(crate) use drain::{Drain, Drained};
pub(crate) use listen::{SocketFile, bind};
pub(crate) use secure::watch;
pub(crate) use service::Service;
pub(crate) use worker::Worker;
