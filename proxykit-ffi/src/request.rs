use std::ffi::{CStr, c_char};
use std::ptr::null;

use proxykit_core::{Error, ErrorKind, HandlerRequest, Responder};

use crate::error::pk_error;
use crate::guard;
use crate::ptr::{self, Out};
use crate::status::pk_status;

/// A request for a handler, until it is freed. docs/handlers.md says what it has of what the client sent.
pub struct pk_request {
    request: HandlerRequest,
    responder: Responder,
    /// All texts, each with a NUL behind it: no byte of what they are made of is one.
    texts: Vec<u8>,
    /// Where they begin.
    target: usize,
    client: Option<usize>,
    headers: Vec<(usize, usize)>,
}

/// A field of a request's or an answer's head.
#[derive(Clone, Copy)]
#[repr(C)]
pub struct pk_header {
    /// Its name; of a request in lower case.
    pub name: *const c_char,
    /// Its value. Of a request it may be other text than UTF-8.
    pub value: *const c_char,
}

// The header lets all threads read one request at once, and any thread answer or free it.
const _: fn() = || {
    fn is_for_all_threads<T: Send + Sync>() {}
    is_for_all_threads::<pk_request>();
};

impl pk_request {
    pub(crate) fn new(request: HandlerRequest, responder: Responder) -> Self {
        let mut texts = Vec::new();
        let mut put = |text: &[u8]| {
            let begin = texts.len();
            texts.extend_from_slice(text);
            texts.push(0);
            begin
        };
        put(request.method().as_bytes());
        let target = put(request.target().as_bytes());
        let client = request.client_address().map(|address| put(address.to_string().as_bytes()));
        let headers =
            request.headers().map(|(name, value)| (put(name.as_bytes()), put(value))).collect::<Vec<_>>();
        pk_request { request, responder, texts, target, client, headers }
    }

    fn text(&self, begin: usize) -> *const c_char {
        self.texts[begin..].as_ptr().cast()
    }
}

/// What `read` gives of a request, or `fallback`.
///
/// # Safety
/// `request` is NULL or was not freed.
unsafe fn read<T>(request: *const pk_request, fallback: T, read: impl FnOnce(&pk_request) -> T) -> T
where
    T: Copy,
{
    guard::infallible(fallback, || {
        // SAFETY: as this function's own.
        unsafe { ptr::reference(request, "request") }.map_or(fallback, read)
    })
}

/// The method of a request: "GET". An empty text for NULL.
///
/// Ownership: the text belongs to the request.
/// Threads: any thread, any time.
/// Errors: none.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pk_request_method(request: *const pk_request) -> *const c_char {
    const NOTHING: &CStr = c"";
    // SAFETY: the header requires NULL or a request that was not freed.
    unsafe { read(request, NOTHING.as_ptr(), |request| request.text(0)) }
}

/// The path and the query of a request, byte for byte as they were sent; the prefix stays on. An empty text for NULL.
///
/// Ownership: the text belongs to the request.
/// Threads: any thread, any time.
/// Errors: none.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pk_request_target(request: *const pk_request) -> *const c_char {
    const NOTHING: &CStr = c"";
    // SAFETY: the header requires NULL or a request that was not freed.
    unsafe { read(request, NOTHING.as_ptr(), |request| request.text(request.target)) }
}

/// The client's address, without a port: the peer's, or what the proxies before it say if they are trusted. NULL over a unix
/// socket, and for NULL.
///
/// Ownership: the text belongs to the request.
/// Threads: any thread, any time.
/// Errors: none.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pk_request_client_address(request: *const pk_request) -> *const c_char {
    // SAFETY: the header requires NULL or a request that was not freed.
    unsafe { read(request, null(), |request| request.client.map_or(null(), |begin| request.text(begin))) }
}

/// How many header fields a request has. 0 for NULL.
///
/// Ownership: reads the request.
/// Threads: any thread, any time.
/// Errors: none.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pk_request_headers_len(request: *const pk_request) -> usize {
    // SAFETY: the header requires NULL or a request that was not freed.
    unsafe { read(request, 0, |request| request.headers.len()) }
}

/// Fills in the header field at an index, from 0. Those of one name have the order in which they were sent.
///
/// Ownership: what *header points to belongs to the request. *error, if set, is the caller's: pk_error_free().
/// Threads: any thread, any time.
/// Errors: PK_ERR_NULL_POINTER, PK_ERR_INVALID_ARGUMENT (an index past the end).
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pk_request_headers_get(
    request: *const pk_request,
    index: usize,
    header: *mut pk_header,
    error: *mut *mut pk_error,
) -> pk_status {
    // SAFETY: the header's rules for pointers are all that the helpers ask for.
    unsafe {
        guard::fallible(error, || {
            let (request, header) = (ptr::reference(request, "request")?, Out::required(header, "header")?);
            let (name, value) = request.headers.get(index).ok_or_else(|| {
                let len = request.headers.len();
                ptr::invalid(format_args!("index {index}: the request has {len} headers"))
            })?;
            header.set(pk_header { name: request.text(*name), value: request.text(*value) });
            Ok(())
        })
    }
}

