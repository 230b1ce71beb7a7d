//! The certificates of a scenario.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::PathBuf;

use rcgen::date_time_ymd;

use super::step::MakeCertificate;
use crate::client::{self, Request, Response};
use crate::tls::{Authority, Client, Issued};

/// The authority of a scenario, and what it has issued.
pub(super) struct Secrets {
    folder: PathBuf,
    authority: Option<Authority>,
    issued: BTreeMap<String, Issued>,
}

/// Where and how a request is sent.
pub(super) struct Sender {
    pub(super) address: String,
    /// Who sends it in TLS, and the name that the server must have.
    pub(super) tls: Option<(Client, String)>,
}

// === impl Secrets ===

impl Secrets {
    pub(super) fn new(folder: PathBuf) -> Self {
        Secrets { folder, authority: None, issued: BTreeMap::new() }
    }

    pub(super) fn make(&mut self, make: &MakeCertificate) {
        let authority = self.authority.get_or_insert_with(|| Authority::new("scenario"));
        let names: Vec<_> = make.names.iter().map(String::as_str).collect();
        let issued = authority.issue_with(&names, |params| {
            if make.expired {
                params.not_after = date_time_ymd(2001, 1, 1);
            }
        });
        for (ending, text) in [("pem", &issued.chain), ("key", &issued.key)] {
            self.write(&format!("{}.{ending}", make.certificate), text);
        }
        self.write("ca.pem", &self.authority_pem());
        self.issued.insert(make.certificate.clone(), issued);
    }

    /// What a sample backend is told to show this certificate.
    pub(super) fn options(&self, name: &str) -> Vec<String> {
        let path = |ending| self.folder.join(format!("{name}.{ending}")).display().to_string();
        let words = ["--tls-cert", &path("pem"), "--tls-key", &path("key"), "--alpn", "h2,http/1.1"];
        words.map(str::to_owned).into()
    }

    /// A client that trusts the authority, and shows this certificate.
    pub(super) fn client(&self, certificate: Option<&str>) -> Client {
        let authority = self.authority_pem();
        match certificate.and_then(|name| self.issued.get(name)) {
            Some(issued) => Client::with_certificate(&authority, issued),
            None => Client::trusting(&authority),
        }
    }

    fn authority_pem(&self) -> String {
        self.authority.as_ref().map(Authority::pem).unwrap_or_default()
    }

    fn write(&self, name: &str, text: &str) {
        fs::write(self.folder.join(name), text).expect("the scenario's folder is there");
    }
}

// === impl Sender ===

impl Sender {
    pub(super) fn send(&self, request: &Request) -> io::Result<Response> {
        match &self.tls {
            Some((client, name)) => client.connect(&self.address, name)?.exchange(request),
            None => client::send(&self.address, request),
        }
    }
}
