use std::path::PathBuf;
use std::time::Duration;

use super::options::{
    Checked, File, ServerNameText, Share, Size, Switch, TIME, TIME_OR_NONE, Whole, Word, options,
};
use super::{
    BalancerKind, HealthCheck, HostHeader, OptionInfo, SendProxyProtocol, document, invalid_option,
    split_setting, tls, unknown_option,
};
use crate::error::Result;

options! {
    /// What a route may be told. Every field has a default.
    RouteOptions "" {
        /// How a backend is picked: [`BalancerKind::RoundRobin`] by default.
        balancer: BalancerKind = BalancerKind::RoundRobin, Word;
        /// How backends are checked; `None` (`false`) switches checks off, so that every backend stays healthy.
        health_check: Option<HealthCheck> = Some(HealthCheck::default()), Checked;
        /// Whether the prefix is taken off the path before it is joined to the target's: true by default.
        strip_prefix: bool = true, Switch;
        /// Whose name the backend sees in `Host`: the client's by default.
        host_header: HostHeader = HostHeader::Client, Word;
        /// The time to open a connection to a backend: 1 ms to 10 years, 5 s by default. Then: 504.
        connect_timeout: Duration = Duration::from_secs(5), TIME;
        /// The time from the end of a request to the head of its answer: 1 ms to 10 years, 60 s by default. While
        /// the client still sends, it counts from the last piece sent on. Then: 504.
        response_head_timeout: Duration = Duration::from_secs(60), TIME;
        /// Whether connections to the backends begin with a PROXY protocol header, which names the client: `off`, the
        /// default, `v1` or `v2`. Each such connection is for one request only.
        send_proxy_protocol: SendProxyProtocol = SendProxyProtocol::Off, Word;
        /// A PEM file with the authorities that the certificates of `https` backends must come from; those that the
        /// platform trusts by default.
        upstream_ca: Option<PathBuf> = None, File;
        /// The name that backends are asked for in TLS (SNI), and that their certificates must be for; each target's own
        /// host by default.
        upstream_server_name: Option<String> = None, ServerNameText;
        /// A PEM file with the certificate chain that is shown to `https` backends that ask for one; none by default.
        upstream_certificate: Option<PathBuf> = None, File;
        /// A PEM file with the key of `upstream_certificate`.
        upstream_key: Option<PathBuf> = None, File;
        /// Whether the certificates of `https` backends are verified: true by default. Without it, whoever is on the way
        /// to the backend can read and change everything.
        upstream_verify: bool = true, Switch;
        /// The time that a backend may pause in the midst of its answer: 5 minutes by default, 0 for no limit. Then the
        /// client's message is broken off.
        backend_stall_timeout: Duration = Duration::from_secs(300), TIME_OR_NONE;
        /// The time for a request, from its head to the last byte of its answer, retries and waiting included: 0, the
        /// default, is no limit. Then: 504, or the client's message is broken off. A tunnel is not held to it.
        request_timeout: Duration = Duration::ZERO, TIME_OR_NONE;
        /// The time that nothing may move in a tunnel (an upgraded connection, such as WebSocket): 1 hour by default, 0
        /// for no limit. Then it is closed. Once one side has ended its direction it is a minute at the most.
        tunnel_idle_timeout: Duration = Duration::from_secs(3600), TIME_OR_NONE;
        /// The largest body of a request, in bytes: 0, the default, is no limit. Then: 413. Bodies are passed on as they
        /// come, and take little memory whatever their size.
        request_body_limit: u64 = 0, Size { least: 0, most: 1 << 60 };
        /// The most requests in flight to one backend at a time, tunnels included: 0, the default, is no limit. Others
        /// wait.
        backend_request_limit: usize = 0, Whole { least: 0, most: 1_000_000 };
        /// The most requests that wait while all backends have as many as they may: 1000 by default. Then: 503.
        queue_limit: usize = 1000, Whole { least: 0, most: 1_000_000 };
        /// The time that they wait at the most: 5 s by default. Then: 503.
        queue_timeout: Duration = Duration::from_secs(5), TIME;
        /// To how many backends a request may be sent, one after the other: 1 to 10, 3 by default. It goes to a second one
        /// if nothing of it reached the first, or if it is idempotent and no byte of an answer came.
        attempts: usize = 3, Whole { least: 1, most: 10 };
        /// The share of the requests in flight that may be retries at a time: 0 to 1, 0.2 by default. Three may be in any
        /// case, but with 0 none. A backend that could not be reached at all does not count, since nobody gets more load by
        /// that.
        retry_budget: f64 = 0.2, Share { most: 1.0 };
        /// How many bytes of a request's body are kept until its answer begins, so that it can be sent again: 64 KiB by
        /// default, 0 for none. A request with a larger body is not sent again once its body was begun.
        replay_limit: u64 = 64 << 10, Size { least: 0, most: 16 << 20 };
    }
}

