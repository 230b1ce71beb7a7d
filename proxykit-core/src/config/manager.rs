use std::fmt;
use std::path::PathBuf;
use std::str::FromStr;
use std::time::Duration;

use http::HeaderName;
use ipnet::IpNet;

use super::options::{
    File, Files, Header, Maybe, Names, Networks, Origins, Secret, Size, TIME, TIME_OR_NONE, Whole, Word,
    options,
};
use super::{
    ClientCertificate, ForwardedHeaders, Listen, OptionInfo, Origin, RouteOptions, TlsVersion, document,
    split_setting, tls, unknown_option,
};
use crate::error::{Error, ErrorKind, Result};

options! {
    /// What a manager as a whole may be told. Every field has a default.
    ManagerOptions "" {
        /// How many worker threads serve requests: 1 to 1024; 0, the default, is one for each core.
        workers: usize = 0, Whole { least: 0, most: 1024 };
        /// Where the management API is served: on the proxy's own listener by default.
        management: Management = Management::Same, Word;
        /// The token that callers of the management API must give (`Authorization: Bearer …`). Without one, only
        /// direct local callers are answered.
        management_token: Option<String> = None, Secret;
        /// Names that the management API answers to in `Host`, beside the loopback names, when it has no token.
        /// Without this check a web page could reach it through a name of its own (DNS rebinding).
        management_hosts: Vec<String> = Vec::new(), Names { is_valid: is_host_name, rule: "it must be a host name" };
        /// The networks of proxies that are believed: their `X-Forwarded-For` when a client's address is needed, and
        /// their `X-Forwarded-Host` and `X-Forwarded-Proto`, which are kept. Empty by default. Who connects over a unix
        /// socket is always believed.
        trusted_proxies: Vec<IpNet> = Vec::new(), Networks;
        /// Which headers say for whom a request is made: `x_forwarded`, the default (`X-Forwarded-For`, `-Host`, `-Proto`),
        /// `forwarded` (RFC 7239), or `both`.
        forwarded_headers: ForwardedHeaders = ForwardedHeaders::XForwarded, Word;
        /// Whose connections must begin with a PROXY protocol header, of version 1 or 2: those of these addresses and
        /// networks, and with the word `unix` those over unix sockets. The client is whom the header names; a connection
        /// without one is closed. From others no header is taken. Empty by default. A management listener of its own takes
        /// none.
        proxy_protocol: Vec<Origin> = Vec::new(), Origins;
        /// PEM files, each a chain of certificates with the server's own first. With one or more the proxy's listener
        /// speaks TLS only. The first one is for clients that ask for no name, or for one that none has. None by default.
        tls_certificates: Vec<PathBuf> = Vec::new(), Files;
        /// PEM files with the keys of `tls_certificates`, in the same order.
        tls_keys: Vec<PathBuf> = Vec::new(), Files;
        /// The oldest version of TLS that clients may speak: `1.2` (the default) or `1.3`.
        tls_minimum_version: TlsVersion = TlsVersion::Tls12, Word;
        /// The time that a client's TLS handshake may take: 1 ms to 10 years, 10 s by default. Then it is closed.
        tls_handshake_timeout: Duration = Duration::from_secs(10), TIME;
        /// How often the files of certificates and keys are looked at for a change: 1 ms to 10 years, 1 min by default;
        /// 0 is never. Files that cannot be used leave in force what was before them.
        tls_reload_interval: Duration = Duration::from_secs(60), TIME_OR_NONE;
        /// A PEM file with the authorities that clients' certificates must come from; none by default.
        client_ca: Option<PathBuf> = None, File;
        /// Whether clients are asked for a certificate: `off`, `optional` or `required`, which is the default if
        /// `client_ca` is set.
        client_certificate: Option<ClientCertificate> = None, Maybe;
        /// The name of the header that tells backends the subject of the client's certificate, as RFC 4514 writes it
        /// (`CN=alice,O=Example`). What a client itself sends under this name is removed. None by default.
        client_subject_header: Option<HeaderName> = None, Header;
        /// The time that a client may take from the first byte of a request's head to its last, in HTTP/1: 30 s by
        /// default. Then the connection is closed. In HTTP/2 `idle_timeout` holds for heads as well.
        request_head_timeout: Duration = Duration::from_secs(30), TIME;
        /// The largest head of a request, in bytes: 8 KiB to 1 MiB, 64 KiB by default. Then: 431. As much may be held of
        /// what a connection of HTTP/1 sends before it is passed on.
        request_head_limit: u64 = 64 << 10, Size { least: 8 << 10, most: 1 << 20 };
        /// The most header fields of a request: 1 to 1000, 100 by default. Then: 431.
        request_header_limit: usize = 100, Whole { least: 1, most: 1000 };
        /// The longest target of a request, in bytes: 64 to 65000, 8 KiB by default. Then: 414.
        request_target_limit: u64 = 8 << 10, Size { least: 64, most: 65000 };
        /// The time that a connection may stay open without a request: 60 s by default. Then it is closed, in HTTP/2 with
        /// GOAWAY.
        idle_timeout: Duration = Duration::from_secs(60), TIME;
        /// The time that a client may leave what it asked for untaken, or pause while it sends a body: 60 s by default.
        /// Then the connection is closed, or the answer is 408 if none has begun.
        client_stall_timeout: Duration = Duration::from_secs(60), TIME;
        /// How long a request goes on in HTTP/1 whose client has ended its direction of the connection: it may be gone, or
        /// wait for the answer. 1 s by default; 0: it is cancelled at once.
        half_close_timeout: Duration = Duration::from_secs(1), TIME_OR_NONE;
        /// The most connections of clients at a time; 0 is no limit, 16384 the default. Those beyond it are closed at once.
        connection_limit: usize = 16384, Whole { least: 0, most: 10_000_000 };
        /// The most connections from one address at a time; 0, the default, is no limit. Those beyond it are closed at once.
        client_connection_limit: usize = 0, Whole { least: 0, most: 10_000_000 };
        /// The most requests that a client may have under way on one connection of HTTP/2: 1 to 10000, 100 by default.
        stream_limit: u32 = 100, Whole { least: 1, most: 10_000 };
        /// The most threads that call handlers: 1 to 1024, 8 by default. They start as they are needed.
        handler_threads: usize = 8, Whole { least: 1, most: 1024 };
        /// The most requests that wait for one of these threads: 64 by default. Then: 503.
        handler_queue: usize = 64, Whole { least: 0, most: 1_000_000 };
        /// The most bytes that the bodies of requests for handlers may take together: 1 MiB to 1 TiB, 64 MiB by default.
        /// Then: 503.
        handler_memory: u64 = 64 << 20, Size { least: 1 << 20, most: 1 << 40 };
    }
}

