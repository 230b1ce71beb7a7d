use std::path::PathBuf;

use http::header;

use super::{ClientCertificate, ManagerOptions, invalid_option};
use crate::error::Result;

/// What frames a message, or says where it goes and for whom, is no place for a client's subject.
const RESERVED: [http::HeaderName; 12] = [
    header::HOST,
    header::CONNECTION,
    header::CONTENT_LENGTH,
    header::TRANSFER_ENCODING,
    header::UPGRADE,
    header::TE,
    header::TRAILER,
    header::EXPECT,
    http::HeaderName::from_static("x-forwarded-for"),
    http::HeaderName::from_static("x-forwarded-host"),
    http::HeaderName::from_static("x-forwarded-proto"),
    http::HeaderName::from_static("x-origin-host"),
];

/// Checks what options of a listener's TLS say of each other.
pub(super) fn check_listener(options: &ManagerOptions) -> Result<()> {
    let ManagerOptions { tls_certificates, tls_keys, client_ca, client_certificate, .. } = options;
    if tls_certificates.len() != tls_keys.len() {
        let value = format_args!("of {} files", tls_keys.len());
        let rule =
            format!("there must be one for each of tls_certificates, which are {}", tls_certificates.len());
        return Err(invalid_option("tls_keys", value, &rule));
    }
    if let Some(file) = client_ca
        && tls_certificates.is_empty()
    {
        return Err(invalid_option("client_ca", format_args!("{file:?}"), "it needs tls_certificates"));
    }
    if let Some(kind) = client_certificate
        && *kind != ClientCertificate::Off
        && client_ca.is_none()
    {
        return Err(invalid_option("client_certificate", kind, "it needs client_ca"));
    }
    if let Some(name) = &options.client_subject_header
        && RESERVED.contains(name)
    {
        let rule = "the header has a meaning of its own; take one such as X-Client-Subject";
        return Err(invalid_option("client_subject_header", format_args!("{:?}", name.as_str()), rule));
    }
    Ok(())
}

/// A client certificate and its key come together.
pub(super) fn check_pair(certificate: Option<&PathBuf>, key: Option<&PathBuf>) -> Result<()> {
    match (certificate, key) {
        (Some(file), None) => {
            Err(invalid_option("upstream_certificate", format_args!("{file:?}"), "it needs upstream_key"))
        }
        (None, Some(file)) => {
            Err(invalid_option("upstream_key", format_args!("{file:?}"), "it needs upstream_certificate"))
        }
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn options_that_need_each_other_come_together() {
        let files = |count| vec![PathBuf::from("f.pem"); count];
        let check = |change: fn(&mut ManagerOptions)| {
            let mut options = ManagerOptions {
                tls_certificates: files(1),
                tls_keys: files(1),
                ..ManagerOptions::default()
            };
            change(&mut options);
            options.validate().map_err(|error| error.to_string())
        };
        assert_eq!(check(|_| {}), Ok(()));
        assert_eq!(check(|options| options.client_ca = Some("ca.pem".into())), Ok(()));
        for (change, expected) in [
            (
                (|options| options.tls_keys.push("k.pem".into())) as fn(&mut ManagerOptions),
                "invalid tls_keys of 2 files: there must be one for each of tls_certificates, which are 1",
            ),
            (
                |options| options.client_certificate = Some(ClientCertificate::Optional),
                "invalid client_certificate optional: it needs client_ca",
            ),
            (
                |options| {
                    options.client_ca = Some("ca.pem".into());
                    (options.tls_certificates, options.tls_keys) = (Vec::new(), Vec::new());
                },
                "invalid client_ca \"ca.pem\": it needs tls_certificates",
            ),
            (
                |options| options.client_subject_header = Some(header::HOST),
                "invalid client_subject_header \"host\": the header has a meaning of its own; take one such as \
                 X-Client-Subject",
            ),
        ] {
            assert_eq!(check(change).unwrap_err(), expected);
        }
        let file = PathBuf::from("f.pem");
        assert!(check_pair(Some(&file), None).is_err() && check_pair(None, Some(&file)).is_err());
        assert!(check_pair(None, None).is_ok() && check_pair(Some(&file), Some(&file)).is_ok());
    }
}
