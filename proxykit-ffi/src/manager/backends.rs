use std::ffi::c_char;

use super::pk_manager;
use crate::backends::pk_backends;
use crate::error::pk_error;
use crate::guard;
use crate::options::pk_health_check;
use crate::ptr::{self, Out};
use crate::status::pk_status;

/// Adds backends to a route. All are added, or none; those that the route has already are left as they are.
///
/// NULL for health_check: the new backends are checked as the route's. NULL for added: the number of new backends is
/// not wanted.
///
/// Ownership: everything is copied. *error, if set, is the caller's: pk_error_free().
/// Threads: any thread, any time, also while serving.
/// Errors: PK_ERR_NULL_POINTER, PK_ERR_INVALID_UTF8, PK_ERR_INVALID_ARGUMENT (struct_size), PK_ERR_INVALID_PREFIX,
/// PK_ERR_INVALID_TARGET, PK_ERR_INVALID_OPTION, PK_ERR_INVALID_CERTIFICATE, PK_ERR_ROUTE_NOT_FOUND,
/// PK_ERR_ROUTE_IS_HANDLER, PK_ERR_FORKED.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pk_add_backends(
    manager: *mut pk_manager,
    prefix: *const c_char,
    targets: *const *const c_char,
    targets_len: usize,
    health_check: *const pk_health_check,
    added: *mut usize,
    error: *mut *mut pk_error,
) -> pk_status {
    // SAFETY: the header's rules for pointers are all that the helpers ask for.
    unsafe {
        guard::fallible(error, || {
            let manager = pk_manager::of(manager)?;
            let prefix = ptr::text(prefix, "prefix")?;
            let targets = ptr::texts(targets, targets_len, "targets")?;
            let health_check = pk_health_check::read(health_check)?;
            let added = Out::optional(added, "added")?;
            let count = manager.add_backends(prefix, targets, health_check)?;
            if let Some(added) = added {
                added.set(count);
            }
            Ok(())
        })
    }
}

/// Removes backends from a route. All that the route has are removed, the others are not counted. Requests in flight
/// finish. NULL for removed: the number is not wanted.
///
/// Ownership: everything is copied. *error, if set, is the caller's: pk_error_free().
/// Threads: any thread, any time, also while serving.
/// Errors: PK_ERR_NULL_POINTER, PK_ERR_INVALID_UTF8, PK_ERR_INVALID_PREFIX, PK_ERR_INVALID_TARGET,
/// PK_ERR_ROUTE_NOT_FOUND, PK_ERR_ROUTE_IS_HANDLER, PK_ERR_FORKED. Nothing was removed then.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pk_remove_backends(
    manager: *mut pk_manager,
    prefix: *const c_char,
    targets: *const *const c_char,
    targets_len: usize,
    removed: *mut usize,
    error: *mut *mut pk_error,
) -> pk_status {
    // SAFETY: the header's rules for pointers are all that the helpers ask for.
    unsafe {
        guard::fallible(error, || {
            let manager = pk_manager::of(manager)?;
            let prefix = ptr::text(prefix, "prefix")?;
            let targets = ptr::texts(targets, targets_len, "targets")?;
            let removed = Out::optional(removed, "removed")?;
            let count = manager.remove_backends(prefix, targets)?;
            if let Some(removed) = removed {
                removed.set(count);
            }
            Ok(())
        })
    }
}

/// Lists the backends of a route as they are at this moment, in the order in which they were added.
///
/// Ownership: *backends is the caller's: pk_backends_free(). *error, if set, too: pk_error_free().
/// Threads: any thread, any time, also while serving.
/// Errors: PK_ERR_NULL_POINTER, PK_ERR_INVALID_UTF8, PK_ERR_INVALID_PREFIX, PK_ERR_ROUTE_NOT_FOUND.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pk_list_backends(
    manager: *const pk_manager,
    prefix: *const c_char,
    backends: *mut *mut pk_backends,
    error: *mut *mut pk_error,
) -> pk_status {
    // SAFETY: the header's rules for pointers are all that the helpers ask for.
    unsafe {
        guard::fallible(error, || {
            let manager = pk_manager::of(manager)?;
            let prefix = ptr::text(prefix, "prefix")?;
            let backends = Out::required(backends, "backends")?;
            backends.set(Box::into_raw(Box::new(manager.list_backends(prefix)?.into())));
            Ok(())
        })
    }
}

/// Looks up one backend of a route as it is at this moment, and gives it as a list of one.
///
/// Ownership: *backends is the caller's: pk_backends_free(). *error, if set, too: pk_error_free().
/// Threads: any thread, any time, also while serving.
/// Errors: PK_ERR_NULL_POINTER, PK_ERR_INVALID_UTF8, PK_ERR_INVALID_PREFIX, PK_ERR_INVALID_TARGET,
/// PK_ERR_ROUTE_NOT_FOUND, PK_ERR_BACKEND_NOT_FOUND.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pk_get_backend(
    manager: *const pk_manager,
    prefix: *const c_char,
    target: *const c_char,
    backends: *mut *mut pk_backends,
    error: *mut *mut pk_error,
) -> pk_status {
    // SAFETY: the header's rules for pointers are all that the helpers ask for.
    unsafe {
        guard::fallible(error, || {
            let manager = pk_manager::of(manager)?;
            let (prefix, target) = (ptr::text(prefix, "prefix")?, ptr::text(target, "target")?);
            let backends = Out::required(backends, "backends")?;
            let backend = manager.get_backend(prefix, target)?;
            backends.set(Box::into_raw(Box::new(vec![backend].into())));
            Ok(())
        })
    }
}

/// Reports how loaded a backend is, for routes with PK_BALANCER_LEAST_LOAD: any figure from 0 up, in a unit of the host's
/// own, which must be the same for all backends of a route. It stays until the next report; until the first it is 1.
///
/// A backend with twice the load of another gets half as many requests at a time. It may be called as often as there is
/// news: no request waits for it, and no function of the host's is called for a request.
///
/// Ownership: the texts are copied. *error, if set, is the caller's: pk_error_free().
/// Threads: any thread, any time, also while serving.
/// Errors: PK_ERR_NULL_POINTER, PK_ERR_INVALID_UTF8, PK_ERR_INVALID_PREFIX, PK_ERR_INVALID_TARGET,
/// PK_ERR_INVALID_ARGUMENT (a load below 0, or no number), PK_ERR_ROUTE_NOT_FOUND, PK_ERR_BACKEND_NOT_FOUND,
/// PK_ERR_FORKED.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pk_backend_report(
    manager: *mut pk_manager,
    prefix: *const c_char,
    target: *const c_char,
    load: f64,
    error: *mut *mut pk_error,
) -> pk_status {
    // SAFETY: the header's rules for pointers are all that the helpers ask for.
    unsafe {
        guard::fallible(error, || {
            let manager = pk_manager::of(manager)?;
            manager.report_load(ptr::text(prefix, "prefix")?, ptr::text(target, "target")?, load)
        })
    }
}