/// Where the management API is served.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Management {
    /// On the proxy's own listener, before the routes: written `same`.
    #[default]
    Same,
    /// Nowhere: written `off`.
    Off,
    /// On a listener of its own: written `HOST:PORT` or `unix:PATH`, or as any other [`Listen`].
    Listener(Listen),
}

impl FromStr for Management {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        match text {
            "same" => Ok(Management::Same),
            "off" => Ok(Management::Off),
            _ => match text.parse() {
                Ok(listen) => Ok(Management::Listener(listen)),
                Err(error) => Err(Error::new(
                    ErrorKind::InvalidOption,
                    format!("invalid management {text:?}: it must be same, off, or where to listen (HOST:PORT, unix:PATH, fd:N, systemd)"),
                )
                .because(error)),
            },
        }
    }
}

impl fmt::Display for Management {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Management::Same => f.write_str("same"),
            Management::Off => f.write_str("off"),
            Management::Listener(listen) => listen.fmt(f),
        }
    }
}

impl ManagerOptions {
    /// What each option is called, how it is written, and what it means.
    pub fn all() -> Vec<OptionInfo> {
        ManagerOptions::infos()
    }

    /// Sets an option by its name, as [`ManagerOptions::all`] lists them.
    ///
    /// # Errors
    /// `invalid_option`, with the name and the value in the message. Nothing was changed then.
    pub fn set(&mut self, name: &str, value: &str) -> Result<()> {
        match self.set_field(name, value) {
            Some(done) => done,
            None => Err(unknown_option(name, RouteOptions::all(), "routes")),
        }
    }

