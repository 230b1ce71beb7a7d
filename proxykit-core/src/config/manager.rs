use std::str::FromStr;

use ipnet::IpNet;

use super::{Listen, invalid_option};
use crate::error::{Error, ErrorKind, Result};

/// The most workers that a manager starts.
const MOST_WORKERS: usize = 1024;

/// What a manager as a whole may be told. Every field has a default.
#[derive(Clone, Debug, Default)]
pub struct ManagerOptions {
    /// How many worker threads serve requests: 1 to 1024; 0, the default, is one for each core.
    pub workers: usize,
    /// Where the management API is served: on the proxy's own listener by default.
    pub management: Management,
    /// The token that callers of the management API must give (`Authorization: Bearer …`). Without one, only
    /// direct local callers are answered.
    pub management_token: Option<String>,
    /// Names that the management API answers to in `Host`, beside the loopback names, when it has no token.
    /// Without this check a web page could reach it through a name of its own (DNS rebinding).
    pub management_hosts: Vec<String>,
    /// The networks of proxies that are believed: their `X-Forwarded-For` when a client's address is needed, and their
    /// `X-Forwarded-Host` and `X-Forwarded-Proto`, which are kept. Empty by default. Who connects over a unix socket is
    /// always believed.
    pub trusted_proxies: Vec<IpNet>,
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
    /// On a listener of its own: written `HOST:PORT` or `unix:PATH`.
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
                    format!("invalid management {text:?}: it must be same, off, HOST:PORT or unix:PATH"),
                )
                .because(error)),
            },
        }
    }
}

impl ManagerOptions {
    /// The options with these trusted networks, each a network (`10.0.0.0/8`) or an address.
    ///
    /// # Errors
    /// `invalid_option`, with the network in the message.
    pub fn with_trusted_proxies<S: AsRef<str>>(
        mut self,
        networks: impl IntoIterator<Item = S>,
    ) -> Result<Self> {
        self.trusted_proxies =
            networks.into_iter().map(|network| parse_network(network.as_ref())).collect::<Result<_>>()?;
        Ok(self)
    }

    /// Checks each field's range.
    ///
    /// # Errors
    /// `invalid_option`, with the field and its value in the message; the token's value is never shown.
    pub fn validate(&self) -> Result<()> {
        if self.workers > MOST_WORKERS {
            return Err(invalid_option("workers", self.workers, "it must be from 0 to 1024"));
        }
        if let Some(token) = &self.management_token
            && (token.is_empty() || !token.bytes().all(|byte| byte.is_ascii_graphic()))
        {
            let rule = "it must be one or more visible ASCII characters, without spaces";
            return Err(invalid_option("management_token", "(not shown)", rule));
        }
        for host in &self.management_hosts {
            if host.is_empty()
                || !host.bytes().all(|byte| byte.is_ascii_graphic())
                || host.contains(['/', '@'])
            {
                return Err(invalid_option(
                    "management_hosts",
                    format_args!("{host:?}"),
                    "it must be a host name",
                ));
            }
        }
        Ok(())
    }
}

fn parse_network(text: &str) -> Result<IpNet> {
    let address = text.parse::<std::net::IpAddr>().map(IpNet::from);
    address.or_else(|_| text.parse()).map_err(|_| {
        invalid_option(
            "trusted_proxies",
            format_args!("{text:?}"),
            "it must be an address or a network such as 10.0.0.0/8",
        )
    })
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
}
