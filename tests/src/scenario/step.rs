use std::collections::BTreeMap;

use serde::de::{DeserializeOwned, Error};
use serde::{Deserialize, Deserializer};
use serde_json::{Map, Value};

/// One step; see the [module](super).
#[derive(Clone, Debug)]
pub enum Step {
    /// Starts a sample backend.
    Backend(StartBackend),
    /// Makes a certificate and its key.
    Certificate(MakeCertificate),
    /// Kills a backend.
    Kill(String),
    /// Starts a backend where it was.
    Restart(String),
    /// Makes a manager and starts it on a free port.
    Serve(Map<String, Value>),
    /// The host calls its Proxy Kit.
    Call(Call),
    /// Sends a request, perhaps several times.
    Request(Exchange),
    /// Sends a request and goes on.
    Begin(Begin),
    /// Waits for the answer to a request that was begun.
    Finish(Finish),
    /// Repeats a step until it is as expected.
    Until(Box<Step>),
}

/// Starts a sample backend.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StartBackend {
    /// Its name.
    pub backend: String,
    /// Where it listens; a free port by default.
    pub listen: Option<String>,
    /// The certificate that it shows, if it speaks TLS.
    pub tls: Option<String>,
}

/// Makes a certificate of the scenario's own authority: `${dir}/NAME.pem`, `${dir}/NAME.key`, and `${dir}/ca.pem`.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MakeCertificate {
    /// Its name.
    pub certificate: String,
    /// The names that it is for; the first is its common name.
    pub names: Vec<String>,
    /// Whether it has expired.
    #[serde(default)]
    pub expired: bool,
}

/// A call of the host.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Call {
    /// The command.
    pub call: String,
    /// Its arguments; a list among them goes out as its length and its items.
    #[serde(default)]
    pub arguments: Vec<Value>,
    /// Its options.
    #[serde(default)]
    pub options: Map<String, Value>,
    /// What must come back.
    #[serde(default)]
    pub expect: ExpectCall,
    /// The variable that keeps the first value.
    pub save: Option<String>,
}

/// What must come back from a call: success by default.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ExpectCall {
    /// The outputs.
    pub values: Option<Vec<String>>,
    /// The name of the error.
    pub error: Option<String>,
    /// What its message tells among other things.
    pub message_contains: Option<String>,
    /// What its message must keep to itself.
    pub message_lacks: Option<String>,
    /// The body of a `manage` call's reply, the second value, holds this.
    pub json: Option<Value>,
}

/// A request that is sent and answered.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Exchange {
    /// The request.
    pub request: RequestSpec,
    /// How many times it is sent.
    #[serde(default = "once")]
    pub times: usize,
    /// What must come back.
    #[serde(default)]
    pub expect: ExpectAnswer,
}

/// A request that is only sent.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Begin {
    /// A name for it.
    pub begin: String,
    /// The request.
    pub request: RequestSpec,
}

/// The answer to a request that was sent.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Finish {
    /// The name that it was begun with.
    pub finish: String,
    /// What must come back.
    #[serde(default)]
    pub expect: ExpectAnswer,
}

/// A request.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RequestSpec {
    /// Where to: `proxy` by default, `management`, a backend's name, or an address.
    #[serde(default = "proxy")]
    pub to: String,
    /// The method; GET by default.
    #[serde(default = "get")]
    pub method: String,
    /// The raw request target.
    pub target: String,
    /// Header fields; a list is for several fields of the same name.
    #[serde(default)]
    pub headers: BTreeMap<String, Value>,
    /// The name that the server's certificate must be for; without it, no TLS is spoken.
    pub tls: Option<String>,
    /// The certificate that is shown.
    pub certificate: Option<String>,
    /// The body: a text as it is, anything else as JSON.
    pub body: Option<Value>,
}

/// What must come back from a request: status 200 by default.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ExpectAnswer {
    /// The status.
    pub status: Option<u16>,
    /// Header fields of the answer; null is for one that must not be there.
    #[serde(default)]
    pub headers: BTreeMap<String, Option<String>>,
    /// What the JSON body holds: of objects these members at least, null for one that must not be there.
    pub json: Option<Value>,
    /// What the body holds among other things.
    pub body_contains: Option<String>,
    /// How often each backend answered.
    pub backends: Option<BTreeMap<String, usize>>,
    /// How many different backends answered.
    pub distinct_backends: Option<usize>,
    /// The connection ends before the whole answer has come, or does not stand at all.
    #[serde(default)]
    pub broken: bool,
    /// The error that the management API reports.
    pub error: Option<String>,
    /// The error that the proxy reports instead of a backend's answer.
    pub proxy_error: Option<String>,
}

fn once() -> usize {
    1
}

fn proxy() -> String {
    "proxy".into()
}

fn get() -> String {
    "GET".into()
}

impl<'de> Deserialize<'de> for Step {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        fn read<T: DeserializeOwned, E: Error>(step: &Value) -> Result<T, E> {
            T::deserialize(step).map_err(|error| E::custom(format!("{error} in the step {step}")))
        }
        /// The step of one member only.
        fn read_member<T: DeserializeOwned, E: Error>(step: &Value, name: &str) -> Result<T, E> {
            match step.as_object() {
                Some(members) if members.len() == 1 => read(&step[name]),
                _ => Err(E::custom(format!("{name:?} must stand alone in the step {step}"))),
            }
        }
        let step = Value::deserialize(deserializer)?;
        let has = |name: &str| step.get(name).is_some();
        match () {
            () if has("backend") => read(&step).map(Step::Backend),
            () if has("certificate") && has("names") => read(&step).map(Step::Certificate),
            () if has("kill") => read_member(&step, "kill").map(Step::Kill),
            () if has("restart") => read_member(&step, "restart").map(Step::Restart),
            () if has("serve") => read_member(&step, "serve").map(Step::Serve),
            () if has("call") => read(&step).map(Step::Call),
            () if has("begin") => read(&step).map(Step::Begin),
            () if has("finish") => read(&step).map(Step::Finish),
            () if has("request") => read(&step).map(Step::Request),
            () if has("until") => read_member(&step, "until").map(Step::Until),
            () => Err(D::Error::custom(format!("an unknown step: {step}"))),
        }
    }
}
