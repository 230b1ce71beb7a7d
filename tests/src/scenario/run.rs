use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;
use std::thread::{self, JoinHandle};

use serde_json::{Map, Value};

use super::Scenario;
use super::secrets::{Secrets, Sender};
use super::step::{Call, Exchange, RequestSpec, Step};
use super::variables::Variables;
use crate::backend::Backend;
use crate::client::{Request, Response};
use crate::host::{Answer, Host};
use crate::wait;

type Result<T = ()> = std::result::Result<T, String>;

/// The programs that a scenario needs.
#[derive(Clone, Copy, Debug)]
pub struct Programs<'a> {
    /// The path of `sample-backend`.
    pub backend: &'a str,
    /// The command of the language's scenario host.
    pub host: &'a str,
}

struct Runner<'a> {
    secrets: Secrets,
    programs: Programs<'a>,
    host: Host,
    backends: BTreeMap<String, Backend>,
    begun: BTreeMap<String, JoinHandle<std::io::Result<Response>>>,
    variables: Variables,
}

/// A folder that is removed at the end.
struct Folder(PathBuf);

/// Runs one scenario with a host of its own. `id` is unlike that of any other in this process.
///
/// # Errors
/// The step's number, what was expected and what came.
pub fn run(scenario: &Scenario, programs: Programs<'_>, id: usize) -> Result {
    let folder = Folder::new(id)?;
    let mut variables = Variables::default();
    variables.set("dir", folder.0.display().to_string());
    let host = Host::start(programs.host)?;
    let (backends, begun) = (BTreeMap::new(), BTreeMap::new());
    let secrets = Secrets::new(folder.0.clone());
    let mut runner = Runner { secrets, programs, host, backends, begun, variables };
    for (index, step) in scenario.steps.iter().enumerate() {
        runner.step(step).map_err(|error| format!("step {}: {error}", index + 1))?;
    }
    match runner.begun.keys().next() {
        Some(name) => Err(format!("the request {name:?} was begun and not finished")),
        None => runner.host.end(),
    }
}

// === impl Runner ===

