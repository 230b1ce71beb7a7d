//! What the fuzzers try, one module for each target: `run` takes any bytes, and panics if something is wrong.
//!
//! `fuzz/` mutates the bytes; `tests/corpora.rs` tries those that are kept.

pub mod config;
pub mod lenient;
pub mod management;
mod proxy;
pub mod proxy_header;
pub mod request;
pub mod response;

/// Tries some bytes.
pub type Run = fn(&[u8]);

/// The targets, by their names.
pub const TARGETS: [(&str, Run); 5] = [
    ("config", config::run),
    ("management", management::run),
    ("proxy_header", proxy_header::run),
    ("request", request::run),
    ("response", response::run),
];
