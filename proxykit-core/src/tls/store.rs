use std::collections::HashMap;
use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;

use rustls::server::{ClientHello, ResolvesServerCert};
use rustls::sign::CertifiedKey;

use super::files;
use crate::error::Result;

/// The certificates of a listener, found by the name that a client asks for (SNI, RFC 6066, section 3).
pub(super) struct Store {
    /// For clients that ask for no name, or for one that no certificate has: the first one.
    default: Vec<Arc<CertifiedKey>>,
    /// By name, or by what follows the `*` of one for all names with one label more. Several are for clients that can do
    /// one of them only, of an elliptic curve and of RSA.
    by_name: HashMap<String, Vec<Arc<CertifiedKey>>>,
}

/// What is known of a certificate in force.
#[derive(Clone)]
pub(crate) struct InForce {
    pub(crate) file: PathBuf,
    pub(crate) names: Vec<String>,
    /// The last moment at which it can be used: `2027-01-31T12:00:00Z`.
    pub(crate) not_after: String,
}

impl Store {
    /// Reads pairs of a chain and its key, and says what is in them.
    pub(super) fn read(pairs: &[(PathBuf, PathBuf)]) -> Result<(Self, Vec<InForce>)> {
        let mut in_force = Vec::new();
        let mut store = Store { default: Vec::new(), by_name: HashMap::new() };
        for (chain, key) in pairs {
            let (pair, facts) = files::read_pair(chain, key)?;
            let pair = Arc::new(pair);
            for name in &facts.names {
                let name = name.strip_prefix('*').unwrap_or(name).to_owned();
                store.by_name.entry(name).or_default().push(pair.clone());
            }
            store.default.push(pair);
            in_force.push(InForce { file: chain.clone(), names: facts.names, not_after: facts.not_after });
        }
        Ok((store, in_force))
    }

    fn find(&self, name: &str) -> &[Arc<CertifiedKey>] {
        let name = name.to_ascii_lowercase();
        let wildcard = || self.by_name.get(&name[name.find('.')?..]);
        self.by_name.get(&name).or_else(wildcard).unwrap_or(&self.default)
    }
}

impl ResolvesServerCert for Store {
    fn resolve(&self, hello: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        let found = hello.server_name().map_or(&self.default[..], |name| self.find(name));
        let is_fit = |pair: &&Arc<CertifiedKey>| pair.key.choose_scheme(hello.signature_schemes()).is_some();
        found.iter().find(is_fit).or(found.first()).cloned()
    }
}

impl fmt::Debug for Store {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Store").field("names", &self.by_name.keys()).finish_non_exhaustive()
    }
}
