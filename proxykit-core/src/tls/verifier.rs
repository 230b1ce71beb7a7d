use std::sync::Arc;

use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::client::{WebPkiServerVerifier, verify_server_name};
use rustls::crypto::{CryptoProvider, verify_tls12_signature, verify_tls13_signature};
use rustls::server::ParsedCertificate;
use rustls::{CertificateError, DigitallySignedStruct, Error, SignatureScheme};
use rustls_pki_types::{CertificateDer, ServerName, UnixTime};

use super::certificate;

/// Whom a backend's certificate must come from.
#[derive(Debug)]
pub(super) struct Verifier {
    trust: Trust,
    provider: Arc<CryptoProvider>,
}

#[derive(Debug)]
enum Trust {
    /// One of these authorities; or it is the very certificate of one of those that a user named.
    Authorities { verifier: Arc<WebPkiServerVerifier>, named: Vec<CertificateDer<'static>> },
    /// Anybody, for users who say so (`upstream_verify`): whoever is in between may read all.
    Anybody,
}

impl Verifier {
    pub(super) fn of(
        verifier: Arc<WebPkiServerVerifier>,
        named: Vec<CertificateDer<'static>>,
        provider: Arc<CryptoProvider>,
    ) -> Self {
        Verifier { trust: Trust::Authorities { verifier, named }, provider }
    }

    pub(super) fn of_anybody(provider: Arc<CryptoProvider>) -> Self {
        Verifier { trust: Trust::Anybody, provider }
    }
}

/// A certificate that a user trusts by its bytes must still be for this name and time.
fn check_named(certificate: &CertificateDer<'_>, name: &ServerName<'_>) -> Result<(), Error> {
    verify_server_name(&ParsedCertificate::try_from(certificate)?, name)?;
    match certificate::read(certificate) {
        Ok(facts) if facts.untimely.is_none() => Ok(()),
        Ok(_) => Err(CertificateError::Expired.into()),
        Err(_) => Err(CertificateError::BadEncoding.into()),
    }
}

impl ServerCertVerifier for Verifier {
    fn verify_server_cert(
        &self,
        certificate: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        name: &ServerName<'_>,
        ocsp: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        let Trust::Authorities { verifier, named } = &self.trust else {
            return Ok(ServerCertVerified::assertion());
        };
        if named.iter().any(|named| **named == **certificate) {
            // Signed by itself, as `openssl req -x509` makes them, it calls itself an authority, which webpki takes from no
            // server. There is no chain to verify: the user has said that it is the one.
            return check_named(certificate, name).map(|()| ServerCertVerified::assertion());
        }
        verifier.verify_server_cert(certificate, intermediates, name, ocsp, now)
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        verify_tls12_signature(message, certificate, signed, &self.provider.signature_verification_algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        verify_tls13_signature(message, certificate, signed, &self.provider.signature_verification_algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.provider.signature_verification_algorithms.supported_schemes()
    }
}
