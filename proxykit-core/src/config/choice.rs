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
}

choice! {
    /// Whose name the backend sees in `Host`.
    HostHeader: "host_header",
    /// What the client sent.
    Client = 0, "client";
    /// The host and port of the backend's target.
    Backend = 1, "backend";
}
