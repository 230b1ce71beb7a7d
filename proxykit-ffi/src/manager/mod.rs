mod routes;

mod backends;

mod handlers;

mod lifecycle;

mod totals;

mod manage;

mod events;

mod log;

pub use lifecycle::PK_FOREVER;

use std::ptr::null_mut;
use std::sync::Arc;
use std::time::Duration;

use proxykit_core::{Error, Manager};

use crate::error::pk_error;
use crate::guard;
use crate::options::pk_manager_options;
use crate::ptr::{self, Out};
use crate::status::pk_status;

/// A reverse proxy inside this process: its routes, its listeners, its threads. A process may have many.
///
/// Threads exist from pk_start() to pk_stop() only.
pub struct pk_manager(
    /// Shared with the calls in progress, so that one that still waits when the manager is freed returns safely.
    Arc<Manager>,
);

impl pk_manager {
    /// # Safety
    /// `pointer` is NULL or a manager that was not freed.
    unsafe fn of(pointer: *const pk_manager) -> Result<Arc<Manager>, Error> {
        // SAFETY: as this function's own.
        Ok(unsafe { ptr::reference(pointer, "manager")? }.0.clone())
    }
}

/// Makes a manager without routes. No thread, socket or file is made before pk_start(). NULL for options: the
/// defaults.
///
/// Ownership: the options are copied. *manager is the caller's: pk_manager_free(). *error, if set, too:
/// pk_error_free().
/// Threads: any thread, any time.
/// Errors: PK_ERR_NULL_POINTER, PK_ERR_INVALID_UTF8, PK_ERR_INVALID_ARGUMENT (struct_size), PK_ERR_INVALID_OPTION,
/// PK_ERR_INVALID_CERTIFICATE.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pk_manager_new(
    options: *const pk_manager_options,
    manager: *mut *mut pk_manager,
    error: *mut *mut pk_error,
) -> pk_status {
    // SAFETY: the header's rules for pointers are all that the helpers ask for.
    unsafe {
        guard::fallible(error, || {
            let out = Out::required(manager, "manager")?;
            let manager = Manager::new(pk_manager_options::read(options)?)?;
            out.set(Box::into_raw(Box::new(pk_manager(Arc::new(manager)))));
            Ok(())
        })
    }
}

/// Stops a manager at once, as pk_stop() with the deadline 0 does, and frees it. NULL does nothing.
///
/// Calls that wait in other threads (pk_wait(), pk_serve()) return; no other call may begin. If an error comes back,
/// the manager was not freed.
///
/// Ownership: takes the manager. Lists and replies that came from it stay valid.
/// Threads: any thread but the manager's own, any time, once.
/// Errors: PK_ERR_WRONG_THREAD (on one of the manager's own threads), PK_ERR_FORKED (in a child of the process that
/// started it; the memory is left alone there).
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pk_manager_free(manager: *mut pk_manager) -> pk_status {
    if manager.is_null() {
        return crate::status::PK_OK;
    }
    // SAFETY: the header requires a manager that was not freed.
    unsafe {
        guard::fallible(null_mut(), || {
            // Also the check: what cannot be stopped from here must not be dropped here, for dropping stops as well.
            pk_manager::of(manager)?.stop(Duration::ZERO)?;
            ptr::free(manager);
            Ok(())
        })
    }
}
