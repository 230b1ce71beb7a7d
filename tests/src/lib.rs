//! What the tests of all languages share.
//!
//! - [`backend`]: real HTTP servers to send to, each a process of its own (`sample-backend`).
//! - [`client`]: an HTTP/1.1 client that sends the exact bytes it is told to.
//! - [`examples`]: the list of the examples.
//! - [`fuzz`]: what the fuzzers try.
//! - [`host`]: drives a scenario host, the small program that every language has.
//! - [`scenario`]: the scenarios of `scenarios/*.json`, and how they are run.
//! - [`tls`]: certificates made for a test, and clients that speak TLS.
//! - [`strict`]: a strict reader of HTTP/1.1, for oracles.
//! - [`wait`]: waiting for a condition.

pub mod backend;
pub mod client;
pub mod examples;
pub mod fuzz;
pub mod host;
pub mod scenario;
pub mod strict;
pub mod tls;
pub mod wait;

use std::path::{Path, PathBuf};

/// The root of the workspace.
pub fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..").canonicalize().expect("the workspace has a root")
}
