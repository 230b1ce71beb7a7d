use std::fs::File;
use std::io::{self, Read};
use std::path::Path;
use std::sync::Arc;

use rustls::RootCertStore;
use rustls::sign::CertifiedKey;
use rustls_pki_types::pem::{self, PemObject};
use rustls_pki_types::{CertificateDer, PrivateKeyDer};

use super::certificate::{self, Facts};
use super::provider;
use crate::error::{Error, ErrorKind, Result};

/// The largest file that is read; lists of all the world's authorities are a quarter of it.
const MOST_BYTES: u64 = 1024 * 1024;

/// Reads a chain of certificates and its key, and holds the one against the other.
///
/// # Errors
/// `invalid_certificate` if one of the files cannot be read, they are no pair, or it is not the chain's time.
pub(super) fn read_pair(chain_file: &Path, key_file: &Path) -> Result<(CertifiedKey, Facts)> {
    let chain = read_certificates(chain_file)?;
    let facts = certificate::read(&chain[0]).map_err(|why| invalid(chain_file, why))?;
    if let Some(why) = &facts.untimely {
        return Err(invalid(chain_file, why));
    }
    let key = provider().key_provider.load_private_key(read_key(key_file)?);
    let key = key.map_err(|error| invalid(key_file, "its key cannot be used").because(error))?;
    let pair = CertifiedKey::new(chain, key);
    match pair.keys_match() {
        // Not all kinds of keys can be compared; they fail at the first handshake if at all.
        Ok(()) | Err(rustls::Error::InconsistentKeys(rustls::InconsistentKeys::Unknown)) => Ok((pair, facts)),
        Err(_) => {
            let why = format!("its first certificate does not belong to the key in {key_file:?}");
            Err(invalid(chain_file, why))
        }
    }
}

/// Reads the authorities that are trusted.
pub(super) fn read_roots(file: &Path) -> Result<Arc<RootCertStore>> {
    let mut roots = RootCertStore::empty();
    for (index, certificate) in read_certificates(file)?.into_iter().enumerate() {
        let why = || format!("certificate {} in it cannot be an authority", index + 1);
        roots.add(certificate).map_err(|error| invalid(file, why()).because(error))?;
    }
    Ok(Arc::new(roots))
}

/// One certificate or more.
pub(super) fn read_certificates(file: &Path) -> Result<Vec<CertificateDer<'static>>> {
    let bytes = read(file)?;
    let certificates: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(&bytes).collect();
    let certificates = certificates.map_err(|error| invalid(file, "it is not PEM").because(plain(error)))?;
    if certificates.is_empty() {
        return Err(invalid(file, "there is no certificate in it"));
    }
    Ok(certificates)
}

fn read_key(file: &Path) -> Result<PrivateKeyDer<'static>> {
    let bytes = read(file)?;
    PrivateKeyDer::from_pem_slice(&bytes).map_err(|error| match error {
        pem::Error::NoItemsFound if contains(&bytes, b"ENCRYPTED PRIVATE KEY") => {
            invalid(file, "its key is encrypted, and must be stored without a passphrase")
        }
        pem::Error::NoItemsFound => invalid(file, "there is no private key in it"),
        error => invalid(file, "it is not PEM").because(plain(error)),
    })
}

fn read(file: &Path) -> Result<Vec<u8>> {
    let unreadable = |error: io::Error| invalid(file, "it cannot be read").because(error);
    // A pipe or a device could keep us waiting for ever.
    if !std::fs::metadata(file).map_err(unreadable)?.is_file() {
        return Err(invalid(file, "it is not a file"));
    }
    let mut bytes = Vec::new();
    File::open(file)
        .and_then(|file| file.take(MOST_BYTES + 1).read_to_end(&mut bytes))
        .map_err(unreadable)?;
    if bytes.len() as u64 > MOST_BYTES {
        return Err(invalid(file, "it is larger than 1 MiB"));
    }
    Ok(bytes)
}

pub(super) fn invalid(file: &Path, why: impl AsRef<str>) -> Error {
    let message = format!("the certificate file {file:?} cannot be used: {}", why.as_ref());
    Error::new(ErrorKind::InvalidCertificate, message)
}

/// The error without the lines that it shows: they may be a key's.
fn plain(error: pem::Error) -> &'static str {
    match error {
        pem::Error::MissingSectionEnd { .. } => "a section has no end",
        pem::Error::IllegalSectionStart { .. } => "a section begins wrongly",
        pem::Error::Base64Decode(_) => "a section is not base64",
        _ => "a section cannot be read",
    }
}

fn contains(bytes: &[u8], part: &[u8]) -> bool {
    bytes.windows(part.len()).any(|window| window == part)
}
