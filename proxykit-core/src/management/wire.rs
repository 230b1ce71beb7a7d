//! The JSON and the query strings, in the seed's own spelling.

use std::borrow::Cow;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use crate::backend::Backend;
use crate::config::{HealthCheck, Prefix, RouteOptions, Target, parse_duration};
use crate::control::{Command, Route};
use crate::error::{Error, ErrorKind, Result};
use crate::tls::InForce;

/// What `add` and `remove` ask for.
pub(super) struct Change {
    pub(super) prefix: Prefix,
    pub(super) targets: Vec<Target>,
    pub(super) health_check: Option<GivenCheck>,
}

/// The part of a health check that a call names.
pub(super) struct GivenCheck {
    interval: Option<Duration>,
    timeout: Option<Duration>,
    rise: Option<u32>,
    fall: Option<u32>,
    jitter: Option<f64>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct ChangeBody {
    prefix_path: String,
    targets: Vec<String>,
    health_check: Option<CheckBody>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct CheckBody {
    interval: Option<Time>,
    timeout: Option<Time>,
    rise: Option<u32>,
    fall: Option<u32>,
    jitter: Option<f64>,
}

/// A time as Go's `time.Duration` travels in JSON, in nanoseconds, or as people write it.
#[derive(Deserialize)]
#[serde(untagged, expecting = "a number of nanoseconds, or a duration such as \"5s\"")]
enum Time {
    Nanoseconds(u64),
    Text(String),
}

/// A new route: its targets may be none, its options are one object, with the names that they have everywhere.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct RouteBody<'a> {
    prefix_path: String,
    #[serde(default)]
    targets: Vec<String>,
    #[serde(borrow)]
    options: Option<&'a RawValue>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct PrefixBody {
    prefix_path: String,
}

/// What the host or a caller says of a backend's load.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct ReportBody {
    prefix_path: String,
    target: String,
    load: f64,
}

#[derive(Serialize)]
struct BackendBody<'a> {
    target: &'a str,
    healthy: bool,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct ListBody<'a> {
    prefix_path: &'a str,
    targets: Vec<BackendBody<'a>>,
    /// Said of those routes only that the seed did not have.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    is_handler: bool,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct CountBody {
    message: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    added_count: Option<usize>,
    #[serde(skip_serializing_if = "Option::is_none")]
    removed_count: Option<usize>,
}

#[derive(Serialize)]
struct CertificatesBody<'a> {
    certificates: Vec<CertificateBody<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    failure: Option<&'a str>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct CertificateBody<'a> {
    file: Cow<'a, str>,
    names: &'a [String],
    not_after: &'a str,
}

#[derive(Serialize)]
struct ErrorBody<'a> {
    error: ErrorContent<'a>,
}

#[derive(Serialize)]
struct ErrorContent<'a> {
    code: &'static str,
    message: &'a str,
}

// === requests ===

fn read<'a, T: Deserialize<'a>>(body: &'a [u8]) -> Result<T> {
    serde_json::from_slice(body)
        .map_err(|error| Error::new(ErrorKind::InvalidRequest, format!("invalid body: {error}")))
}

pub(super) fn parse_route(body: &[u8]) -> Result<Command> {
    let RouteBody { prefix_path, targets, options: given } = read(body)?;
    let mut options = RouteOptions::default();
    if let Some(given) = given {
        options.set_json(given.get())?;
    }
    Ok(Command::AddRoute { prefix: prefix_path.parse()?, targets: parse_targets(&targets)?, options })
}

pub(super) fn parse_prefix(body: &[u8]) -> Result<Prefix> {
    read::<PrefixBody>(body)?.prefix_path.parse()
}

fn parse_targets(targets: &[String]) -> Result<Vec<Target>> {
    targets.iter().map(|target| target.parse()).collect()
}

/// A backend, and its load.
pub(super) fn parse_report(body: &[u8]) -> Result<(Prefix, Target, f64)> {
    let ReportBody { prefix_path, target, load } = read(body)?;
    Ok((prefix_path.parse()?, target.parse()?, load))
}

pub(super) fn parse_change(body: &[u8]) -> Result<Change> {
    let body: ChangeBody = read(body)?;
    let targets = parse_targets(&body.targets)?;
    let health_check = body.health_check.map(GivenCheck::read).transpose()?;
    Ok(Change { prefix: body.prefix_path.parse()?, targets, health_check })
}

impl GivenCheck {
    fn read(body: CheckBody) -> Result<Self> {
        let CheckBody { interval, timeout, rise, fall, jitter } = body;
        let (interval, timeout) = (Time::read(interval)?, Time::read(timeout)?);
        Ok(GivenCheck { interval, timeout, rise, fall, jitter })
    }

    /// The whole check: what was not given is taken from the route's, or from the defaults.
    pub(super) fn over(&self, route: Option<HealthCheck>) -> Result<HealthCheck> {
        let base = route.unwrap_or_default();
        let check = HealthCheck {
            interval: self.interval.unwrap_or(base.interval),
            timeout: self.timeout.unwrap_or(base.timeout),
            rise: self.rise.unwrap_or(base.rise),
            fall: self.fall.unwrap_or(base.fall),
            jitter: self.jitter.unwrap_or(base.jitter),
        };
        check.validate().map(|()| check)
    }
}

