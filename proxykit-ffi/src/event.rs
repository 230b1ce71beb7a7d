use std::ffi::{CStr, CString, c_char};
use std::ptr::null;

use proxykit_core::{Event, EventKind};

use crate::guard;
use crate::ptr;
use crate::string::c_string;

/// The threads run, and connections are accepted at pk_event_address(), if there is a listener.
pub const PK_EVENT_STARTED: u32 = 1;
/// All threads have ended; pk_event_count() requests and tunnels were cut off. It is the last event.
pub const PK_EVENT_STOPPED: u32 = 2;
/// A route came; its first backends follow, each with an event of its own.
pub const PK_EVENT_ROUTE_ADDED: u32 = 3;
/// A route went, behind its backends.
pub const PK_EVENT_ROUTE_REMOVED: u32 = 4;
/// A backend came. It counts as healthy until a check says otherwise.
pub const PK_EVENT_BACKEND_ADDED: u32 = 5;
/// A backend went. Nothing more is told of its health.
pub const PK_EVENT_BACKEND_REMOVED: u32 = 6;
/// A backend answers its checks again.
pub const PK_EVENT_BACKEND_HEALTHY: u32 = 7;
/// A backend has failed its checks; pk_event_message() says how the last one failed.
pub const PK_EVENT_BACKEND_UNHEALTHY: u32 = 8;
/// The files of certificates and keys were read again, and are in force.
pub const PK_EVENT_CERTIFICATES_RELOADED: u32 = 9;
/// The files could not be used, for what pk_event_message() says; those before them stay in force.
pub const PK_EVENT_CERTIFICATES_REFUSED: u32 = 10;
/// The subscriber did not keep up: pk_event_count() events that would stand here are lost.
pub const PK_EVENT_EVENTS_LOST: u32 = 11;

// The core's numbers; a difference does not compile.
const _: () = {
    assert!(EventKind::Started as u32 == PK_EVENT_STARTED);
    assert!(EventKind::Stopped as u32 == PK_EVENT_STOPPED);
    assert!(EventKind::RouteAdded as u32 == PK_EVENT_ROUTE_ADDED);
    assert!(EventKind::RouteRemoved as u32 == PK_EVENT_ROUTE_REMOVED);
    assert!(EventKind::BackendAdded as u32 == PK_EVENT_BACKEND_ADDED);
    assert!(EventKind::BackendRemoved as u32 == PK_EVENT_BACKEND_REMOVED);
    assert!(EventKind::BackendHealthy as u32 == PK_EVENT_BACKEND_HEALTHY);
    assert!(EventKind::BackendUnhealthy as u32 == PK_EVENT_BACKEND_UNHEALTHY);
    assert!(EventKind::CertificatesReloaded as u32 == PK_EVENT_CERTIFICATES_RELOADED);
    assert!(EventKind::CertificatesRefused as u32 == PK_EVENT_CERTIFICATES_REFUSED);
    assert!(EventKind::EventsLost as u32 == PK_EVENT_EVENTS_LOST);
    assert!(EventKind::ALL.len() == 11);
};

/// Something that has happened in a manager.
pub struct pk_event {
    kind: u32,
    name: CString,
    prefix: Option<CString>,
    target: Option<CString>,
    address: Option<CString>,
    message: Option<CString>,
    count: u64,
}

impl From<&Event> for pk_event {
    fn from(event: &Event) -> Self {
        pk_event {
            kind: event.kind as u32,
            name: c_string(event.kind.name()),
            prefix: event.prefix.as_ref().map(|prefix| c_string(prefix.as_str())),
            target: event.target.as_ref().map(|target| c_string(target.as_str())),
            address: event.address.as_deref().map(c_string),
            message: event.message.as_deref().map(c_string),
            count: event.count.unwrap_or_default(),
        }
    }
}

/// What has happened, a PK_EVENT_ number. Later versions may have more of them. 0 for NULL.
///
/// Ownership: reads the event.
/// Threads: any thread, any time.
/// Errors: none.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pk_event_kind(event: *const pk_event) -> u32 {
    // SAFETY: the header requires NULL or an event that was not freed.
    guard::infallible(0, || unsafe { ptr::reference(event, "event") }.map_or(0, |event| event.kind))
}

/// The name of what has happened, the same in every language: "route_added". An empty text for NULL.
///
/// Ownership: the text belongs to the event.
/// Threads: any thread, any time.
/// Errors: none.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pk_event_name(event: *const pk_event) -> *const c_char {
    const NOTHING: &CStr = c"";
    guard::infallible(NOTHING.as_ptr(), || {
        // SAFETY: the header requires NULL or an event that was not freed.
        unsafe { ptr::reference(event, "event") }.map_or(NOTHING, |event| &event.name).as_ptr()
    })
}

/// The prefix of the route that it happened to, or to a backend of which. NULL if it speaks of none.
///
/// Ownership: the text belongs to the event.
/// Threads: any thread, any time.
/// Errors: none.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pk_event_prefix(event: *const pk_event) -> *const c_char {
    // SAFETY: the header requires NULL or an event that was not freed.
    unsafe { text(event, |event| event.prefix.as_deref()) }
}

/// The target of the backend that it happened to. NULL if it speaks of none.
///
/// Ownership: the text belongs to the event.
/// Threads: any thread, any time.
/// Errors: none.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pk_event_target(event: *const pk_event) -> *const c_char {
    // SAFETY: the header requires NULL or an event that was not freed.
    unsafe { text(event, |event| event.target.as_deref()) }
}

/// Where connections are accepted, of PK_EVENT_STARTED, as pk_address() says. NULL if there is no listener.
///
/// Ownership: the text belongs to the event.
/// Threads: any thread, any time.
/// Errors: none.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pk_event_address(event: *const pk_event) -> *const c_char {
    // SAFETY: the header requires NULL or an event that was not freed.
    unsafe { text(event, |event| event.address.as_deref()) }
}

/// Why it has happened, in words for people. NULL if there is nothing to say.
///
/// Ownership: the text belongs to the event.
/// Threads: any thread, any time.
/// Errors: none.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pk_event_message(event: *const pk_event) -> *const c_char {
    // SAFETY: the header requires NULL or an event that was not freed.
    unsafe { text(event, |event| event.message.as_deref()) }
}

/// How many, of PK_EVENT_STOPPED and PK_EVENT_EVENTS_LOST. 0 for others, and for NULL.
///
/// Ownership: reads the event.
/// Threads: any thread, any time.
/// Errors: none.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pk_event_count(event: *const pk_event) -> u64 {
    // SAFETY: the header requires NULL or an event that was not freed.
    guard::infallible(0, || unsafe { ptr::reference(event, "event") }.map_or(0, |event| event.count))
}

/// Frees an event that pk_events_next() gave. NULL does nothing.
///
/// Ownership: takes the event and its texts; they must not be used again. The event of a pk_event_callback is not the
/// caller's.
/// Threads: any thread, any time.
/// Errors: none.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pk_event_free(event: *mut pk_event) {
    // SAFETY: the header requires NULL or an event that was not freed.
    guard::infallible((), || unsafe { ptr::free(event) });
}

/// # Safety
/// `event` is NULL or an event that was not freed.
unsafe fn text(event: *const pk_event, field: fn(&pk_event) -> Option<&CStr>) -> *const c_char {
    guard::infallible(null(), || {
        // SAFETY: as this function's own.
        let event = unsafe { ptr::reference(event, "event") }.ok();
        event.and_then(field).map_or(null(), CStr::as_ptr)
    })
}
