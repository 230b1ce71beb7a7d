use std::ffi::{CStr, CString, c_char};

use proxykit_core::Error;

use crate::guard;
use crate::ptr;
use crate::status::{self, PK_OK, pk_status};
use crate::string::c_string;

/// What went wrong in a call: a number, a name, and a sentence that names the value.
pub struct pk_error {
    code: pk_status,
    message: CString,
}

impl From<Error> for pk_error {
    fn from(error: Error) -> Self {
        pk_error { code: error.kind().code(), message: c_string(&error.to_string()) }
    }
}

/// The number of an error: the status that the call answered. PK_OK for NULL.
///
/// Ownership: reads the error.
/// Threads: any thread, any time.
/// Errors: none.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pk_error_code(error: *const pk_error) -> u32 {
    // SAFETY: the header requires NULL or an error that was not freed.
    guard::infallible(PK_OK, || unsafe { ptr::reference(error, "error") }.map_or(PK_OK, |error| error.code))
}

/// The name of an error: "route_exists". "ok" for NULL.
///
/// Ownership: the text is the library's and lasts as long as it is loaded.
/// Threads: any thread, any time.
/// Errors: none.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pk_error_name(error: *const pk_error) -> *const c_char {
    // SAFETY: as this function's own.
    status::name(unsafe { pk_error_code(error) }).as_ptr()
}

/// What went wrong, in one line for people. An empty text for NULL.
///
/// Ownership: the text belongs to the error.
/// Threads: any thread, any time.
/// Errors: none.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pk_error_message(error: *const pk_error) -> *const c_char {
    const NOTHING: &CStr = c"";
    guard::infallible(NOTHING.as_ptr(), || {
        // SAFETY: the header requires NULL or an error that was not freed.
        unsafe { ptr::reference(error, "error") }.map_or(NOTHING, |error| &error.message).as_ptr()
    })
}

/// Frees an error. NULL does nothing.
///
/// Ownership: takes the error; it must not be used again.
/// Threads: any thread, any time.
/// Errors: none.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pk_error_free(error: *mut pk_error) {
    // SAFETY: the header requires NULL or an error that was not freed.
    guard::infallible((), || unsafe { ptr::free(error) });
}
