//! Accepting connections and serving them.
//!
//! [`listen`] binds, [`worker`] accepts on a thread of its own, [`arrival`] learns whose connection
//! it is, [`connection`] serves it to its end ([`http1`], [`http2`]), [`drain`] ends them all. [`gate`] says how many there may
//! be, [`watch`] ends those on which nothing happens. [`spread`] keeps the workers equally busy.

mod activity;
mod answer;
mod arrival;
mod connection;
mod drain;
mod gate;
#[cfg(unix)]
mod handed_in;
mod http1;
mod http2;
mod listen;
mod listener;
mod peer;
mod preface;
mod secure;
mod service;
mod spread;
mod watch;
mod watched;
mod worker;

pub(crate) use drain::{Drain, Drained};
pub(crate) use gate::Gate;
pub(crate) use listen::{SocketFile, bind};
pub(crate) use secure::watch;
pub(crate) use service::Service;
pub(crate) use worker::Worker;