impl Runner<'_> {
    fn step(&mut self, step: &Step) -> Result {
        match step {
            Step::Backend(start) => {
                let name = &start.backend;
                let backend = match (&start.listen, &start.tls) {
                    (None, None) => Backend::start(self.programs.backend, name)?,
                    (listen, tls) => {
                        let listen = self.variables.fill(listen.as_deref().unwrap_or("127.0.0.1:0"))?;
                        let options = tls.as_ref().map(|tls| self.secrets.options(tls)).unwrap_or_default();
                        let options: Vec<_> = options.iter().map(String::as_str).collect();
                        Backend::start_at(self.programs.backend, name, &listen, &options)?
                    }
                };
                self.variables.set(name, backend.target());
                self.variables.set(format!("{name}.address"), backend.address());
                self.backends.insert(name.clone(), backend);
                Ok(())
            }
            Step::Certificate(make) => {
                self.secrets.make(make);
                Ok(())
            }
            Step::Kill(name) => self.backend(name)?.kill(),
            Step::Restart(name) => self.backend(name)?.restart(),
            Step::Serve(options) => self.serve(options),
            Step::Call(call) => {
                let answer = self.call(&call.call, &call.arguments, &call.options)?;
                self.check_call(call, &answer).map_err(|error| format!("{}: {error}", call.call))
            }
            Step::Request(exchange) => self.exchange(exchange),
            Step::Begin(begin) => {
                let (sender, request) = self.request(&begin.request)?;
                let answer = thread::spawn(move || sender.send(&request));
                self.begun.insert(begin.begin.clone(), answer);
                Ok(())
            }
            Step::Finish(finish) => {
                let begun = self.begun.remove(&finish.finish).ok_or("it was not begun")?;
                let answer = begun.join().map_err(|_| "the request's thread panicked")?;
                let checked = finish.expect.check(answer, &self.variables);
                let answer = checked.map_err(|error| format!("{}: {error}", finish.finish))?;
                finish.expect.check_backends(answer.as_slice())
            }
            Step::Until(step) => wait::until(|| self.step(step)),
        }
    }

    fn backend(&mut self, name: &str) -> Result<&mut Backend> {
        self.backends.get_mut(name).ok_or_else(|| format!("there is no backend {name:?}"))
    }

    fn serve(&mut self, options: &Map<String, Value>) -> Result {
        let commands: [(&str, &[Value], _, _); 3] = [
            ("new", &[], options.clone(), None),
            ("start", &["127.0.0.1:0".into()], Map::new(), None),
            ("address", &[], Map::new(), Some("proxy")),
        ];
        for (command, arguments, options, save) in commands {
            let answer = self.call(command, arguments, &options)?;
            self.take(command, answer, save)?;
        }
        let own_listener = options
            .get("management")
            .and_then(Value::as_str)
            .is_some_and(|management| !matches!(management, "same" | "off"));
        let command = if own_listener { "management_address" } else { "address" };
        let answer = self.call(command, &[], &Map::new())?;
        self.take(command, answer, Some("management"))
    }

    fn call(&mut self, command: &str, arguments: &[Value], options: &Map<String, Value>) -> Result<Answer> {
        let mut fields = vec![command.to_owned()];
        for argument in arguments {
            match self.variables.fill_value(argument)? {
                Value::Array(items) => {
                    fields.push(items.len().to_string());
                    fields.extend(items.iter().map(as_field));
                }
                other => fields.push(as_field(&other)),
            }
        }
        for (name, value) in options {
            fields.push(format!("{name}={}", as_field(&self.variables.fill_value(value)?)));
        }
        self.host.call(&fields)
    }

    fn check_call(&mut self, call: &Call, answer: &Answer) -> Result {
        call.expect.check(answer, &self.variables)?;
        match &call.save {
            Some(name) => self.take(&call.call, answer.clone(), Some(name)),
            None => Ok(()),
        }
    }

    /// Expects success, and keeps the first value.
    fn take(&mut self, command: &str, answer: Answer, save: Option<&str>) -> Result {
        match (answer, save) {
            (Answer::Ok(values), Some(name)) => {
                let value = values.first().ok_or_else(|| format!("{command} gives no value"))?;
                self.variables.set(name, value);
                Ok(())
            }
            (Answer::Ok(_), None) => Ok(()),
            (Answer::Error { code, name, message }, _) => Err(format!("{command}: {code} {name}: {message}")),
        }
    }

    fn exchange(&mut self, exchange: &Exchange) -> Result {
        let mut answers = Vec::new();
        for number in 1..=exchange.times {
            self.variables.set("n", number.to_string());
            let (sender, request) = self.request(&exchange.request)?;
            let place = format!("{} {} to {}", request.method, request.target, sender.address);
            let checked = exchange.expect.check(sender.send(&request), &self.variables);
            answers.extend(checked.map_err(|error| format!("{place}: {error}"))?);
        }
        exchange.expect.check_backends(&answers)
    }

    /// Where and how a request is sent, and the request.
    fn request(&self, spec: &RequestSpec) -> Result<(Sender, Request)> {
        let address = match spec.to.as_str() {
            name @ ("proxy" | "management") => self.variables.get(name)?.to_owned(),
            name if self.backends.contains_key(name) => self.backends[name].address().to_owned(),
            address => self.variables.fill(address)?,
        };
        let mut request = Request::new(&spec.method, &self.variables.fill(&spec.target)?);
        for (name, value) in &spec.headers {
            match self.variables.fill_value(value)? {
                Value::Array(values) => {
                    request.headers.extend(values.iter().map(|value| (name.clone(), as_field(value))));
                }
                value => request.headers.push((name.clone(), as_field(&value))),
            }
        }
        request.body = match &spec.body {
            None => None,
            Some(body) => Some(as_field(&self.variables.fill_value(body)?).into_bytes()),
        };
        let client = spec.tls.is_some().then(|| self.secrets.client(spec.certificate.as_deref()));
        Ok((Sender { address, tls: client.zip(spec.tls.clone()) }, request))
    }
}

/// A text as it is, a list with commas between its items, anything else as JSON.
fn as_field(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Array(items) => items.iter().map(as_field).collect::<Vec<_>>().join(","),
        other => other.to_string(),
    }
}

// === impl Folder ===

impl Folder {
    /// Short, since the path of a unix socket has little room.
    fn new(id: usize) -> Result<Self> {
        let path = std::env::temp_dir().join(format!("proxykit-{}-{id}", std::process::id()));
        fs::create_dir_all(&path).map_err(|error| format!("{}: {error}", path.display()))?;
        Ok(Folder(path))
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        // What cannot be removed from the system's temporary folder is its own to remove.
        let _ = fs::remove_dir_all(&self.0);
    }
}
