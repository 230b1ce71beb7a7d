use std::borrow::Cow;
use std::sync::Arc;

use super::status;
use super::wire::{self, Change, Query};
use crate::backend::Backend;
use crate::config::{Prefix, Target};
use crate::control::{Command, Control};
use crate::error::{Error, ErrorKind, Result};
use crate::events::LogLevel;
use crate::tls::ServerTls;

/// The calls of the management API, whoever carries them here.
pub(crate) struct Api {
    control: Arc<Control>,
    tls: Option<Arc<ServerTls>>,
}

/// The answer to a management call: JSON in every case.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Reply {
    /// The HTTP status.
    pub status: u16,
    /// For the header `Allow`, with a status of 405.
    pub allow: Option<&'static str>,
    /// The JSON text, in UTF-8.
    pub body: Vec<u8>,
}

/// One call: it takes the query and the body, and gives the JSON text.
type Call = fn(&Api, &str, &[u8]) -> Result<Vec<u8>>;

/// The calls that show the certificates, and that read them again.
const CERTIFICATES: &str = "/certificates/list";
const RELOAD: &str = "/certificates/reload";

/// Whether a path belongs to the management API.
pub(crate) fn is_management(path: &str) -> bool {
    path.strip_prefix("/endpoints").is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
        || [CERTIFICATES, RELOAD].contains(&path)
}

impl Api {
    /// `tls` is what clients of the proxy are spoken to with.
    pub(crate) fn new(control: Arc<Control>, tls: Option<Arc<ServerTls>>) -> Self {
        Api { control, tls }
    }

    /// Carries out one call. `target` is the path and the query.
    pub(crate) fn answer(&self, method: &str, target: &str, body: &[u8]) -> Reply {
        let (path, query) = target.split_once('?').unwrap_or((target, ""));
        let (allow, call): (_, Call) = match path {
            "/endpoints/add" => ("POST", |api, _, body| api.add(body)),
            "/endpoints/remove" => ("POST", |api, _, body| api.remove(body)),
            "/endpoints/routes/add" => ("POST", |api, _, body| api.add_route(body)),
            "/endpoints/routes/remove" => ("POST", |api, _, body| api.remove_route(body)),
            "/endpoints/report" => ("POST", |api, _, body| api.report(body)),
            "/endpoints/status" => ("GET", |api, query, _| api.status(query)),
            "/endpoints/totals" => ("GET", |api, _, _| Ok(status::totals(api.control.counted().read()))),
            "/endpoints/list" => ("GET", |api, query, _| api.list(query)),
            "/endpoints" => ("GET", |api, query, _| api.get(query)),
            CERTIFICATES => ("GET", |api, _, _| Ok(api.certificates())),
            RELOAD => ("POST", |api, _, _| api.reload()),
            _ => {
                let message = format!("the management API has nothing at {path:?}");
                return self.refuse(LogLevel::Info, method, path, &Error::new(ErrorKind::NotFound, message));
            }
        };
        if method != allow {
            let message = format!("{path} takes {allow}, not {method}");
            let error = Error::new(ErrorKind::MethodNotAllowed, message);
            return Reply { allow: Some(allow), ..self.refuse(LogLevel::Info, method, path, &error) };
        }
        match call(self, query, body) {
            Ok(body) => Reply { status: 200, allow: None, body },
            Err(error) => self.refuse(LogLevel::Info, method, path, &error),
        }
    }

    /// The answer to a call that is refused, which the log tells of.
    pub(super) fn refuse(&self, level: LogLevel, method: &str, path: &str, error: &Error) -> Reply {
        self.control.events().log(level, "management", || format!("call refused: {method} {path}: {error}"));
        Reply::error(error)
    }

    fn add(&self, body: &[u8]) -> Result<Vec<u8>> {
        let Change { prefix, targets, health_check } = wire::parse_change(body)?;
        let health_check = match health_check {
            // What a call leaves out is as on the route.
            Some(given) => Some(given.over(self.control.route(&prefix)?.options().health_check)?),
            None => None,
        };
        let outcome = self.control.apply(Command::AddBackends { prefix, targets, health_check })?;
        Ok(wire::added(outcome.count()))
    }

    fn remove(&self, body: &[u8]) -> Result<Vec<u8>> {
        let Change { prefix, targets, .. } = wire::parse_change(body)?;
        let outcome = self.control.apply(Command::RemoveBackends { prefix, targets })?;
        Ok(wire::removed(outcome.count()))
    }

    fn add_route(&self, body: &[u8]) -> Result<Vec<u8>> {
        let outcome = self.control.apply(wire::parse_route(body)?)?;
        Ok(wire::route_added(outcome.count()))
    }

    fn remove_route(&self, body: &[u8]) -> Result<Vec<u8>> {
        let outcome = self.control.apply(Command::RemoveRoute { prefix: wire::parse_prefix(body)? })?;
        Ok(wire::route_removed(outcome.count()))
    }

    fn report(&self, body: &[u8]) -> Result<Vec<u8>> {
        let (prefix, target, load) = wire::parse_report(body)?;
        self.control.backend(&prefix, &target)?.live().report_load(load)?;
        Ok(wire::reported())
    }

    fn certificates(&self) -> Vec<u8> {
        let (in_force, failure) = self.tls.as_ref().map(|tls| tls.in_force()).unwrap_or_default();
        wire::certificates(&in_force, failure.as_deref())
    }

    fn reload(&self) -> Result<Vec<u8>> {
        if let Some(tls) = &self.tls {
            tls.reload()?;
        }
        Ok(wire::reloaded())
    }

    fn list(&self, query: &str) -> Result<Vec<u8>> {
        let query = Query::parse(query)?;
        let given: Cow<'_, str> = query.required("prefixPath")?;
        let route = self.control.route(&given.parse::<Prefix>()?)?;
        Ok(wire::list(&route))
    }

    /// All routes, or one.
    fn status(&self, query: &str) -> Result<Vec<u8>> {
        match Query::parse(query)?.get("prefixPath") {
            None => Ok(status::routes(self.control.snapshot().routes())),
            Some(prefix) => Ok(status::routes([&self.control.route(&prefix.parse()?)?])),
        }
    }

    fn get(&self, query: &str) -> Result<Vec<u8>> {
        let query = Query::parse(query)?;
        let prefix: Prefix = query.required("prefixPath")?.parse()?;
        let target: Target = query.required("target")?.parse()?;
        let backend: Arc<Backend> = self.control.backend(&prefix, &target)?;
        Ok(wire::backend(&backend))
    }
}

impl Reply {
    /// The answer that reports an error.
    pub(crate) fn error(error: &Error) -> Self {
        Reply { status: error.kind().http_status(), allow: None, body: wire::error(error) }
    }
}

#[cfg(test)]
mod tests;