impl Time {
    /// None for zero as well, which the seed's users send for "the default".
    fn read(given: Option<Time>) -> Result<Option<Duration>> {
        let time = match given {
            None => return Ok(None),
            Some(Time::Nanoseconds(nanoseconds)) => Duration::from_nanos(nanoseconds),
            Some(Time::Text(text)) => parse_duration(&text)?,
        };
        Ok((!time.is_zero()).then_some(time))
    }
}

/// The parameters of a query, decoded (`application/x-www-form-urlencoded`).
pub(super) struct Query<'a>(Vec<(Cow<'a, str>, Cow<'a, str>)>);

impl<'a> Query<'a> {
    pub(super) fn parse(text: &'a str) -> Result<Self> {
        let pairs = text.split('&').filter(|pair| !pair.is_empty()).map(|pair| {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            Ok((decode(name)?, decode(value)?))
        });
        Ok(Query(pairs.collect::<Result<_>>()?))
    }

    pub(super) fn get(&self, name: &str) -> Option<Cow<'a, str>> {
        let value = self.0.iter().find(|(given, _)| given == name).map(|(_, value)| value.clone());
        value.filter(|value| !value.is_empty())
    }

    pub(super) fn required(&self, name: &str) -> Result<Cow<'a, str>> {
        self.get(name).ok_or_else(|| {
            Error::new(ErrorKind::InvalidRequest, format!("the query parameter {name:?} is missing"))
        })
    }
}

fn decode(text: &str) -> Result<Cow<'_, str>> {
    if !text.contains(['%', '+']) {
        return Ok(Cow::Borrowed(text));
    }
    let invalid = || Error::new(ErrorKind::InvalidRequest, format!("invalid percent-encoding in {text:?}"));
    let mut decoded = Vec::with_capacity(text.len());
    let mut bytes = text.bytes();
    while let Some(byte) = bytes.next() {
        decoded.push(match byte {
            b'+' => b' ',
            b'%' => {
                let mut digit = || bytes.next().and_then(|byte| char::from(byte).to_digit(16));
                let (high, low) = (digit().ok_or_else(invalid)?, digit().ok_or_else(invalid)?);
                (high * 16 + low) as u8
            }
            byte => byte,
        });
    }
    String::from_utf8(decoded).map(Cow::Owned).map_err(|_| invalid())
}

// === answers ===

pub(super) fn added(count: usize) -> Vec<u8> {
    let message = "Backends added successfully";
    json(&CountBody { message, added_count: Some(count), removed_count: None })
}

pub(super) fn removed(count: usize) -> Vec<u8> {
    let message = "Backends removed successfully";
    json(&CountBody { message, added_count: None, removed_count: Some(count) })
}

pub(super) fn certificates(in_force: &[InForce], failure: Option<&str>) -> Vec<u8> {
    let certificates = in_force.iter().map(|certificate| CertificateBody {
        file: certificate.file.to_string_lossy(),
        names: &certificate.names,
        not_after: &certificate.not_after,
    });
    json(&CertificatesBody { certificates: certificates.collect(), failure })
}

pub(super) fn reloaded() -> Vec<u8> {
    done("Certificates reloaded successfully")
}

pub(super) fn route_added(count: usize) -> Vec<u8> {
    json(&CountBody { message: "Route added successfully", added_count: Some(count), removed_count: None })
}

pub(super) fn route_removed(count: usize) -> Vec<u8> {
    json(&CountBody { message: "Route removed successfully", added_count: None, removed_count: Some(count) })
}

pub(super) fn reported() -> Vec<u8> {
    done("Load reported successfully")
}

fn done(message: &'static str) -> Vec<u8> {
    json(&CountBody { message, added_count: None, removed_count: None })
}

pub(super) fn list(route: &Route) -> Vec<u8> {
    let targets = route.backends().into_iter().map(|backend| BackendBody::of(backend)).collect();
    let is_handler = route.handler().is_some();
    json(&ListBody { prefix_path: route.prefix().as_str(), targets, is_handler })
}

pub(super) fn backend(backend: &Backend) -> Vec<u8> {
    json(&BackendBody::of(backend))
}

pub(super) fn error(error: &Error) -> Vec<u8> {
    json(&ErrorBody { error: ErrorContent { code: error.kind().name(), message: error.message() } })
}

impl<'a> BackendBody<'a> {
    fn of(backend: &'a Backend) -> Self {
        BackendBody { target: backend.target().as_str(), healthy: backend.live().is_healthy() }
    }
}

pub(super) fn json(body: &impl Serialize) -> Vec<u8> {
    // Strings, numbers and lists of them: nothing here that JSON cannot say.
    let mut text = serde_json::to_vec(body).unwrap_or_default();
    text.push(b'\n');
    text
}
