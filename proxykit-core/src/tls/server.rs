use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::SystemTime;

use arc_swap::ArcSwap;
use rustls::ServerConfig;
use rustls::crypto::ring::Ticketer;
use rustls::server::WebPkiClientVerifier;
use rustls::server::danger::ClientCertVerifier;
use rustls::version::{TLS12, TLS13};

use super::store::{InForce, Store};
use super::{HTTP1, HTTP2, files, provider};
use crate::config::{ClientCertificate, ManagerOptions, TlsVersion};
use crate::error::{Error, ErrorKind, Result};
use crate::events::{Event, Publisher};

/// What a listener speaks TLS with. New connections take what is in force; those that stand keep what they began with.
pub(crate) struct ServerTls {
    settings: Settings,
    current: ArcSwap<ServerConfig>,
    /// Held while the files are read, so that the last reader wins.
    state: Mutex<State>,
    events: Arc<Publisher>,
}

struct State {
    /// The files as they were before they were read last and could be used.
    seen: Vec<Stamp>,
    in_force: Vec<InForce>,
    /// Why the files could not be used when they were read last.
    failure: Option<String>,
}

struct Settings {
    pairs: Vec<(PathBuf, PathBuf)>,
    /// The authorities of clients' certificates, and whether a client must have one.
    clients: Option<(PathBuf, bool)>,
    minimum: TlsVersion,
}

/// What tells a file that was changed, or put in another's place, from the one before.
#[derive(PartialEq)]
struct Stamp {
    modified: Option<SystemTime>,
    length: u64,
    number: u64,
}

impl ServerTls {
    /// Reads the files that the options name; nothing if they name none.
    ///
    /// # Errors
    /// `invalid_certificate`, with the file in the message.
    pub(crate) fn new(options: &ManagerOptions, events: &Arc<Publisher>) -> Result<Option<Arc<Self>>> {
        let Some(settings) = Settings::of(options) else { return Ok(None) };
        let seen = settings.stamps();
        let (config, in_force) = settings.read()?;
        let (current, state) =
            (ArcSwap::from_pointee(config), Mutex::new(State { seen, in_force, failure: None }));
        Ok(Some(Arc::new(ServerTls { settings, current, state, events: events.clone() })))
    }

    /// What the next connection takes.
    pub(crate) fn config(&self) -> Arc<ServerConfig> {
        self.current.load_full()
    }

    /// Reads the files again. What is in force stays if they cannot be used.
    ///
    /// # Errors
    /// As [`ServerTls::new`].
    pub(crate) fn reload(&self) -> Result<()> {
        self.reload_if(|_| true)
    }

    /// The same if a file was changed since they were last read and could be used.
    pub(crate) fn reload_if_changed(&self) -> Result<()> {
        self.reload_if(|is_changed| is_changed)
    }

    /// The certificates in force, and why what the files held last could not be used, if it could not.
    pub(crate) fn in_force(&self) -> (Vec<InForce>, Option<String>) {
        let state = self.state();
        (state.in_force.clone(), state.failure.clone())
    }

    fn reload_if(&self, is_wanted: impl Fn(bool) -> bool) -> Result<()> {
        let mut state = self.state();
        // Before the reading: what is written meanwhile is read at the next look.
        let stamps = self.settings.stamps();
        if !is_wanted(state.seen != stamps) {
            return Ok(());
        }
        match self.settings.read() {
            Ok((config, in_force)) => {
                self.current.store(Arc::new(config));
                *state = State { seen: stamps, in_force, failure: None };
                // Under the lock, so that it is told in the order of the readings.
                self.events.tell(Event::certificates_reloaded);
                Ok(())
            }
            Err(error) => {
                let message = error.to_string();
                // A file that stays bad is looked at again and again: that is told once, and to whoever asks each time.
                if is_wanted(false) || state.failure.as_ref() != Some(&message) {
                    self.events.tell(|| Event::certificates_refused(message.clone()));
                }
                state.failure = Some(message);
                Err(error)
            }
        }
    }

    /// What is guarded is whole at any time.
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

// === impl Settings ===

impl Settings {
    fn of(options: &ManagerOptions) -> Option<Self> {
        let pairs: Vec<_> =
            options.tls_certificates.iter().cloned().zip(options.tls_keys.iter().cloned()).collect();
        let clients = match (&options.client_ca, options.client_certificate) {
            (None, _) | (_, Some(ClientCertificate::Off)) => None,
            (Some(file), kind) => Some((file.clone(), kind != Some(ClientCertificate::Optional))),
        };
        (!pairs.is_empty()).then_some(Settings { pairs, clients, minimum: options.tls_minimum_version })
    }

    fn files(&self) -> impl Iterator<Item = &Path> {
        let clients = self.clients.iter().map(|(file, _)| file.as_path());
        self.pairs.iter().flat_map(|(chain, key)| [chain.as_path(), key]).chain(clients)
    }

    fn stamps(&self) -> Vec<Stamp> {
        self.files().map(Stamp::of).collect()
    }

    fn read(&self) -> Result<(ServerConfig, Vec<InForce>)> {
        let (store, in_force) = Store::read(&self.pairs)?;
        let versions: &[_] = match self.minimum {
            TlsVersion::Tls12 => &[&TLS13, &TLS12],
            TlsVersion::Tls13 => &[&TLS13],
        };
        let builder = ServerConfig::builder_with_provider(provider())
            .with_protocol_versions(versions)
            .map_err(unusual)?;
        let builder = match &self.clients {
            None => builder.with_no_client_auth(),
            Some((file, is_required)) => {
                builder.with_client_cert_verifier(client_verifier(file, *is_required)?)
            }
        };
        let mut config = builder.with_cert_resolver(Arc::new(store));
        config.alpn_protocols = vec![HTTP2.into(), HTTP1.into()];
        // Tickets cost no memory here, and are good at every worker. Their keys go with this configuration: a session
        // that was let in by authorities that are no longer trusted is not taken up again.
        config.ticketer = Ticketer::new().map_err(unusual)?;
        Ok((config, in_force))
    }
}

fn client_verifier(file: &Path, is_required: bool) -> Result<Arc<dyn ClientCertVerifier>> {
    let builder = WebPkiClientVerifier::builder_with_provider(files::read_roots(file)?, provider());
    let builder = if is_required { builder } else { builder.allow_unauthenticated() };
    builder.build().map_err(|error| files::invalid(file, "clients cannot be held against it").because(error))
}

/// What depends on nothing that a user sets.
fn unusual(error: rustls::Error) -> Error {
    Error::from(ErrorKind::StartFailed).because(error)
}

// === impl Stamp ===

impl Stamp {
    /// Of a link, what it leads to; of nothing, zeros.
    fn of(file: &Path) -> Self {
        match std::fs::metadata(file) {
            Ok(file) => Stamp { modified: file.modified().ok(), length: file.len(), number: number(&file) },
            Err(_) => Stamp { modified: None, length: 0, number: 0 },
        }
    }
}

#[cfg(unix)]
fn number(file: &std::fs::Metadata) -> u64 {
    std::os::unix::fs::MetadataExt::ino(file)
}

#[cfg(not(unix))]
fn number(_: &std::fs::Metadata) -> u64 {
    0
}

#[cfg(test)]
mod tests;
