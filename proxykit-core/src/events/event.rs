use std::fmt;

use super::queue::Entry;
use crate::config::{Prefix, Target};

/// Lists the kinds once; all that is said about a kind is derived from its line.
macro_rules! kinds {
    ($($(#[$doc:meta])* $variant:ident = $code:literal, $name:literal;)*) => {
        /// What has happened: a stable number and a stable name, which are the same in every language.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        #[non_exhaustive]
        #[repr(u32)]
        pub enum EventKind { $($(#[$doc])* $variant = $code,)* }

        impl EventKind {
            /// Every kind, in the order of their numbers.
            pub const ALL: &[EventKind] = &[$(EventKind::$variant,)*];

            /// The name that users meet: `route_added`.
            pub const fn name(self) -> &'static str {
                match self { $(EventKind::$variant => $name,)* }
            }
        }
    };
}

kinds! {
    /// The threads run, and connections are accepted at `address`, if there is a listener.
    Started = 1, "started";
    /// All threads have ended; `count` requests and tunnels were cut off. It is the last event.
    Stopped = 2, "stopped";
    /// A route came; its first backends follow, each with an event of its own.
    RouteAdded = 3, "route_added";
    /// A route went, behind its backends.
    RouteRemoved = 4, "route_removed";
    /// A backend came. It counts as healthy until a check says otherwise.
    BackendAdded = 5, "backend_added";
    /// A backend went. Nothing more is told of its health.
    BackendRemoved = 6, "backend_removed";
    /// A backend answers its checks again.
    BackendHealthy = 7, "backend_healthy";
    /// A backend has failed its checks; `message` says how the last one failed.
    BackendUnhealthy = 8, "backend_unhealthy";
    /// The files of certificates and keys were read again, and are in force.
    CertificatesReloaded = 9, "certificates_reloaded";
    /// The files could not be used, for what `message` says; those before them stay in force.
    CertificatesRefused = 10, "certificates_refused";
    /// The subscriber did not keep up: `count` events that would stand here are lost.
    EventsLost = 11, "events_lost";
}

/// Something that has happened in a manager. Fields that its kind does not speak of are empty.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Event {
    /// What has happened.
    pub kind: EventKind,
    /// The route that it happened to, or to a backend of which.
    pub prefix: Option<Prefix>,
    /// The backend that it happened to.
    pub target: Option<Target>,
    /// Where connections are accepted, as [`crate::Manager::address`] says.
    pub address: Option<String>,
    /// Why, in words for people.
    pub message: Option<String>,
    /// Of [`EventKind::Stopped`] and [`EventKind::EventsLost`]: how many.
    pub count: Option<u64>,
}

impl Event {
    fn new(kind: EventKind) -> Self {
        Event { kind, prefix: None, target: None, address: None, message: None, count: None }
    }

    pub(crate) fn started(address: Option<String>) -> Self {
        Event { address, ..Event::new(EventKind::Started) }
    }

    pub(crate) fn stopped(cut_off: usize) -> Self {
        Event { count: Some(cut_off as u64), ..Event::new(EventKind::Stopped) }
    }

    /// Something that happened to a route.
    pub(crate) fn of_route(kind: EventKind, prefix: &Prefix) -> Self {
        Event { prefix: Some(prefix.clone()), ..Event::new(kind) }
    }

    /// Something that happened to a backend of a route.
    pub(crate) fn of_backend(kind: EventKind, prefix: &Prefix, target: &Target) -> Self {
        Event { target: Some(target.clone()), ..Event::of_route(kind, prefix) }
    }

    pub(crate) fn certificates_reloaded() -> Self {
        Event::new(EventKind::CertificatesReloaded)
    }

    pub(crate) fn certificates_refused(message: String) -> Self {
        Event::new(EventKind::CertificatesRefused).because(Some(message))
    }

    pub(crate) fn because(self, message: Option<String>) -> Self {
        Event { message, ..self }
    }
}

impl Entry for Event {
    fn lost(count: u64) -> Self {
        Event { count: Some(count), ..Event::new(EventKind::EventsLost) }
    }
}

/// On one line for people: what has happened, to what, and why. All logs say the same.
impl fmt::Display for Event {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.kind.name().replace('_', " "))?;
        let (prefix, target) =
            (self.prefix.as_ref().map(Prefix::as_str), self.target.as_ref().map(Target::as_str));
        let about = [prefix, target, self.address.as_deref(), self.message.as_deref()];
        about.into_iter().flatten().try_for_each(|text| write!(f, ": {text}"))?;
        match (self.kind, self.count) {
            (_, None) => Ok(()),
            (EventKind::Stopped, Some(count)) => write!(f, ": {count} cut off"),
            (_, Some(count)) => write!(f, ": {count}"),
        }
    }
}
