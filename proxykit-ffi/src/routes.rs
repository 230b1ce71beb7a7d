use std::ffi::{CString, c_char};

use proxykit_core::{Counters, RouteStatus};

use crate::backends::{past_the_end, pk_backends};
use crate::counters::pk_counters;
use crate::error::pk_error;
use crate::guard;
use crate::options::pk_bool;
use crate::ptr;
use crate::status::pk_status;
use crate::string::c_string;
use crate::versioned::{self, versioned};

/// The routes of a manager as they were at the moment of asking, in the order of their prefixes.
pub struct pk_routes {
    routes: Vec<Route>,
}

struct Route {
    prefix: CString,
    balancer: u32,
    backends: pk_backends,
    is_handler: bool,
    counters: Counters,
}

/// One route of a list. Set struct_size to sizeof(pk_route) before pk_routes_get() fills in the rest.
#[derive(Clone, Copy)]
#[repr(C)]
pub struct pk_route {
    /// sizeof(pk_route), set by the caller.
    pub struct_size: usize,
    /// The prefix in its normal form; the text belongs to the list.
    pub prefix: *const c_char,
    /// How a backend is picked, a PK_BALANCER_ number.
    pub balancer: u32,
    /// The route's backends; they belong to the list.
    pub backends: *const pk_backends,
    /// Whether the host answers its requests itself (pk_handle()); it has no backends then.
    pub is_handler: pk_bool,
}

versioned! { pk_route { struct_size, prefix, balancer, backends, is_handler } }

impl From<Vec<RouteStatus>> for pk_routes {
    fn from(routes: Vec<RouteStatus>) -> Self {
        pk_routes { routes: routes.into_iter().map(Route::from).collect() }
    }
}

impl From<RouteStatus> for Route {
    fn from(status: RouteStatus) -> Self {
        Route {
            prefix: c_string(&status.prefix),
            balancer: status.balancer as u32,
            backends: status.backends.into(),
            is_handler: status.is_handler,
            counters: status.counters,
        }
    }
}

/// How many routes a list has. 0 for NULL.
///
/// Ownership: reads the list.
/// Threads: any thread, any time.
/// Errors: none.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pk_routes_len(routes: *const pk_routes) -> usize {
    // SAFETY: the header requires NULL or a list that was not freed.
    guard::infallible(0, || unsafe { ptr::reference(routes, "routes") }.map_or(0, |list| list.routes.len()))
}

/// Fills in the route at an index, from 0.
///
/// Ownership: what *route points to belongs to the list. *error, if set, is the caller's: pk_error_free().
/// Threads: any thread, any time.
/// Errors: PK_ERR_NULL_POINTER; PK_ERR_INVALID_ARGUMENT (an index past the end, a struct_size that no version has).
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pk_routes_get(
    routes: *const pk_routes,
    index: usize,
    route: *mut pk_route,
    error: *mut *mut pk_error,
) -> pk_status {
    // SAFETY: the header's rules for pointers are all that the helpers ask for.
    unsafe {
        guard::fallible(error, || {
            let list = &ptr::reference(routes, "routes")?.routes;
            let struct_size = versioned::size_of_callers(route, "route")?;
            let Route { prefix, balancer, backends, is_handler, .. } =
                list.get(index).ok_or_else(|| past_the_end(index, list.len()))?;
            let (prefix, balancer, is_handler) = (prefix.as_ptr(), *balancer, (*is_handler).into());
            let filled = pk_route { struct_size, prefix, balancer, backends, is_handler };
            versioned::write(route, struct_size, &filled);
            Ok(())
        })
    }
}

/// Fills in what was counted of the route at an index, from 0, since it was added, also at backends that it has no more.
///
/// Ownership: *counters is the caller's. *error, if set, too: pk_error_free().
/// Threads: any thread, any time.
/// Errors: PK_ERR_NULL_POINTER; PK_ERR_INVALID_ARGUMENT (an index past the end, a struct_size that no version has).
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pk_routes_counters(
    routes: *const pk_routes,
    index: usize,
    counters: *mut pk_counters,
    error: *mut *mut pk_error,
) -> pk_status {
    // SAFETY: the header's rules for pointers are all that the helpers ask for.
    unsafe {
        guard::fallible(error, || {
            let list = &ptr::reference(routes, "routes")?.routes;
            let struct_size = versioned::size_of_callers(counters, "counters")?;
            let found = list.get(index).ok_or_else(|| past_the_end(index, list.len()))?;
            versioned::write(counters, struct_size, &pk_counters::of(&found.counters, struct_size));
            Ok(())
        })
    }
}

/// Frees a list of routes. NULL does nothing.
///
/// Ownership: takes the list, its texts and its lists of backends; they must not be used again.
/// Threads: any thread, any time.
/// Errors: none.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pk_routes_free(routes: *mut pk_routes) {
    // SAFETY: the header requires NULL or a list that was not freed.
    guard::infallible((), || unsafe { ptr::free(routes) });
}