/// The value of a request's first header field with this name, in whatever case. NULL if it has none, and for NULL.
///
/// Ownership: the name is read; the text belongs to the request.
/// Threads: any thread, any time.
/// Errors: none.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pk_request_header(request: *const pk_request, name: *const c_char) -> *const c_char {
    // SAFETY: the header requires NULL or a request that was not freed.
    unsafe {
        read(request, null(), |request| {
            let Ok(name) = ptr::text(name, "name") else { return null() };
            let mut names = request.request.headers().map(|(name, _)| name);
            let index = names.position(|given| given.eq_ignore_ascii_case(name));
            index.map_or(null(), |index| request.text(request.headers[index].1))
        })
    }
}

/// The body of a request: pk_request_body_len() bytes, without a NUL. NULL for NULL.
///
/// Ownership: the bytes belong to the request.
/// Threads: any thread, any time.
/// Errors: none.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pk_request_body(request: *const pk_request) -> *const u8 {
    // SAFETY: the header requires NULL or a request that was not freed.
    unsafe { read(request, null(), |request| request.request.body().as_ptr()) }
}

/// How many bytes the body of a request has. 0 for NULL.
///
/// Ownership: reads the request.
/// Threads: any thread, any time.
/// Errors: none.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pk_request_body_len(request: *const pk_request) -> usize {
    // SAFETY: the header requires NULL or a request that was not freed.
    unsafe { read(request, 0, |request| request.request.body().len()) }
}

/// Whether an answer is waited for still: none was given, the client is there, and it is not too late. false for NULL.
///
/// Ownership: reads the request.
/// Threads: any thread, any time.
/// Errors: none.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pk_request_is_wanted(request: *const pk_request) -> bool {
    // SAFETY: the header requires NULL or a request that was not freed.
    unsafe { read(request, false, |request| request.responder.is_wanted()) }
}

/// Answers a request, once: with a status from 200 to 599, headers, and a body. NULL and 0 for headers or body: none.
///
/// Headers that are about the connection or the length are left out; the library sets what is right. An answer to HEAD may
/// be the one to GET: its body is not sent.
///
/// Ownership: everything is copied. The request stays the caller's: pk_request_free(). *error, if set, too: pk_error_free().
/// Threads: any thread, any time until the request is freed; also long after the handler has returned.
/// Errors: PK_ERR_NULL_POINTER, PK_ERR_INVALID_UTF8, PK_ERR_INVALID_ARGUMENT (a bad status, name or value, or a body where
/// the status allows none): it may be called again then. PK_ERR_ALREADY_ANSWERED. If nobody waits for the answer any more:
/// PK_ERR_HANDLER_TIMEOUT, PK_ERR_CLIENT_CLOSED.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pk_respond(
    request: *const pk_request,
    status: u32,
    headers: *const pk_header,
    headers_len: usize,
    body: *const u8,
    body_len: usize,
    error: *mut *mut pk_error,
) -> pk_status {
    // SAFETY: the header's rules for pointers are all that the helpers ask for.
    unsafe {
        guard::fallible(error, || {
            let request = ptr::reference(request, "request")?;
            let status = u16::try_from(status).map_err(|_| {
                Error::new(
                    ErrorKind::InvalidArgument,
                    format!("invalid status {status}: it must be from 200 to 599"),
                )
            })?;
            let headers = ptr::list(headers, headers_len, "headers")?.iter().enumerate();
            let headers = headers.map(|(index, header)| {
                let name = ptr::text(header.name, &format!("headers[{index}].name"))?;
                Ok((name, ptr::text(header.value, &format!("headers[{index}].value"))?))
            });
            let headers = headers.collect::<Result<Vec<_>, Error>>()?;
            request.responder.respond(status, headers, ptr::list(body, body_len, "body")?.to_vec())
        })
    }
}

/// Frees a request. If it was not answered, the client gets 500. NULL does nothing.
///
/// Ownership: takes the request, its texts and its body; they must not be used again.
/// Threads: any thread, any time.
/// Errors: none.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pk_request_free(request: *mut pk_request) {
    // SAFETY: the header requires NULL or a request that was not freed.
    guard::infallible((), || unsafe { ptr::free(request) });
}
