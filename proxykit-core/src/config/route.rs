use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use super::{HealthCheck, check_time, invalid_option};
use crate::error::{Error, Result};

/// What a route may be told. Every field has a default.
#[derive(Clone, Debug, PartialEq)]
pub struct RouteOptions {
    /// How a backend is picked: [`BalancerKind::RoundRobin`] by default.
    pub balancer: BalancerKind,
    /// How backends are checked; `None` switches checks off, so that every backend stays healthy.
    pub health_check: Option<HealthCheck>,
    /// Whether the prefix is taken off the path before it is joined to the target's: true by default.
    pub strip_prefix: bool,
    /// Whose name the backend sees in `Host`: the client's by default.
    pub host_header: HostHeader,
    /// The time to open a connection to a backend: 1 ms to 10 years, 5 s by default. Then: 504.
    pub connect_timeout: Duration,
    /// The time from the end of a request to the head of its answer: 1 ms to 10 years, 60 s by default. While
    /// the client still sends, it counts from the last piece sent on. Then: 504.
    pub response_head_timeout: Duration,
}

impl Default for RouteOptions {
    fn default() -> Self {
        RouteOptions {
            balancer: BalancerKind::RoundRobin,
            health_check: Some(HealthCheck::default()),
            strip_prefix: true,
            host_header: HostHeader::Client,
            connect_timeout: Duration::from_secs(5),
            response_head_timeout: Duration::from_secs(60),
        }
    }
}

impl RouteOptions {
    /// Checks each field's range.
    ///
    /// # Errors
    /// `invalid_option`, with the field and its value in the message.
    pub fn validate(&self) -> Result<()> {
        check_time("connect_timeout", self.connect_timeout)?;
        check_time("response_head_timeout", self.response_head_timeout)?;
        self.health_check.as_ref().map_or(Ok(()), HealthCheck::validate)
    }
}

/// Makes an option with a few named values; the numbers are those of the C ABI.
macro_rules! choice {
    ($(#[$doc:meta])* $type:ident: $option:literal, $($(#[$value_doc:meta])* $variant:ident = $number:literal, $name:literal;)*) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
        #[non_exhaustive]
        pub enum $type { #[default] $($(#[$value_doc])* $variant,)* }

        impl $type {
            /// Every value, in the order of their numbers.
            pub const ALL: &[$type] = &[$($type::$variant,)*];

            /// The name, as it is written in every language.
            pub const fn name(self) -> &'static str {
                match self { $($type::$variant => $name,)* }
            }

            /// The value with this number in the C ABI.
            ///
            /// # Errors
            /// `invalid_option` for a number that has no value.
            pub fn from_number(number: u32) -> Result<Self> {
                match number {
                    $($number => Ok($type::$variant),)*
                    _ => Err(Self::unknown(number)),
                }
            }

            fn unknown(value: impl fmt::Display) -> Error {
                let names = [$($name),*].join(", ");
                invalid_option($option, value, &format!("it must be one of {names}"))
            }
        }

        impl FromStr for $type {
            type Err = Error;

            fn from_str(text: &str) -> Result<Self> {
                match text {
                    $($name => Ok($type::$variant),)*
                    _ => Err(Self::unknown(format_args!("{text:?}"))),
                }
            }
        }

        impl fmt::Display for $type {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(self.name())
            }
        }
    };
}

choice! {
    /// How a route picks a backend for a request.
    BalancerKind: "balancer",
    /// One after the other.
    RoundRobin = 0, "round_robin";
    /// The one with the fewest requests in flight; equals take turns.
    LeastConnections = 1, "least_connections";
    /// The same one for the same client address, as long as it is healthy.
    IpHash = 2, "ip_hash";
}

choice! {
    /// Whose name the backend sees in `Host`.
    HostHeader: "host_header",
    /// What the client sent.
    Client = 0, "client";
    /// The host and port of the backend's target.
    Backend = 1, "backend";
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
            "invalid balancer \"fastest\": it must be one of round_robin, least_connections, ip_hash"
        );
        assert!(BalancerKind::from_number(3).is_err());
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
