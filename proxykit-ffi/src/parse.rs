use std::ffi::c_char;

use proxykit_core::{Prefix, Target};

use crate::error::pk_error;
use crate::guard;
use crate::ptr::{self, Out};
use crate::status::pk_status;
use crate::string::give;

/// Reads a prefix without adding a route, and gives its normal form: "/x/" for "x".
///
/// Ownership: the text is copied. *normal is the caller's: pk_string_free(). *error, if set, too: pk_error_free().
/// Threads: any thread, any time.
/// Errors: PK_ERR_NULL_POINTER, PK_ERR_INVALID_UTF8, PK_ERR_INVALID_PREFIX.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pk_parse_prefix(
    text: *const c_char,
    normal: *mut *mut c_char,
    error: *mut *mut pk_error,
) -> pk_status {
    // SAFETY: the header's rules for pointers are all that the helpers ask for.
    unsafe {
        guard::fallible(error, || {
            let (text, normal) = (ptr::text(text, "text")?, Out::required(normal, "normal")?);
            normal.set(give(text.parse::<Prefix>()?.as_str()));
            Ok(())
        })
    }
}

/// Reads a target without adding a backend, and gives its normal form: "http://localhost" for "HTTP://LocalHost:80/".
///
/// Ownership: the text is copied. *normal is the caller's: pk_string_free(). *error, if set, too: pk_error_free().
/// Threads: any thread, any time.
/// Errors: PK_ERR_NULL_POINTER, PK_ERR_INVALID_UTF8, PK_ERR_INVALID_TARGET.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pk_parse_target(
    text: *const c_char,
    normal: *mut *mut c_char,
    error: *mut *mut pk_error,
) -> pk_status {
    // SAFETY: the header's rules for pointers are all that the helpers ask for.
    unsafe {
        guard::fallible(error, || {
            let (text, normal) = (ptr::text(text, "text")?, Out::required(normal, "normal")?);
            normal.set(give(text.parse::<Target>()?.as_str()));
            Ok(())
        })
    }
}
