use std::time::SystemTime;

use rustls_pki_types::CertificateDer;
use x509_cert::Certificate;
use x509_cert::der::Decode;
use x509_cert::ext::pkix::SubjectAltName;
use x509_cert::ext::pkix::name::GeneralName;

/// What is read out of a certificate beside what the handshake needs.
pub(super) struct Facts {
    /// The names of hosts that it is for, in lower case; `*.` begins one for all names with one label more.
    pub(super) names: Vec<String>,
    /// The last moment at which it can be used: `2027-01-31T12:00:00Z`.
    pub(super) not_after: String,
    /// Why it cannot be used at this time, if it cannot.
    pub(super) untimely: Option<String>,
}

/// Reads a certificate; an error says what is wrong with it.
pub(super) fn read(der: &CertificateDer<'_>) -> Result<Facts, String> {
    let certificate = Certificate::from_der(der).map_err(|error| format!("it is not X.509 ({error})"))?;
    let certificate = certificate.tbs_certificate();
    let now = SystemTime::now();
    let validity = certificate.validity();
    let untimely = if validity.not_after.to_system_time() < now {
        Some(format!("it expired at {}", validity.not_after))
    } else if validity.not_before.to_system_time() > now {
        Some(format!("it is not valid before {}", validity.not_before))
    } else {
        None
    };
    let alternatives = certificate
        .get_extension::<SubjectAltName>()
        .map_err(|error| format!("its names cannot be read ({error})"))?;
    let names = alternatives.map(|(_, names)| names.0).unwrap_or_default();
    let names = names.iter().filter_map(|name| match name {
        GeneralName::DnsName(name) => Some(name.as_str().to_ascii_lowercase()),
        _ => None,
    });
    Ok(Facts { names: names.collect(), not_after: validity.not_after.to_string(), untimely })
}

/// The subject of a certificate as RFC 4514 writes it (`CN=alice,O=Example`), in visible ASCII and spaces; what is not is
/// written as `\` and two hexadecimal digits for each byte (section 2.4).
pub(crate) fn subject(der: &CertificateDer<'_>) -> Option<String> {
    let certificate = Certificate::from_der(der).ok()?;
    let name = certificate.tbs_certificate().subject().to_string();
    let mut text = String::with_capacity(name.len());
    for byte in name.bytes() {
        match byte {
            b' '..=b'~' => text.push(byte.into()),
            _ => text.push_str(&format!("\\{byte:02X}")),
        }
    }
    Some(text)
}

#[cfg(test)]
mod tests {
    use rcgen::{CertificateParams, DnType, KeyPair, date_time_ymd};

    use super::*;

    fn certificate(change: impl FnOnce(&mut CertificateParams)) -> CertificateDer<'static> {
        let mut params = CertificateParams::new(["A.example".into(), "*.b.example".into()]).unwrap();
        change(&mut params);
        params.self_signed(&KeyPair::generate().unwrap()).unwrap().into()
    }

    #[test]
    fn names_and_times_are_read() {
        let facts = read(&certificate(|_| {})).unwrap();
        assert_eq!(facts.names, ["a.example", "*.b.example"]);
        assert_eq!(facts.untimely, None);
        let facts = read(&certificate(|params| params.not_after = date_time_ymd(2001, 2, 3))).unwrap();
        assert_eq!(facts.untimely.unwrap(), "it expired at 2001-02-03T00:00:00Z");
        let facts = read(&certificate(|params| params.not_before = date_time_ymd(3001, 2, 3))).unwrap();
        assert_eq!(facts.untimely.unwrap(), "it is not valid before 3001-02-03T00:00:00Z");
        assert!(read(&CertificateDer::from(vec![1, 2, 3])).is_err());
    }

    #[test]
    fn a_subject_is_one_line_that_cannot_be_mistaken() {
        let certificate = certificate(|params| {
            params.distinguished_name = rcgen::DistinguishedName::new();
            params.distinguished_name.push(DnType::OrganizationName, "Ex, ample+\"\r\nX-Admin: 1");
            params.distinguished_name.push(DnType::CommonName, "Zoë=1,O=Root");
        });
        let subject = subject(&certificate).unwrap();
        assert_eq!(subject, r#"CN=Zo\C3\AB=1\,O\=Root,O=Ex\, ample\+\"\0d\0aX-Admin: 1"#.replace(r"\=", "="));
    }
}
