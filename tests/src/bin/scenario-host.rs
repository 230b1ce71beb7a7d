//! The scenario host of Rust: does with a [`Manager`] what it is told on standard input, line by line, and answers
//! each line with one of its own ([`proxykit_tests::host::wire`]).

use std::io::{BufRead, Write};
use std::str::FromStr;
use std::time::Duration;

use proxykit_core::{Error, Events, HealthCheck, Manager, ManagerOptions, RouteOptions};
use proxykit_tests::host::wire;

/// What a command gives.
type Values = Vec<String>;

/// Why a command failed.
enum Failure {
    /// Proxy Kit says so.
    Kit(Error),
    /// The command cannot be read.
    Command(String),
}

/// The fields of a command, taken from the left.
struct Fields<'a>(std::slice::Iter<'a, String>);

/// One manager at a time, and what is heard of it.
#[derive(Default)]
struct Host {
    manager: Option<Manager>,
    events: Option<Events>,
}

fn main() -> std::io::Result<()> {
    let mut host = Host::default();
    let mut output = std::io::stdout().lock();
    for line in std::io::stdin().lock().lines() {
        let answer = match run(&mut host, &line?) {
            Ok(values) => [vec!["ok".to_owned()], values].concat(),
            Err(Failure::Kit(error)) => {
                let kind = error.kind();
                vec!["error".into(), kind.code().to_string(), kind.name().into(), error.to_string()]
            }
            Err(Failure::Command(message)) => {
                vec!["error".into(), "0".into(), "unknown_command".into(), message]
            }
        };
        writeln!(output, "{}", wire::join(&answer))?;
        output.flush()?;
    }
    Ok(())
}

fn run(host: &mut Host, line: &str) -> Result<Values, Failure> {
    let fields = wire::split(line).map_err(Failure::Command)?;
    let mut fields = Fields(fields.iter());
    let command = fields.next()?;
    match command {
        "new" => {
            host.manager = Some(Manager::new(fields.manager_options()?)?);
            return Ok(Vec::new());
        }
        "free" => {
            host.manager = None;
            return Ok(Vec::new());
        }
        "version" => return Ok(vec![env!("CARGO_PKG_VERSION").into()]),
        _ => {}
    }
    let missing = |what| Failure::Command(format!("{command}: there is no {what}"));
    let manager = host.manager.as_ref().ok_or_else(|| missing("manager"))?;
    let mut values = Vec::new();
    match command {
        "add_route" => manager.add_route(fields.next()?, fields.list()?, fields.route_options()?)?,
        "remove_route" => manager.remove_route(fields.next()?)?,
        "add_backends" => {
            let (prefix, targets) = (fields.next()?, fields.list()?);
            values.push(manager.add_backends(prefix, targets, fields.health_check()?)?.to_string());
        }
        "remove_backends" => {
            values.push(manager.remove_backends(fields.next()?, fields.list()?)?.to_string());
        }
        "list_backends" => {
            for backend in manager.list_backends(fields.next()?)? {
                values.extend([backend.target, backend.healthy.to_string()]);
            }
        }
        "report_load" => {
            manager.report_load(fields.next()?, fields.next()?, parse("a load", fields.next()?)?)?
        }
        "get_backend" => {
            let backend = manager.get_backend(fields.next()?, fields.next()?)?;
            values.extend([backend.target, backend.healthy.to_string()]);
        }
        "list_routes" => {
            for route in manager.routes() {
                values.extend([route.prefix, route.balancer.to_string()]);
            }
        }
        "start" => match fields.0.next() {
            Some(listen) => manager.start(listen)?,
            None => manager.start_without_listener()?,
        },
        "address" => values.push(manager.address()?),
        "management_address" => values.push(manager.management_address()?),
        "reload_certificates" => manager.reload_certificates()?,
        "events" => host.events = Some(manager.events()?),
        "next_event" => {
            let events = host.events.as_ref().ok_or_else(|| missing("subscription"))?;
            let event = events.next(Some(milliseconds(fields.next()?)?))?;
            values.push(event.kind.name().into());
            let prefix = event.prefix.map(|prefix| prefix.to_string());
            let target = event.target.map(|target| target.to_string());
            values.extend([prefix, target, event.address].map(Option::unwrap_or_default));
            values.push(event.count.unwrap_or_default().to_string());
        }
        "wait" => manager.wait(Some(milliseconds(fields.next()?)?))?,
        "stop" => values.push(manager.stop(milliseconds(fields.next()?)?)?.to_string()),
        "manage" => {
            let reply = manager.manage(fields.next()?, fields.next()?, fields.next()?.as_bytes());
            values.extend([reply.status.to_string(), String::from_utf8_lossy(&reply.body).into_owned()]);
        }
        _ => return Err(Failure::Command(format!("{command:?} is unknown"))),
    }
    Ok(values)
}

// === impl Fields ===

impl<'a> Fields<'a> {
    fn next(&mut self) -> Result<&'a str, Failure> {
        self.0.next().map(String::as_str).ok_or_else(|| Failure::Command("a field is missing".into()))
    }

    /// A number, and so many fields.
    fn list(&mut self) -> Result<Vec<&'a str>, Failure> {
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

    fn manager_options(&mut self) -> Result<ManagerOptions, Failure> {
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

    fn route_options(&mut self) -> Result<RouteOptions, Failure> {
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

    /// None without options.
    fn health_check(&mut self) -> Result<Option<HealthCheck>, Failure> {
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

fn parse<T: FromStr>(name: &str, value: &str) -> Result<T, Failure> {
    value.parse().map_err(|_| Failure::Command(format!("{name}: {value:?} cannot be read")))
}

fn milliseconds(value: &str) -> Result<Duration, Failure> {
    parse("a time", value).map(Duration::from_millis)
}

fn unknown(name: &str) -> Failure {
    Failure::Command(format!("the option {name:?} is unknown"))
}

// === impl Failure ===

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        Failure::Kit(error)
    }
}
