//! The scenario host of Rust: does with a [`Manager`] what it is told on standard input, line by line, and answers
//! each line with one of its own ([`proxykit_tests::host::wire`]).

mod fields;
mod handlers;

use std::io::{BufRead, Write};
use std::sync::Arc;

use fields::{Fields, milliseconds, parse};
use handlers::Gate;
use proxykit_core::{Counters, Error, Events, Log, Manager, Prefix};
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

/// One manager at a time, and what is heard of it.
#[derive(Default)]
struct Host {
    manager: Option<Manager>,
    events: Option<Events>,
    log: Option<Log>,
    gate: Arc<Gate>,
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
        "release" => {
            host.gate.open();
            return Ok(Vec::new());
        }
        "held" => return Ok(vec![host.gate.held().to_string()]),
        "version" => return Ok(vec![env!("CARGO_PKG_VERSION").into()]),
        _ => {}
    }
    let missing = |what| Failure::Command(format!("{command}: there is no {what}"));
    let manager = host.manager.as_ref().ok_or_else(|| missing("manager"))?;
    let mut values = Vec::new();
    match command {
        "add_route" => manager.add_route(fields.next()?, fields.list()?, fields.route_options()?)?,
        "handle" => {
            let (prefix, handler) = (fields.next()?, handlers::handler(fields.next()?, &host.gate)?);
            manager.handle(prefix, fields.handler_options()?, handler)?
        }
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
        "counters" => {
            let prefix = fields.next()?;
            let counters = match fields.0.next() {
                Some(target) => manager.get_backend(prefix, target)?.counters,
                None => {
                    let prefix: Prefix = prefix.parse()?;
                    let route = manager.routes().into_iter().find(|route| route.prefix == prefix.as_str());
                    route.ok_or_else(|| missing("route"))?.counters
                }
            };
            values.extend(counted(&counters));
        }
        "totals" => values.extend(counted(&manager.totals().counters)),
        "connections" => {
            let connections = manager.totals().connections;
            let counts = [connections.open, connections.accepted, connections.refused];
            values.extend(counts.map(|count| count.to_string()));
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
        "log" => host.log = Some(manager.log(fields.log_level()?)?),
        "next_record" => {
            let log = host.log.as_ref().ok_or_else(|| missing("log"))?;
            let record = log.next(Some(milliseconds(fields.next()?)?))?;
            let event = record.event.map(|event| event.kind.name().to_owned()).unwrap_or_default();
            values.extend([record.level.to_string(), record.category.into(), record.message, event]);
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

fn counted(counters: &Counters) -> Values {
    let counts = [
        counters.requests,
        counters.responses_2xx,
        counters.responses_3xx,
        counters.responses_4xx,
        counters.responses_5xx,
        counters.connect_failures,
        counters.timeouts,
        counters.broken_responses,
        counters.retries,
    ];
    counts.map(|count| count.to_string()).into()
}

// === impl Failure ===

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        Failure::Kit(error)
    }
}
