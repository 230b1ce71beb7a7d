//! The C ABI of Proxy Kit: `include/proxykit.h` is made from this crate.
//!
//! One file for each C type. What all functions keep to (ownership, threads, errors, structs that may grow) is told
//! once, at the top of the header, whose text stands in `cbindgen.toml`; a function's own documentation is the
//! header's too, so it is written for readers of C. Every body runs inside [`guard`], and touches what the caller
//! gave only through [`ptr`] and [`versioned`].

#![allow(non_camel_case_types, reason = "these are the names that C sees")]
#![allow(unreachable_pub, reason = "what is public here is public to C, which knows no modules")]
#![allow(
    clippy::missing_safety_doc,
    reason = "the header's rules, and the line Ownership of each function, say what the caller must keep to"
)]

// The header has its functions in this order; the empty lines keep rustfmt from sorting it.
mod version;

mod status;

mod error;

mod string;

mod options;

mod manager;

mod counters;

mod routes;

mod backends;

mod request;

mod reply;

mod event;

mod events;

mod log;

mod parse;

mod guard;
mod ptr;
mod userdata;
mod versioned;

#[cfg(test)]
mod header_tests;
