use std::ffi::{CString, c_char};

use proxykit_core::{BackendStatus, Counters};

use crate::counters::pk_counters;
use crate::error::pk_error;
use crate::guard;
use crate::options::pk_bool;
use crate::ptr::{self, invalid};
use crate::status::pk_status;
use crate::string::c_string;
use crate::versioned::{self, versioned};

/// The backends of a route as they were at the moment of asking, in the order in which they were added.
pub struct pk_backends {
    backends: Vec<Backend>,
}

struct Backend {
    target: CString,
    healthy: bool,
    in_flight: usize,
    load: f64,
    counters: Counters,
}

/// One backend of a list. Set struct_size to sizeof(pk_backend) before pk_backends_get() fills in the rest.
#[derive(Clone, Copy)]
#[repr(C)]
pub struct pk_backend {
    /// sizeof(pk_backend), set by the caller.
    pub struct_size: usize,
    /// The target in its normal form; the text belongs to the list.
    pub target: *const c_char,
    /// What its checks say.
    pub healthy: pk_bool,
    /// How many requests and tunnels are in flight to it.
    pub in_flight: usize,
    /// What the host has reported of its load with pk_backend_report(): 1 until then.
    pub load: f64,
}

versioned! { pk_backend { struct_size, target, healthy, in_flight, load } }

impl From<Vec<BackendStatus>> for pk_backends {
    fn from(backends: Vec<BackendStatus>) -> Self {
        pk_backends { backends: backends.into_iter().map(Backend::from).collect() }
    }
}

impl From<BackendStatus> for Backend {
    fn from(status: BackendStatus) -> Self {
        let BackendStatus { target, healthy, in_flight, load, counters, .. } = status;
        Backend { target: c_string(&target), healthy, in_flight, load, counters }
    }
}

/// How many backends a list has. 0 for NULL.
///
/// Ownership: reads the list.
/// Threads: any thread, any time.
/// Errors: none.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pk_backends_len(backends: *const pk_backends) -> usize {
    guard::infallible(0, || {
        // SAFETY: the header requires NULL or a list that was not freed.
        unsafe { ptr::reference(backends, "backends") }.map_or(0, |list| list.backends.len())
    })
}

/// Fills in the backend at an index, from 0.
///
/// Ownership: the text in *backend belongs to the list. *error, if set, is the caller's: pk_error_free().
/// Threads: any thread, any time.
/// Errors: PK_ERR_NULL_POINTER; PK_ERR_INVALID_ARGUMENT (an index past the end, a struct_size that no version has).
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pk_backends_get(
    backends: *const pk_backends,
    index: usize,
    backend: *mut pk_backend,
    error: *mut *mut pk_error,
) -> pk_status {
    // SAFETY: the header's rules for pointers are all that the helpers ask for.
    unsafe {
        guard::fallible(error, || {
            let list = &ptr::reference(backends, "backends")?.backends;
            let struct_size = versioned::size_of_callers(backend, "backend")?;
            let found = list.get(index).ok_or_else(|| past_the_end(index, list.len()))?;
            let filled = pk_backend {
                struct_size,
                target: found.target.as_ptr(),
                healthy: found.healthy.into(),
                in_flight: found.in_flight,
                load: found.load,
            };
            versioned::write(backend, struct_size, &filled);
            Ok(())
        })
    }
}

/// Fills in what was counted of the backend at an index, from 0, since it was added.
///
/// Ownership: *counters is the caller's. *error, if set, too: pk_error_free().
/// Threads: any thread, any time.
/// Errors: PK_ERR_NULL_POINTER; PK_ERR_INVALID_ARGUMENT (an index past the end, a struct_size that no version has).
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pk_backends_counters(
    backends: *const pk_backends,
    index: usize,
    counters: *mut pk_counters,
    error: *mut *mut pk_error,
) -> pk_status {
    // SAFETY: the header's rules for pointers are all that the helpers ask for.
    unsafe {
        guard::fallible(error, || {
            let list = &ptr::reference(backends, "backends")?.backends;
            let struct_size = versioned::size_of_callers(counters, "counters")?;
            let found = list.get(index).ok_or_else(|| past_the_end(index, list.len()))?;
            versioned::write(counters, struct_size, &pk_counters::of(&found.counters, struct_size));
            Ok(())
        })
    }
}

/// Frees a list of backends. NULL does nothing.
///
/// Ownership: takes the list and its texts; they must not be used again. The list in a pk_route is not the caller's.
/// Threads: any thread, any time.
/// Errors: none.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pk_backends_free(backends: *mut pk_backends) {
    // SAFETY: the header requires NULL or a list that was not freed.
    guard::infallible((), || unsafe { ptr::free(backends) });
}

pub(crate) fn past_the_end(index: usize, len: usize) -> proxykit_core::Error {
    invalid(format_args!("index {index} is past the end: the list has {len}"))
}
