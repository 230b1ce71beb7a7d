//! What a user may set, read and checked in one place.
//!
//! Values are made by parsing ([`Prefix`], [`Target`], [`Listen`]) or filled in ([`RouteOptions`],
//! [`HealthCheck`], [`ManagerOptions`]) and then checked by `validate`. What has passed here is not checked again.

mod duration;
mod health_check;
mod listen;
mod manager;
mod prefix;
mod route;
mod target;

pub use duration::parse_duration;
pub use health_check::HealthCheck;
pub use listen::Listen;
pub use manager::{Management, ManagerOptions};
pub use prefix::Prefix;
pub use route::{BalancerKind, HostHeader, RouteOptions};
pub use target::{Endpoint, Scheme, Target};

use std::time::Duration;

use crate::error::{Error, ErrorKind, Result};

/// The longest time that an option takes: ten years, far below what timers can hold.
const LONGEST: Duration = Duration::from_secs(10 * 365 * 24 * 3600);

fn invalid_option(name: &str, value: impl std::fmt::Display, rule: &str) -> Error {
    Error::new(ErrorKind::InvalidOption, format!("invalid {name} {value}: {rule}"))
}

/// Checks that a time option lies between one millisecond and ten years.
fn check_time(name: &str, value: Duration) -> Result<()> {
    if value < Duration::from_millis(1) || value > LONGEST {
        return Err(invalid_option(name, format_args!("{value:?}"), "it must be from 1ms to 10 years"));
    }
    Ok(())
}
