//! Certificates that are made for a test, and clients that speak TLS.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, DnType, IsCa, KeyPair};
use rustls::crypto::{CryptoProvider, ring};
use rustls::version::{TLS12, TLS13};
use rustls::{ClientConfig, RootCertStore};
use rustls_pki_types::pem::PemObject;
use rustls_pki_types::{CertificateDer, PrivateKeyDer};

use crate::client::Connection;

/// An authority whose certificates are trusted by those who are told to.
pub struct Authority(CertifiedIssuer<'static, KeyPair>);

/// A certificate and its key, as PEM.
#[derive(Clone, Debug)]
pub struct Issued {
    /// The certificate.
    pub chain: String,
    /// Its key.
    pub key: String,
}

/// A folder of a test's own, which is removed at its end.
pub struct Folder(PathBuf);

/// A client that speaks TLS.
#[derive(Clone)]
pub struct Client {
    config: ClientConfig,
}

/// The cryptography of all tests.
pub fn provider() -> Arc<CryptoProvider> {
    Arc::new(ring::default_provider())
}

// === impl Authority ===

impl Authority {
    /// A new one.
    pub fn new(name: &str) -> Self {
        Self::make(params(&[], name), |_| {})
    }

    /// One whose certificate is for these names as well.
    pub fn with_names(names: &[&str], change: impl FnOnce(&mut CertificateParams)) -> Self {
        Self::make(params(names, names[0]), change)
    }

    fn make(mut params: CertificateParams, change: impl FnOnce(&mut CertificateParams)) -> Self {
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        change(&mut params);
        let key = KeyPair::generate().expect("a key can be made");
        Authority(CertifiedIssuer::self_signed(params, key).expect("an authority can be made"))
    }

    /// Its certificate.
    pub fn pem(&self) -> String {
        self.0.pem()
    }

    /// Its certificate with its key, for a server that shows it.
    pub fn itself(&self) -> Issued {
        Issued { chain: self.pem(), key: self.0.key().serialize_pem() }
    }

    /// A certificate for these names and addresses; the first is its common name.
    pub fn issue(&self, names: &[&str]) -> Issued {
        self.issue_with(names, |_| {})
    }

    /// A certificate with something special.
    pub fn issue_with(&self, names: &[&str], change: impl FnOnce(&mut CertificateParams)) -> Issued {
        let mut params = params(names, names[0]);
        change(&mut params);
        let key = KeyPair::generate().expect("a key can be made");
        let certificate = params.signed_by(&key, &self.0).expect("a certificate can be made");
        Issued { chain: certificate.pem(), key: key.serialize_pem() }
    }
}

fn params(names: &[&str], common_name: &str) -> CertificateParams {
    let names: Vec<_> = names.iter().map(|name| name.to_string()).collect();
    let mut params = CertificateParams::new(names).expect("the names are valid");
    params.distinguished_name = rcgen::DistinguishedName::new();
    params.distinguished_name.push(DnType::CommonName, common_name);
    params
}

// === impl Folder ===

impl Folder {
    /// A new one.
    pub fn new() -> Self {
        static NEXT: AtomicUsize = AtomicUsize::new(0);
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        let path = std::env::temp_dir().join(format!("proxykit-tls-{}-{number}", std::process::id()));
        fs::create_dir_all(&path).expect("a folder can be made");
        Folder(path)
    }

    /// The path of a file in it.
    pub fn path(&self, name: &str) -> PathBuf {
        self.0.join(name)
    }

    /// Puts a file there in one step.
    pub fn write(&self, name: &str, content: impl AsRef<[u8]>) -> PathBuf {
        let (path, fresh) = (self.path(name), self.path(&format!("{name}.new")));
        fs::write(&fresh, content).and_then(|()| fs::rename(&fresh, &path)).expect("a file can be written");
        path
    }

    /// Writes `NAME.pem` and `NAME.key`.
    pub fn put(&self, name: &str, issued: &Issued) -> (PathBuf, PathBuf) {
        let key = self.write(&format!("{name}.key"), &issued.key);
        (self.write(&format!("{name}.pem"), &issued.chain), key)
    }
}

impl Default for Folder {
    fn default() -> Self {
        Self::new()
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        // What cannot be removed from the system's temporary folder is its own to remove.
        let _ = fs::remove_dir_all(&self.0);
    }
}

// === impl Client ===

impl Client {
    /// One that trusts an authority, and asks for HTTP/1.1.
    pub fn trusting(authority: &str) -> Self {
        Self::make(authority, None, false)
    }

    /// One that shows a certificate.
    pub fn with_certificate(authority: &str, issued: &Issued) -> Self {
        Self::make(authority, Some(issued), false)
    }

    /// One that speaks TLS 1.2 only.
    pub fn of_tls12(authority: &str) -> Self {
        Self::make(authority, None, true)
    }

    fn make(authority: &str, issued: Option<&Issued>, old: bool) -> Self {
        let mut roots = RootCertStore::empty();
        for certificate in CertificateDer::pem_slice_iter(authority.as_bytes()) {
            roots.add(certificate.expect("it is PEM")).expect("it is an authority");
        }
        let versions: &[_] = if old { &[&TLS12] } else { &[&TLS13] };
        let builder = ClientConfig::builder_with_provider(provider())
            .with_protocol_versions(versions)
            .expect("the versions are known")
            .with_root_certificates(roots);
        let mut config = match issued {
            None => builder.with_no_client_auth(),
            Some(issued) => {
                let chain = CertificateDer::pem_slice_iter(issued.chain.as_bytes());
                let key = PrivateKeyDer::from_pem_slice(issued.key.as_bytes()).expect("it is PEM");
                let chain = chain.collect::<Result<_, _>>().expect("it is PEM");
                builder.with_client_auth_cert(chain, key).expect("they are a pair")
            }
        };
        config.alpn_protocols = vec![b"http/1.1".to_vec()];
        Client { config }
    }

    /// The same one, which asks for these protocols.
    #[must_use]
    pub fn asking_for(mut self, protocols: &[&str]) -> Self {
        self.config.alpn_protocols = protocols.iter().map(|protocol| protocol.as_bytes().to_vec()).collect();
        self
    }

    /// What it speaks TLS with. Connections of one configuration share their sessions.
    pub fn config(&self) -> Arc<ClientConfig> {
        Arc::new(self.config.clone())
    }

    /// Connects to a server that must be this one.
    ///
    /// # Errors
    /// What the handshake says.
    pub fn connect(&self, address: &str, name: &str) -> io::Result<Connection> {
        Connection::over_tls(address, self.config(), name)
    }
}

// === files ===

/// The certificates of a file.
///
/// # Errors
/// What is wrong with it.
pub fn read_certificates(file: &Path) -> io::Result<Vec<CertificateDer<'static>>> {
    let certificates = CertificateDer::pem_file_iter(file).map_err(io::Error::other)?;
    certificates.collect::<Result<_, _>>().map_err(io::Error::other)
}

/// The key of a file.
///
/// # Errors
/// What is wrong with it.
pub fn read_key(file: &Path) -> io::Result<PrivateKeyDer<'static>> {
    PrivateKeyDer::from_pem_file(file).map_err(io::Error::other)
}

/// The authorities of a file.
///
/// # Errors
/// What is wrong with it.
pub fn read_roots(file: &Path) -> io::Result<RootCertStore> {
    let mut roots = RootCertStore::empty();
    for certificate in read_certificates(file)? {
        roots.add(certificate).map_err(io::Error::other)?;
    }
    Ok(roots)
}
