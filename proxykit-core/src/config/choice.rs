use std::fmt;
use std::str::FromStr;

use super::invalid_option;
use crate::error::{Error, Result};

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
    /// The one with the least load: its requests in flight, weighted with the figure that the host reports for it; equals
    /// take turns.
    LeastLoad = 3, "least_load";
}

choice! {
    /// Whose name the backend sees in `Host`.
    HostHeader: "host_header",
    /// What the client sent.
    Client = 0, "client";
    /// The host and port of the backend's target.
    Backend = 1, "backend";
}

choice! {
    /// Which headers say for whom a request is made.
    ForwardedHeaders: "forwarded_headers",
    /// `X-Forwarded-For`, `X-Forwarded-Host`, `X-Forwarded-Proto`.
    XForwarded = 0, "x_forwarded";
    /// `Forwarded` (RFC 7239).
    Forwarded = 1, "forwarded";
    /// All of them.
    Both = 2, "both";
}

choice! {
    /// Whether connections to the backends begin with a PROXY protocol header.
    SendProxyProtocol: "send_proxy_protocol",
    /// They do not.
    Off = 0, "off";
    /// With one of version 1, a line of text.
    V1 = 1, "v1";
    /// With one of version 2, which is binary.
    V2 = 2, "v2";
}

choice! {
    /// The oldest version of TLS that is spoken.
    TlsVersion: "tls_minimum_version",
    /// TLS 1.2 and 1.3.
    Tls12 = 0, "1.2";
    /// TLS 1.3 alone.
    Tls13 = 1, "1.3";
}

choice! {
    /// Whether clients are asked for a certificate.
    ClientCertificate: "client_certificate",
    /// They are not.
    Off = 0, "off";
    /// They are. Who has none is let in; who has one that is not trusted is not.
    Optional = 1, "optional";
    /// They are, and only who has one that is trusted is let in.
    Required = 2, "required";
}
