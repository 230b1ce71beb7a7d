use std::fmt;
use std::sync::{Arc, OnceLock};

use rustls::client::WebPkiServerVerifier;
use rustls::sign::SingleCertAndKey;
use rustls::{ClientConfig, RootCertStore};
use rustls_pki_types::ServerName;

use super::verifier::Verifier;
use super::{HTTP1, HTTP2, files, provider};
use crate::config::{Endpoint, RouteOptions, Target};
use crate::error::{Error, ErrorKind, Result};

/// What a route speaks TLS with to its backends. Sessions are taken up again, by all workers.
#[derive(Clone)]
pub(crate) struct ClientTls {
    any: Arc<ClientConfig>,
    http1: Arc<ClientConfig>,
    server_name: Option<ServerName<'static>>,
}

/// What one backend is spoken to with.
#[derive(Clone)]
pub(crate) struct BackendTls {
    route: ClientTls,
    server_name: ServerName<'static>,
}

/// The authorities that the platform trusts, read when a route first needs them, and once: there are some 150.
#[derive(Default)]
pub(crate) struct PlatformRoots(OnceLock<Arc<RootCertStore>>);

impl ClientTls {
    /// Reads the files that the options name.
    ///
    /// # Errors
    /// `invalid_certificate`, with the file in the message; `invalid_option` for `upstream_server_name`.
    pub(crate) fn new(options: &RouteOptions, platform: &PlatformRoots) -> Result<Self> {
        let builder = ClientConfig::builder_with_provider(provider())
            .with_safe_default_protocol_versions()
            .map_err(|error| Error::from(ErrorKind::InvalidCertificate).because(error))?
            .dangerous()
            .with_custom_certificate_verifier(Arc::new(verifier(options, platform)?));
        let mut http1 = match (&options.upstream_certificate, &options.upstream_key) {
            (Some(chain), Some(key)) => {
                let (pair, _) = files::read_pair(chain, key)?;
                builder.with_client_cert_resolver(Arc::new(SingleCertAndKey::from(pair)))
            }
            _ => builder.with_no_client_auth(),
        };
        http1.alpn_protocols = vec![HTTP1.into()];
        let mut any = http1.clone();
        any.alpn_protocols = vec![HTTP2.into(), HTTP1.into()];
        let server_name = options.upstream_server_name.as_deref().map(server_name).transpose()?;
        Ok(ClientTls { any: Arc::new(any), http1: Arc::new(http1), server_name })
    }

    /// What a backend of the route is spoken to with.
    ///
    /// # Errors
    /// `invalid_target` if no certificate can be for the host.
    pub(crate) fn to(&self, target: &Target) -> Result<BackendTls> {
        let host = match target.endpoint() {
            Endpoint::Tcp { host, .. } => host.as_str(),
            Endpoint::Unix(_) => "localhost",
        };
        let server_name = match &self.server_name {
            Some(name) => name.clone(),
            None => ServerName::try_from(host.to_owned()).map_err(|_| {
                let message =
                    format!("invalid target {:?}: no certificate can be for its host", target.as_str());
                Error::new(ErrorKind::InvalidTarget, message)
            })?,
        };
        Ok(BackendTls { route: self.clone(), server_name })
    }
}

fn verifier(options: &RouteOptions, platform: &PlatformRoots) -> Result<Verifier> {
    if !options.upstream_verify {
        return Ok(Verifier::of_anybody(provider()));
    }
    let (roots, named) = match &options.upstream_ca {
        Some(file) => (files::read_roots(file)?, files::read_certificates(file)?),
        None => (platform.get()?, Vec::new()),
    };
    let verifier = WebPkiServerVerifier::builder_with_provider(roots, provider())
        .build()
        .map_err(|error| Error::from(ErrorKind::InvalidCertificate).because(error))?;
    Ok(Verifier::of(verifier, named, provider()))
}

fn server_name(name: &str) -> Result<ServerName<'static>> {
    ServerName::try_from(name.to_owned()).map_err(|_| {
        let message = format!("invalid upstream_server_name {name:?}: it must be a host name or an address");
        Error::new(ErrorKind::InvalidOption, message)
    })
}

// === impl BackendTls ===

impl BackendTls {
    /// The configuration, for HTTP/1.1 alone or for what the backend prefers.
    pub(crate) fn config(&self, http1_only: bool) -> Arc<ClientConfig> {
        if http1_only { self.route.http1.clone() } else { self.route.any.clone() }
    }

    /// Whose certificate the backend must show.
    pub(crate) fn server_name(&self) -> ServerName<'static> {
        self.server_name.clone()
    }
}

// === impl PlatformRoots ===

impl PlatformRoots {
    fn get(&self) -> Result<Arc<RootCertStore>> {
        if let Some(roots) = self.0.get() {
            return Ok(roots.clone());
        }
        let found = rustls_native_certs::load_native_certs();
        let mut roots = RootCertStore::empty();
        // Stores of platforms hold some that are too old to be read; the others are as good without them.
        roots.add_parsable_certificates(found.certs);
        if roots.is_empty() {
            let message = "the platform has no certificates of authorities; give upstream_ca";
            let error = Error::new(ErrorKind::InvalidCertificate, message);
            return Err(match found.errors.into_iter().next() {
                Some(cause) => error.because(cause),
                None => error,
            });
        }
        Ok(self.0.get_or_init(|| Arc::new(roots)).clone())
    }
}

// Keys and certificates are nothing for a log.
impl fmt::Debug for ClientTls {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ClientTls").finish_non_exhaustive()
    }
}
