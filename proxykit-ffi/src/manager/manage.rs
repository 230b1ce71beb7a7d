use std::ffi::c_char;

use super::pk_manager;
use crate::error::pk_error;
use crate::guard;
use crate::ptr::{self, Out};
use crate::reply::pk_reply;
use crate::status::pk_status;

/// Answers one call of the management API, for hosts that serve it on a server of their own and decide there who may
/// call. The method is as in HTTP ("GET"), the target is the path with its query ("/endpoints/list?prefixPath=/x/"),
/// the body is JSON, or NULL with body_len 0.
///
/// What the API refuses is a reply too, with its HTTP status: PK_OK comes back.
///
/// Ownership: everything is copied. *reply is the caller's: pk_reply_free(). *error, if set, too: pk_error_free().
/// Threads: any thread, any time, also while serving.
/// Errors: PK_ERR_NULL_POINTER, PK_ERR_INVALID_UTF8, PK_ERR_INVALID_ARGUMENT.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pk_manage(
    manager: *mut pk_manager,
    method: *const c_char,
    target: *const c_char,
    body: *const u8,
    body_len: usize,
    reply: *mut *mut pk_reply,
    error: *mut *mut pk_error,
) -> pk_status {
    // SAFETY: the header's rules for pointers are all that the helpers ask for.
    unsafe {
        guard::fallible(error, || {
            let manager = pk_manager::of(manager)?;
            let (method, target) = (ptr::text(method, "method")?, ptr::text(target, "target")?);
            let body = ptr::list(body, body_len, "body")?;
            let reply = Out::required(reply, "reply")?;
            reply.set(Box::into_raw(Box::new(manager.manage(method, target, body).into())));
            Ok(())
        })
    }
}
