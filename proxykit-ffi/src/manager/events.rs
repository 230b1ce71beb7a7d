use std::ffi::c_void;

use proxykit_core::Event;

use super::pk_manager;
use crate::error::pk_error;
use crate::event::pk_event;
use crate::events::pk_events;
use crate::guard;
use crate::ptr::{Out, function};
use crate::status::pk_status;
use crate::userdata::{Userdata, pk_finaliser};

/// Hears an event. The event and its texts are valid during the call; userdata is what was given to pk_on_event().
///
/// It must not throw: an exception that leaves it ends the process, as one does that leaves a thread's function.
pub type pk_event_callback =
    Option<unsafe extern "C-unwind" fn(event: *const pk_event, userdata: *mut c_void)>;

/// Has callback called for each event from here on, on a thread of its own (proxykit-events), which exists from
/// pk_start() to pk_stop() only: what happens before waits for it, as in a pk_events. Each callback has its own thread,
/// with all signals blocked.
///
/// The callback may call the library, but for pk_stop(), pk_wait(), pk_serve() and pk_manager_free(), which answer
/// PK_ERR_WRONG_THREAD there. It may take its time: nothing waits for it but pk_stop(), which returns behind the call with
/// PK_EVENT_STOPPED, or a second after its deadline if the callback does not come to an end; the thread is then left to
/// itself, and the library must stay loaded.
///
/// NULL for finaliser: userdata needs none. Otherwise it is called with userdata exactly once: behind the last call of
/// callback on its thread; when the manager is stopped or freed without having run; or, if this function fails, before it
/// returns.
///
/// Ownership: takes userdata, also if it fails. *error, if set, is the caller's: pk_error_free().
/// Threads: any thread, any time.
/// Errors: PK_ERR_NULL_POINTER, PK_ERR_STOPPED (also while it stops), PK_ERR_START_FAILED, PK_ERR_FORKED.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pk_on_event(
    manager: *mut pk_manager,
    callback: pk_event_callback,
    userdata: *mut c_void,
    finaliser: pk_finaliser,
    error: *mut *mut pk_error,
) -> pk_status {
    let userdata = Userdata::new(userdata, finaliser);
    // SAFETY: the header's rules for pointers are all that the helpers ask for.
    unsafe {
        guard::fallible(error, move || {
            let callback = function(callback, "callback")?;
            pk_manager::of(manager)?.on_event(move |event: &Event| {
                let event = pk_event::from(event);
                // SAFETY: the header asks for a callback that may be called with its userdata on another thread.
                callback(&raw const event, userdata.pointer());
            })
        })
    }
}

/// Subscribes to what happens from here on. May be called before pk_start() and while the manager runs, any number of
/// times; each subscription hears all.
///
/// Ownership: *events is the caller's: pk_events_free(). *error, if set, too: pk_error_free().
/// Threads: any thread, any time.
/// Errors: PK_ERR_NULL_POINTER, PK_ERR_FORKED.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pk_events_open(
    manager: *mut pk_manager,
    events: *mut *mut pk_events,
    error: *mut *mut pk_error,
) -> pk_status {
    // SAFETY: the header's rules for pointers are all that the helpers ask for.
    unsafe {
        guard::fallible(error, || {
            let (manager, events) = (pk_manager::of(manager)?, Out::required(events, "events")?);
            events.set(Box::into_raw(Box::new(pk_events(manager.events()?))));
            Ok(())
        })
    }
}
