use std::str::FromStr;
use std::time::Duration;

use proxykit_core::{HandlerOptions, HealthCheck, LogLevel, ManagerOptions, RouteOptions};

use crate::Failure;

/// The fields of a command, taken from the left.
pub(crate) struct Fields<'a>(pub(crate) std::slice::Iter<'a, String>);

impl<'a> Fields<'a> {
    pub(crate) fn next(&mut self) -> Result<&'a str, Failure> {
        self.0.next().map(String::as_str).ok_or_else(|| Failure::Command("a field is missing".into()))
    }

    /// A number, and so many fields.
    pub(crate) fn list(&mut self) -> Result<Vec<&'a str>, Failure> {
        let length: usize = parse("a list's length", self.next()?)?;
        (0..length).map(|_| self.next()).collect()
    }

    /// The rest: `name=value`.
    fn options(&mut self) -> Result<Vec<(&'a str, &'a str)>, Failure> {
        let split = |field: &'a String| {
            field.split_once('=').ok_or_else(|| Failure::Command(format!("{field:?} is no option")))
        };
        self.0.by_ref().map(split).collect()
    }

    pub(crate) fn log_level(&mut self) -> Result<LogLevel, Failure> {
        Ok(self.next()?.parse()?)
    }

    pub(crate) fn manager_options(&mut self) -> Result<ManagerOptions, Failure> {
        let mut options = ManagerOptions::default();
        for (name, value) in self.options()? {
            match name {
                "workers" => options.workers = parse(name, value)?,
                "management" => options.management = value.parse()?,
                "management_token" => options.management_token = Some(value.to_owned()),
                "management_hosts" => options.management_hosts = value.split(',').map(Into::into).collect(),
                "trusted_proxies" => options = options.with_trusted_proxies(value.split(','))?,
                _ => options.set(name, value)?,
            }
        }
        Ok(options)
    }

    pub(crate) fn route_options(&mut self) -> Result<RouteOptions, Failure> {
        let mut options = RouteOptions::default();
        let mut check = HealthCheck::default();
        let mut checked = true;
        for (name, value) in self.options()? {
            match name {
                "balancer" => options.balancer = value.parse()?,
                "host_header" => options.host_header = value.parse()?,
                "strip_prefix" => options.strip_prefix = parse(name, value)?,
                "health_check" => checked = parse(name, value)?,
                "connect_timeout_ms" => options.connect_timeout = milliseconds(value)?,
                "response_head_timeout_ms" => options.response_head_timeout = milliseconds(value)?,
                "health_interval_ms" | "health_timeout_ms" | "health_rise" | "health_fall"
                | "health_jitter" => {
                    set_health_option(&mut check, name, value)?;
                }
                _ => options.set(name, value)?,
            }
        }
        options.health_check = checked.then_some(check);
        Ok(options)
    }

    pub(crate) fn handler_options(&mut self) -> Result<HandlerOptions, Failure> {
        let mut options = HandlerOptions::default();
        for (name, value) in self.options()? {
            match name {
                "handler_timeout_ms" => options.timeout = milliseconds(value)?,
                _ => options.set(name, value)?,
            }
        }
        Ok(options)
    }

    /// None without options.
    pub(crate) fn health_check(&mut self) -> Result<Option<HealthCheck>, Failure> {
        let options = self.options()?;
        let mut check = HealthCheck::default();
        for (name, value) in &options {
            set_health_option(&mut check, name, value)?;
        }
        Ok((!options.is_empty()).then_some(check))
    }
}

fn set_health_option(check: &mut HealthCheck, name: &str, value: &str) -> Result<(), Failure> {
    match name {
        "health_interval_ms" => check.interval = milliseconds(value)?,
        "health_timeout_ms" => check.timeout = milliseconds(value)?,
        "health_rise" => check.rise = parse(name, value)?,
        "health_fall" => check.fall = parse(name, value)?,
        "health_jitter" => check.jitter = parse(name, value)?,
        _ => return Err(unknown(name)),
    }
    Ok(())
}

pub(crate) fn parse<T: FromStr>(name: &str, value: &str) -> Result<T, Failure> {
    value.parse().map_err(|_| Failure::Command(format!("{name}: {value:?} cannot be read")))
}

pub(crate) fn milliseconds(value: &str) -> Result<Duration, Failure> {
    parse("a time", value).map(Duration::from_millis)
}

fn unknown(name: &str) -> Failure {
    Failure::Command(format!("the option {name:?} is unknown"))
}
