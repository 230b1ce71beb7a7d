//! The panic boundary: every body runs in here, because a panic that reached C would end the host.

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};

use proxykit_core::{Error, ErrorKind};

use crate::error::pk_error;
use crate::ptr::Out;
use crate::status::{PK_OK, pk_status};

/// Runs the body of a function that may fail. Its error becomes the status and, if the caller wants it, `*error`.
///
/// # Safety
/// `error` is NULL, or a pointer may be written through it.
pub(crate) unsafe fn fallible(
    error: *mut *mut pk_error,
    body: impl FnOnce() -> Result<(), Error>,
) -> pk_status {
    // AssertUnwindSafe holds: a body shares nothing but the manager, whose state changes by one swap at a time, and
    // writes its outputs after everything that may panic.
    let result = catch_unwind(AssertUnwindSafe(body)).unwrap_or_else(|payload| Err(caught(&*payload)));
    let Err(failure) = result else {
        return PK_OK;
    };
    let status = failure.kind().code();
    // SAFETY: as this function's own.
    if let Ok(Some(out)) = unsafe { Out::optional(error, "error") } {
        out.set(Box::into_raw(Box::new(pk_error::from(failure))));
    }
    status
}

/// Runs the body of a function that cannot fail; `fallback` is its answer to a panic all the same.
pub(crate) fn infallible<T>(fallback: T, body: impl FnOnce() -> T) -> T {
    catch_unwind(AssertUnwindSafe(body)).unwrap_or(fallback)
}

fn caught(payload: &(dyn Any + Send)) -> Error {
    let text = payload.downcast_ref::<&str>().copied();
    let text = text.or_else(|| payload.downcast_ref::<String>().map(String::as_str));
    Error::new(ErrorKind::Panic, format!("a panic was caught: {}", text.unwrap_or("it left no message")))
}

#[cfg(test)]
mod tests {
    use std::ptr::null_mut;

    use super::*;
    use crate::error::{pk_error_free, pk_error_message};
    use crate::status::PK_ERR_PANIC;

    #[test]
    fn a_panic_becomes_an_error() {
        let mut error = null_mut();
        // SAFETY: `error` is a local variable; what it points to is read, and freed once.
        unsafe {
            let status = fallible(&mut error, || panic!("number {}", 7));
            assert_eq!(status, PK_ERR_PANIC);
            let message = std::ffi::CStr::from_ptr(pk_error_message(error));
            assert_eq!(message, c"a panic was caught: number 7");
            pk_error_free(error);
            assert_eq!(fallible(null_mut(), || panic!("nobody asks")), PK_ERR_PANIC);
        }
        assert_eq!(infallible(5, || panic!("a fallback")), 5);
    }

    #[test]
    fn success_leaves_the_error_alone() {
        let mut error = std::ptr::dangling_mut();
        let before = error;
        // SAFETY: `error` is a local variable.
        assert_eq!(unsafe { fallible(&mut error, || Ok(())) }, PK_OK);
        assert_eq!(error, before);
    }
}
