use std::fmt;
use std::str::FromStr;

use super::queue::Entry;
use super::{Event, EventKind};
use crate::error::{Error, ErrorKind, Result};

/// How much a record of the log matters. A callback gets those of its level and the levels before it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
#[repr(u32)]
pub enum LogLevel {
    /// Something of the proxy's own does not work.
    Error = 1,
    /// Somebody should look: a backend fails its checks, a stop has cut requests off, a call of the management API came from who
    /// may not call, a handler failed.
    Warn = 2,
    /// What has changed: start and stop, routes and backends, health, certificates.
    Info = 3,
    /// What went wrong with single requests: attempts that failed, and answers of the proxy's own.
    Debug = 4,
}

/// A line of the log.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct LogRecord {
    /// How much it matters.
    pub level: LogLevel,
    /// What it speaks of: `lifecycle`, `routes`, `health`, `certificates`, `management`, `handlers`, `requests`, or `log`.
    pub category: &'static str,
    /// What has happened, to what, and why, on one line for people. Its words may change from version to version.
    pub message: String,
    /// The event that it tells of, if it tells of one.
    pub event: Option<Event>,
}

impl LogLevel {
    /// Every level, from the one that matters most.
    pub const ALL: [LogLevel; 4] = [LogLevel::Error, LogLevel::Warn, LogLevel::Info, LogLevel::Debug];

    /// The name that users meet: `warn`.
    pub const fn name(self) -> &'static str {
        match self {
            LogLevel::Error => "error",
            LogLevel::Warn => "warn",
            LogLevel::Info => "info",
            LogLevel::Debug => "debug",
        }
    }
}

impl FromStr for LogLevel {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        LogLevel::ALL.into_iter().find(|level| level.name() == text).ok_or_else(|| {
            let names = LogLevel::ALL.map(LogLevel::name).join(", ");
            Error::new(
                ErrorKind::InvalidArgument,
                format!("invalid argument level={text:?}: it must be one of {names}"),
            )
        })
    }
}

impl fmt::Display for LogLevel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl LogRecord {
    pub(crate) fn new(level: LogLevel, category: &'static str, message: impl Into<String>) -> Self {
        let mut message = message.into();
        // A cause that somebody else has worded must not begin a line that looks like one of ours.
        if message.contains(char::is_control) {
            message = message.replace(char::is_control, " ");
        }
        LogRecord { level, category, message, event: None }
    }
}

/// What is told of an event, in words.
impl From<&Event> for LogRecord {
    fn from(event: &Event) -> Self {
        let (level, category) = match event.kind {
            // Requests that were cut off have ended badly for somebody.
            EventKind::Stopped if event.count > Some(0) => (LogLevel::Warn, "lifecycle"),
            EventKind::Started | EventKind::Stopped => (LogLevel::Info, "lifecycle"),
            EventKind::RouteAdded
            | EventKind::RouteRemoved
            | EventKind::BackendAdded
            | EventKind::BackendRemoved => (LogLevel::Info, "routes"),
            EventKind::BackendHealthy => (LogLevel::Info, "health"),
            EventKind::BackendUnhealthy => (LogLevel::Warn, "health"),
            EventKind::CertificatesReloaded => (LogLevel::Info, "certificates"),
            EventKind::CertificatesRefused => (LogLevel::Warn, "certificates"),
            EventKind::EventsLost => (LogLevel::Warn, "log"),
        };
        LogRecord { event: Some(event.clone()), ..LogRecord::new(level, category, event.to_string()) }
    }
}

impl Entry for LogRecord {
    fn lost(count: u64) -> Self {
        LogRecord::new(LogLevel::Warn, "log", format!("records lost: {count}"))
    }
}
