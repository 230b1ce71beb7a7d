use std::ffi::{CStr, CString, c_char};
use std::ptr::null;

use proxykit_core::Reply;

use crate::guard;
use crate::ptr;
use crate::string::c_string;

/// The answer of the management API to pk_manage().
pub struct pk_reply {
    status: u32,
    body: CString,
    allow: Option<CString>,
}

impl From<Reply> for pk_reply {
    fn from(reply: Reply) -> Self {
        pk_reply {
            status: reply.status.into(),
            body: c_string(&String::from_utf8_lossy(&reply.body)),
            allow: reply.allow.map(c_string),
        }
    }
}

/// The HTTP status of the answer. 0 for NULL.
///
/// Ownership: reads the reply.
/// Threads: any thread, any time.
/// Errors: none.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pk_reply_status(reply: *const pk_reply) -> u32 {
    // SAFETY: the header requires NULL or a reply that was not freed.
    guard::infallible(0, || unsafe { ptr::reference(reply, "reply") }.map_or(0, |reply| reply.status))
}

/// The body of the answer, a JSON text. An empty text for NULL.
///
/// Ownership: the text belongs to the reply.
/// Threads: any thread, any time.
/// Errors: none.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pk_reply_body(reply: *const pk_reply) -> *const c_char {
    const NOTHING: &CStr = c"";
    guard::infallible(NOTHING.as_ptr(), || {
        // SAFETY: the header requires NULL or a reply that was not freed.
        unsafe { ptr::reference(reply, "reply") }.map_or(NOTHING, |reply| &reply.body).as_ptr()
    })
}

/// What belongs in the answer's header Allow: a list of methods if the status is 405, else NULL.
///
/// Ownership: the text belongs to the reply.
/// Threads: any thread, any time.
/// Errors: none.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pk_reply_allow(reply: *const pk_reply) -> *const c_char {
    guard::infallible(null(), || {
        // SAFETY: the header requires NULL or a reply that was not freed.
        let reply = unsafe { ptr::reference(reply, "reply") }.ok();
        reply.and_then(|reply| reply.allow.as_deref()).map_or(null(), CStr::as_ptr)
    })
}

/// Frees a reply. NULL does nothing.
///
/// Ownership: takes the reply and its texts; they must not be used again.
/// Threads: any thread, any time.
/// Errors: none.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pk_reply_free(reply: *mut pk_reply) {
    // SAFETY: the header requires NULL or a reply that was not freed.
    guard::infallible((), || unsafe { ptr::free(reply) });
}
