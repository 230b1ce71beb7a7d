//! Certificates, and what TLS is spoken with; handshakes are made where the connections are.
//!
//! [`files`] reads PEM and says in plain words what is wrong with it; [`ServerTls`] is for the connections of clients, and
//! changes its certificates while they go on; [`ClientTls`] is for the connections to backends.
//!
//! The provider of the cryptography is named wherever a configuration is made: the process may have another default,
//! and that is the host's.

mod certificate;
mod client;
mod failure;
mod files;
mod server;
mod store;
mod verifier;

use std::sync::Arc;

use rustls::crypto::{CryptoProvider, ring};

pub(crate) use certificate::subject;
pub(crate) use client::{BackendTls, ClientTls, PlatformRoots};
pub(crate) use failure::{alert, is_of_certificate, is_of_protocol, of_handshake};
pub(crate) use server::ServerTls;
pub(crate) use store::InForce;

/// The names of HTTP in ALPN (RFC 7301).
pub(crate) const HTTP2: &[u8] = b"h2";
pub(crate) const HTTP1: &[u8] = b"http/1.1";

fn provider() -> Arc<CryptoProvider> {
    Arc::new(ring::default_provider())
}
