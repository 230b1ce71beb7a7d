use std::ffi::c_char;
use std::time::Duration;

use super::pk_manager;
use crate::error::pk_error;
use crate::guard;
use crate::ptr::{self, Out};
use crate::status::pk_status;
use crate::string::give;

/// The timeout of pk_wait() that never runs out.
pub const PK_FOREVER: u64 = u64::MAX;

/// Starts the threads and accepts connections at an address: "HOST:PORT" (port 0 for a free one, see pk_address()) or
/// "unix:PATH". Returns when connections are accepted. A manager is started once.
///
/// "fd:N" is a socket that listens already, TCP or unix, under the descriptor N; "systemd" or "systemd:NAME" is one that
/// systemd handed to the process. The descriptor stays its owner's, who may close it once this has returned: what is
/// accepted from is a copy, and as long as another one is open the socket goes on listening after pk_stop().
///
/// NULL for listen: without a listener, to run health checks and a management listener of its own alone.
///
/// Ownership: the address is copied. *error, if set, is the caller's: pk_error_free().
/// Threads: any thread, any time.
/// Errors: PK_ERR_NULL_POINTER, PK_ERR_INVALID_UTF8, PK_ERR_INVALID_ADDRESS, PK_ERR_ADDRESS_IN_USE,
/// PK_ERR_BIND_FAILED, PK_ERR_START_FAILED: nothing runs then, and it may be called again. PK_ERR_ALREADY_STARTED,
/// PK_ERR_STOPPED, PK_ERR_FORKED.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pk_start(
    manager: *mut pk_manager,
    listen: *const c_char,
    error: *mut *mut pk_error,
) -> pk_status {
    // SAFETY: the header's rules for pointers are all that the helpers ask for.
    unsafe {
        guard::fallible(error, || {
            let manager = pk_manager::of(manager)?;
            if listen.is_null() {
                return manager.start_without_listener();
            }
            manager.start(ptr::text(listen, "listen")?)
        })
    }
}

/// Starts as pk_start() does and waits until another thread stops the manager.
///
/// Ownership: the address is copied. *error, if set, is the caller's: pk_error_free().
/// Threads: any thread, any time. It sleeps until then.
/// Errors: as pk_start(), and PK_ERR_NULL_POINTER if listen is NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pk_serve(
    manager: *mut pk_manager,
    listen: *const c_char,
    error: *mut *mut pk_error,
) -> pk_status {
    // SAFETY: the header's rules for pointers are all that the helpers ask for.
    unsafe {
        guard::fallible(error, || {
            let manager = pk_manager::of(manager)?;
            manager.serve(ptr::text(listen, "listen")?)
        })
    }
}

/// Says where connections are accepted: "127.0.0.1:8080" or "unix:PATH". With port 0, the port that was given.
///
/// Ownership: *address is the caller's: pk_string_free(). *error, if set, too: pk_error_free().
/// Threads: any thread, any time.
/// Errors: PK_ERR_NULL_POINTER, PK_ERR_NOT_STARTED (also without a listener).
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pk_address(
    manager: *const pk_manager,
    address: *mut *mut c_char,
    error: *mut *mut pk_error,
) -> pk_status {
    // SAFETY: the header's rules for pointers are all that the helpers ask for.
    unsafe {
        guard::fallible(error, || {
            let (manager, address) = (pk_manager::of(manager)?, Out::required(address, "address")?);
            address.set(give(&manager.address()?));
            Ok(())
        })
    }
}

/// Says where the management API has a listener of its own, as pk_address() does.
///
/// Ownership: *address is the caller's: pk_string_free(). *error, if set, too: pk_error_free().
/// Threads: any thread, any time.
/// Errors: PK_ERR_NULL_POINTER, PK_ERR_NOT_STARTED (also if it has none).
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pk_management_address(
    manager: *const pk_manager,
    address: *mut *mut c_char,
    error: *mut *mut pk_error,
) -> pk_status {
    // SAFETY: the header's rules for pointers are all that the helpers ask for.
    unsafe {
        guard::fallible(error, || {
            let (manager, address) = (pk_manager::of(manager)?, Out::required(address, "address")?);
            address.set(give(&manager.management_address()?));
            Ok(())
        })
    }
}

/// Waits until the manager is stopped, or for so many milliseconds; PK_FOREVER waits without an end.
///
/// Ownership: reads the manager. *error, if set, is the caller's: pk_error_free().
/// Threads: any thread but the manager's own, any time, many at once.
/// Errors: PK_ERR_NULL_POINTER, PK_ERR_TIMED_OUT, PK_ERR_NOT_STARTED, PK_ERR_FORKED, PK_ERR_WRONG_THREAD.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pk_wait(
    manager: *const pk_manager,
    timeout_ms: u64,
    error: *mut *mut pk_error,
) -> pk_status {
    // SAFETY: the header's rules for pointers are all that the helpers ask for.
    unsafe {
        guard::fallible(error, || {
            let timeout = (timeout_ms != PK_FOREVER).then(|| Duration::from_millis(timeout_ms));
            pk_manager::of(manager)?.wait(timeout)
        })
    }
}

/// Stops: accepts no more connections, lets requests and tunnels finish for so many milliseconds, closes the rest, and
/// joins the threads. Says in *cut_off how many were closed; NULL for cut_off: that is not wanted.
///
/// May be called any number of times, also while another call stops: the earliest deadline counts. On a manager that
/// does not run it closes none, and the manager does not start afterwards.
///
/// Ownership: the manager stays the caller's. *error, if set, is too: pk_error_free().
/// Threads: any thread but the manager's own, any time. It may not be called in a signal handler.
/// Errors: PK_ERR_NULL_POINTER, PK_ERR_FORKED, PK_ERR_WRONG_THREAD.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pk_stop(
    manager: *mut pk_manager,
    deadline_ms: u64,
    cut_off: *mut usize,
    error: *mut *mut pk_error,
) -> pk_status {
    // SAFETY: the header's rules for pointers are all that the helpers ask for.
    unsafe {
        guard::fallible(error, || {
            let (manager, cut_off) = (pk_manager::of(manager)?, Out::optional(cut_off, "cut_off")?);
            let count = manager.stop(Duration::from_millis(deadline_ms))?;
            if let Some(cut_off) = cut_off {
                cut_off.set(count);
            }
            Ok(())
        })
    }
}

/// Reads the files of the options tls_certificates, tls_keys and client_ca again. New connections use what they hold now;
/// those that stand go on with what they began with. Without certificates there is nothing to do.
///
/// Ownership: *error, if set, is the caller's: pk_error_free().
/// Threads: any thread, any time. It waits for the disk.
/// Errors: PK_ERR_NULL_POINTER, PK_ERR_FORKED, PK_ERR_INVALID_CERTIFICATE: all that was in force stays so.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pk_manager_reload_certificates(
    manager: *mut pk_manager,
    error: *mut *mut pk_error,
) -> pk_status {
    // SAFETY: the header's rules for pointers are all that the helpers ask for.
    unsafe { guard::fallible(error, || pk_manager::of(manager)?.reload_certificates()) }
}
