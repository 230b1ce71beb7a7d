use std::ffi::c_int;
use std::time::Duration;

use proxykit_core::{Error, Events};

use crate::error::pk_error;
use crate::event::pk_event;
use crate::guard;
use crate::manager::PK_FOREVER;
use crate::ptr::{self, Out};
use crate::status::pk_status;

/// A subscription to what happens in a manager, from pk_events_open() on. Up to 1,024 events wait in it; what comes when so
/// many wait is lost, and PK_EVENT_EVENTS_LOST stands in its place.
pub struct pk_events(pub(crate) Events);

/// Takes the next event, and waits for it for so many milliseconds; 0 does not wait, PK_FOREVER waits without an end.
///
/// Behind the last event, PK_EVENT_STOPPED, the answer is PK_ERR_STOPPED.
///
/// Ownership: *event is the caller's: pk_event_free(). *error, if set, too: pk_error_free().
/// Threads: any thread, any time, many at once: each event goes to one of them.
/// Errors: PK_ERR_NULL_POINTER, PK_ERR_TIMED_OUT, PK_ERR_STOPPED, PK_ERR_FORKED (in a child of the process that subscribed).
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pk_events_next(
    events: *mut pk_events,
    timeout_ms: u64,
    event: *mut *mut pk_event,
    error: *mut *mut pk_error,
) -> pk_status {
    // SAFETY: the header's rules for pointers are all that the helpers ask for.
    unsafe {
        guard::fallible(error, || {
            let (events, event) = (ptr::reference(events, "events")?, Out::required(event, "event")?);
            let timeout = (timeout_ms != PK_FOREVER).then(|| Duration::from_millis(timeout_ms));
            let next = pk_event::from(&events.0.next(timeout)?);
            event.set(Box::into_raw(Box::new(next)));
            Ok(())
        })
    }
}

/// Gives a descriptor for hosts that have an event loop (poll(), epoll, kqueue): it is readable as long as
/// pk_events_next() would return at once, behind the last event for ever. Only look at it; what there is to read is taken
/// out by pk_events_next(). It does not block, and is closed when another program is executed.
///
/// Ownership: the descriptor belongs to the subscription, which closes it; the first call makes it. *error, if set, is the
/// caller's: pk_error_free().
/// Threads: any thread, any time.
/// Errors: PK_ERR_NULL_POINTER, PK_ERR_START_FAILED (the system gives no descriptor), PK_ERR_FORKED.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pk_events_fd(
    events: *mut pk_events,
    fd: *mut c_int,
    error: *mut *mut pk_error,
) -> pk_status {
    // SAFETY: the header's rules for pointers are all that the helpers ask for.
    unsafe {
        guard::fallible(error, || {
            let (events, fd) = (ptr::reference(events, "events")?, Out::required(fd, "fd")?);
            fd.set(number(&events.0)?);
            Ok(())
        })
    }
}

/// Ends a subscription. NULL does nothing.
///
/// Ownership: takes the subscription, which must not be in use, with its descriptor and the events that wait in it. Events
/// that were taken out stay valid.
/// Threads: any thread, any time, before or after the manager is freed.
/// Errors: none.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pk_events_free(events: *mut pk_events) {
    // SAFETY: the header requires NULL or a subscription that was not freed.
    guard::infallible((), || unsafe { ptr::free(events) });
}

#[cfg(unix)]
fn number(events: &Events) -> Result<c_int, Error> {
    use std::os::fd::AsRawFd;
    events.descriptor().map(|descriptor| descriptor.as_raw_fd())
}

#[cfg(not(unix))]
fn number(_: &Events) -> Result<c_int, Error> {
    Err(Error::new(proxykit_core::ErrorKind::StartFailed, "this system has no descriptors"))
}
