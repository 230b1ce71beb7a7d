use std::ffi::c_char;

use super::pk_manager;
use crate::error::pk_error;
use crate::guard;
use crate::options::pk_route_options;
use crate::ptr::{self, Out};
use crate::routes::pk_routes;
use crate::status::pk_status;

/// Adds a route for the paths that begin with a prefix, with its first backends. NULL for options: the defaults.
///
/// The prefix "/x" takes "/x" and "/x/...", and not "/xy"; the longest prefix wins. A target is
/// "http://HOST[:PORT][/BASE]", "https://…", "h2c://…" (HTTP/2 without TLS) or "unix:PATH".
/// NULL with targets_len 0 is a list of none. All is done, or nothing.
///
/// Ownership: everything is copied. *error, if set, is the caller's: pk_error_free().
/// Threads: any thread, any time, also while serving.
/// Errors: PK_ERR_NULL_POINTER, PK_ERR_INVALID_UTF8, PK_ERR_INVALID_ARGUMENT (struct_size), PK_ERR_INVALID_PREFIX,
/// PK_ERR_INVALID_TARGET, PK_ERR_INVALID_OPTION, PK_ERR_INVALID_CERTIFICATE, PK_ERR_ROUTE_EXISTS, PK_ERR_FORKED.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pk_add_route(
    manager: *mut pk_manager,
    prefix: *const c_char,
    targets: *const *const c_char,
    targets_len: usize,
    options: *const pk_route_options,
    error: *mut *mut pk_error,
) -> pk_status {
    // SAFETY: the header's rules for pointers are all that the helpers ask for.
    unsafe {
        guard::fallible(error, || {
            let manager = pk_manager::of(manager)?;
            let prefix = ptr::text(prefix, "prefix")?;
            let targets = ptr::texts(targets, targets_len, "targets")?;
            manager.add_route(prefix, targets, pk_route_options::read(options)?)
        })
    }
}

/// Removes a route with its backends. Requests in flight finish; later ones find no route.
///
/// Ownership: the prefix is copied. *error, if set, is the caller's: pk_error_free().
/// Threads: any thread, any time, also while serving.
/// Errors: PK_ERR_NULL_POINTER, PK_ERR_INVALID_UTF8, PK_ERR_INVALID_PREFIX, PK_ERR_ROUTE_NOT_FOUND, PK_ERR_FORKED.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pk_remove_route(
    manager: *mut pk_manager,
    prefix: *const c_char,
    error: *mut *mut pk_error,
) -> pk_status {
    // SAFETY: the header's rules for pointers are all that the helpers ask for.
    unsafe {
        guard::fallible(error, || {
            let manager = pk_manager::of(manager)?;
            manager.remove_route(ptr::text(prefix, "prefix")?)
        })
    }
}

/// Lists all routes with their backends, as they are at this moment, in the order of their prefixes.
///
/// Ownership: *routes is the caller's: pk_routes_free(). *error, if set, too: pk_error_free().
/// Threads: any thread, any time, also while serving.
/// Errors: PK_ERR_NULL_POINTER.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pk_list_routes(
    manager: *const pk_manager,
    routes: *mut *mut pk_routes,
    error: *mut *mut pk_error,
) -> pk_status {
    // SAFETY: the header's rules for pointers are all that the helpers ask for.
    unsafe {
        guard::fallible(error, || {
            let (manager, routes) = (pk_manager::of(manager)?, Out::required(routes, "routes")?);
            routes.set(Box::into_raw(Box::new(manager.routes().into())));
            Ok(())
        })
    }
}
