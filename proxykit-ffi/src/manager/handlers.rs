use std::ffi::{c_char, c_void};

use super::pk_manager;
use crate::error::pk_error;
use crate::guard;
use crate::options::pk_handler_options;
use crate::ptr::{self, function};
use crate::request::pk_request;
use crate::status::pk_status;
use crate::userdata::{Userdata, pk_finaliser};

/// Answers a request, at once or later. The request is the handler's: pk_respond() answers it, pk_request_free() frees it,
/// both on whatever thread; userdata is what was given to pk_handle().
///
/// It must not throw: an exception that leaves it ends the process.
pub type pk_handler = Option<unsafe extern "C-unwind" fn(request: *mut pk_request, userdata: *mut c_void)>;

/// Adds a route whose requests the host answers itself, beside those that have backends, on the same listener. The prefix
/// is as in pk_add_route(); pk_remove_route() removes the route, and requests in progress finish. NULL for options: the
/// defaults.
///
/// The handler is called on threads of its own (proxykit-handler-N, as many as the manager's option handler_threads says),
/// with all signals blocked, by many of them at once. They exist from pk_start() to pk_stop() only. The handler may call the
/// library, but for pk_stop(), pk_wait(), pk_serve() and pk_manager_free(), which answer PK_ERR_WRONG_THREAD there. What
/// becomes of a request if it is late, or all threads are busy: docs/handlers.md.
///
/// pk_stop() waits for handlers until its deadline. A handler that has not returned by then is left behind on its thread,
/// and the library must stay loaded until it returns.
///
/// NULL for finaliser: userdata needs none. Otherwise it is called with userdata exactly once, when the route is gone and no
/// call of the handler runs any more, also if this function fails: on one of the handlers' threads while the manager is
/// started, else on the thread that removed the route or freed the manager.
///
/// Ownership: takes userdata, also if it fails; all else is copied. *error, if set, is the caller's: pk_error_free().
/// Threads: any thread, any time, also while serving.
/// Errors: PK_ERR_NULL_POINTER, PK_ERR_INVALID_UTF8, PK_ERR_INVALID_ARGUMENT (struct_size), PK_ERR_INVALID_PREFIX,
/// PK_ERR_INVALID_OPTION, PK_ERR_ROUTE_EXISTS, PK_ERR_FORKED.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pk_handle(
    manager: *mut pk_manager,
    prefix: *const c_char,
    options: *const pk_handler_options,
    handler: pk_handler,
    userdata: *mut c_void,
    finaliser: pk_finaliser,
    error: *mut *mut pk_error,
) -> pk_status {
    let userdata = Userdata::new(userdata, finaliser);
    // SAFETY: the header's rules for pointers are all that the helpers ask for.
    unsafe {
        guard::fallible(error, move || {
            let manager = pk_manager::of(manager)?;
            let prefix = ptr::text(prefix, "prefix")?;
            let options = pk_handler_options::read(options)?;
            let handler = function(handler, "handler")?;
            manager.handle(prefix, options, move |request, responder| {
                let request = Box::into_raw(Box::new(pk_request::new(request, responder)));
                // SAFETY: the header asks for a handler that may be called with its userdata on other threads.
                handler(request, userdata.pointer());
            })
        })
    }
}