    /// Sets an option that is written `NAME=VALUE`.
    ///
    /// # Errors
    /// As [`ManagerOptions::set`].
    pub fn apply(&mut self, setting: &str) -> Result<()> {
        let (name, value) = split_setting(setting)?;
        self.set(name, value)
    }

    /// The options with these trusted networks, each a network (`10.0.0.0/8`) or an address.
    ///
    /// # Errors
    /// `invalid_option`, with the network in the message.
    pub fn with_trusted_proxies<S: AsRef<str>>(
        mut self,
        networks: impl IntoIterator<Item = S>,
    ) -> Result<Self> {
        let networks = networks.into_iter();
        let networks = networks.map(|network| Networks.read_one("trusted_proxies", network.as_ref()));
        self.trusted_proxies = networks.collect::<Result<_>>()?;
        Ok(self)
    }

    /// Sets options from a JSON object: their names, and for each a text as [`ManagerOptions::set`] takes it, or a number, `true` or
    /// `false`, or a list of texts where it takes a list.
    ///
    /// ```
    /// # let mut options = proxykit_core::ManagerOptions::default();
    /// options.set_json(r#"{"workers": 2, "idle_timeout": "30s"}"#)?;
    /// # Ok::<(), proxykit_core::Error>(())
    /// ```
    ///
    /// # Errors
    /// `invalid_option`, with the option and its value, or the place in the document, in the message. Nothing was changed then.
    pub fn set_json(&mut self, document: &str) -> Result<()> {
        let mut next = self.clone();
        document::each(document, |name, value| next.set(name, value))?;
        *self = next;
        Ok(())
    }

    /// Checks each field's range.
    ///
    /// # Errors
    /// `invalid_option`, with the field and its value in the message; the token's value is never shown.
    pub fn validate(&self) -> Result<()> {
        self.check_fields()?;
        tls::check_listener(self)
    }
}

fn is_host_name(host: &str) -> bool {
    !host.is_empty() && host.bytes().all(|byte| byte.is_ascii_graphic()) && !host.contains(['/', '@'])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn management_is_read() {
        assert_eq!("same".parse::<Management>().unwrap(), Management::Same);
        assert_eq!("off".parse::<Management>().unwrap(), Management::Off);
        let listener = Management::Listener(Listen::Tcp { host: "127.0.0.1".into(), port: 0 });
        assert_eq!("127.0.0.1:0".parse::<Management>().unwrap(), listener);
        let error = "on".parse::<Management>().unwrap_err();
        assert!(error.to_string().starts_with("invalid management \"on\""), "{error}");
    }

    #[test]
    fn a_bad_token_is_refused_without_being_shown() {
        let options = ManagerOptions { management_token: Some("two words".into()), ..Default::default() };
        let error = options.validate().unwrap_err();
        assert!(!error.to_string().contains("two words"), "{error}");
    }

    #[test]
    fn networks_and_addresses_are_trusted() {
        let options = ManagerOptions::default().with_trusted_proxies(["10.0.0.0/8", "::1"]).unwrap();
        assert!(options.trusted_proxies[0].contains(&"10.1.2.3".parse::<std::net::IpAddr>().unwrap()));
        assert!(options.trusted_proxies[1].contains(&"::1".parse::<std::net::IpAddr>().unwrap()));
        let error = ManagerOptions::default().with_trusted_proxies(["10.0.0.0/33"]).unwrap_err();
        assert!(error.to_string().contains("10.0.0.0/33"), "{error}");
    }

    #[test]
    fn origins_are_networks_and_unix_sockets() {
        let mut options = ManagerOptions::default();
        options.set("proxy_protocol", "10.0.0.0/8, ::1,unix").unwrap();
        let expected = ["10.0.0.0/8", "::1", "unix"].map(|text| text.parse().unwrap());
        assert_eq!(options.proxy_protocol, expected);
        let error = options.set("proxy_protocol", "10.0.0.1,UNIX").unwrap_err();
        assert!(error.to_string().starts_with("invalid proxy_protocol \"UNIX\""), "{error}");
        assert_eq!(options.proxy_protocol, expected);
    }
}
