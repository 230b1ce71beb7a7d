//! What a user may set, read and checked in one place.
//!
//! Values are made by parsing ([`Prefix`], [`Target`], [`Listen`]) or filled in ([`RouteOptions`],
//! [`HealthCheck`], [`ManagerOptions`]) and then checked by `validate`. What has passed here is not checked again.

mod choice;
mod document;
mod duration;
mod handler;
mod health_check;
mod listen;
mod manager;
mod options;
mod origin;
mod prefix;
mod route;
mod target;
mod tls;

pub use choice::{
    BalancerKind, ClientCertificate, ForwardedHeaders, HostHeader, SendProxyProtocol, TlsVersion,
};
pub use duration::parse_duration;
pub use handler::HandlerOptions;
pub use health_check::HealthCheck;
pub use listen::Listen;
pub use manager::{Management, ManagerOptions};
pub use options::{OptionInfo, OptionKind};
pub use origin::Origin;
pub use prefix::Prefix;
pub use route::RouteOptions;
pub use target::{Endpoint, Scheme, Target};

use crate::error::{Error, ErrorKind, Result};

fn invalid_option(name: &str, value: impl std::fmt::Display, rule: &str) -> Error {
    Error::new(ErrorKind::InvalidOption, format!("invalid {name} {value}: {rule}"))
}

/// The error for a name that no option has; `others` are those of `whose`, with which it may have been mistaken.
fn unknown_option(name: &str, others: Vec<OptionInfo>, whose: &str) -> Error {
    let message = match others.iter().any(|other| other.name == name) {
        true => format!("{name:?} is an option of {whose}, and cannot be set here"),
        false => format!("there is no option {name:?}"),
    };
    Error::new(ErrorKind::InvalidOption, message)
}

/// The name and the value of `NAME=VALUE`.
fn split_setting(setting: &str) -> Result<(&str, &str)> {
    // The text is not shown: it may be a token.
    let rule = "an option must be written NAME=VALUE";
    setting.split_once('=').ok_or_else(|| Error::new(ErrorKind::InvalidOption, rule))
}