impl RouteOptions {
    /// What each option is called, how it is written, and what it means.
    pub fn all() -> Vec<OptionInfo> {
        RouteOptions::infos().into_iter().chain(HealthCheck::all()).collect()
    }

    /// Sets an option by its name, as [`RouteOptions::all`] lists them; those of the health check are called
    /// `health_interval` and so on.
    ///
    /// ```
    /// use proxykit_core::RouteOptions;
    /// let mut options = RouteOptions::default();
    /// options.set("connect_timeout", "1.5s")?;
    /// options.set("health_rise", "3")?;
    /// assert_eq!(options.set("speed", "9").unwrap_err().to_string(), "there is no option \"speed\"");
    /// # Ok::<(), proxykit_core::Error>(())
    /// ```
    ///
    /// # Errors
    /// `invalid_option`, with the name and the value in the message. Nothing was changed then.
    pub fn set(&mut self, name: &str, value: &str) -> Result<()> {
        if name == "health_check" && value == "true" {
            // The check's own options may have been set before.
            self.health_check.get_or_insert_default();
            return Ok(());
        }
        if let Some(done) = self.set_field(name, value) {
            return done;
        }
        let mut check = self.health_check.unwrap_or_default();
        match check.set(name, value) {
            Some(Ok(())) if self.health_check.is_none() => {
                Err(invalid_option(name, format_args!("{value:?}"), "health_check is false"))
            }
            Some(done) => done.map(|()| self.health_check = Some(check)),
            None => Err(unknown_option(name, super::ManagerOptions::all(), "the manager")),
        }
    }

    /// Sets an option that is written `NAME=VALUE`.
    ///
    /// # Errors
    /// As [`RouteOptions::set`].
    pub fn apply(&mut self, setting: &str) -> Result<()> {
        let (name, value) = split_setting(setting)?;
        self.set(name, value)
    }

    /// Sets options from a JSON object: their names, and for each a text as [`RouteOptions::set`] takes it, or a number, `true` or
    /// `false`, or a list of texts where it takes a list.
    ///
    /// ```
    /// # let mut options = proxykit_core::RouteOptions::default();
    /// options.set_json(r#"{"balancer": "ip_hash", "health_interval": "1s"}"#)?;
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
    /// `invalid_option`, with the field and its value in the message.
    pub fn validate(&self) -> Result<()> {
        self.check_fields()?;
        tls::check_pair(self.upstream_certificate.as_ref(), self.upstream_key.as_ref())
    }

    /// Whether something is said of how TLS is spoken to backends.
    pub(crate) fn speaks_of_tls(&self) -> bool {
        let files = [&self.upstream_ca, &self.upstream_certificate];
        files.iter().any(|file| file.is_some())
            || self.upstream_server_name.is_some()
            || !self.upstream_verify
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_numbers_come_back() {
        for (number, kind) in BalancerKind::ALL.iter().enumerate() {
            assert_eq!(kind.name().parse::<BalancerKind>().unwrap(), *kind);
            assert_eq!(BalancerKind::from_number(number as u32).unwrap(), *kind);
        }
        let error = "fastest".parse::<BalancerKind>().unwrap_err();
        assert_eq!(
            error.to_string(),
            "invalid balancer \"fastest\": it must be one of round_robin, least_connections, ip_hash, least_load"
        );
        assert!(BalancerKind::from_number(4).is_err());
    }

    #[test]
    fn options_are_checked() {
        assert!(RouteOptions::default().validate().is_ok());
        let options = RouteOptions { connect_timeout: Duration::ZERO, ..Default::default() };
        assert_eq!(
            options.validate().unwrap_err().message(),
            "invalid connect_timeout 0ns: it must be from 1ms to 10 years"
        );
    }
}
