//! The numbers of C for the kinds of errors. They are written out, because the header's generator reads them from here.

use std::ffi::{CStr, c_char};

/// What a function that may fail answers: PK_OK, or the number of an error. Numbers come in blocks of a hundred (the
/// call itself, configuration, routes and backends, life cycle, proxied requests, management API) and are never reused.
pub type pk_status = u32;

/// The call did what it says.
pub const PK_OK: pk_status = 0;

/// A pointer that must not be NULL is NULL.
pub const PK_ERR_NULL_POINTER: pk_status = 1001;
/// A string is not UTF-8.
pub const PK_ERR_INVALID_UTF8: pk_status = 1002;
/// An argument is out of its range.
pub const PK_ERR_INVALID_ARGUMENT: pk_status = 1003;
/// A panic was caught at the boundary of a binding: a defect of Proxy Kit.
pub const PK_ERR_PANIC: pk_status = 1004;

/// A route's prefix is not a path prefix.
pub const PK_ERR_INVALID_PREFIX: pk_status = 1101;
/// A backend's target is not a URL that Proxy Kit can send to.
pub const PK_ERR_INVALID_TARGET: pk_status = 1102;
/// An address to listen on cannot be read.
pub const PK_ERR_INVALID_ADDRESS: pk_status = 1103;
/// An option's value is out of its range, or two options contradict each other.
pub const PK_ERR_INVALID_OPTION: pk_status = 1104;
/// A certificate or a key cannot be used: its file is missing or no PEM, it has expired, or the two are no pair.
pub const PK_ERR_INVALID_CERTIFICATE: pk_status = 1105;

/// There is a route with this prefix already.
pub const PK_ERR_ROUTE_EXISTS: pk_status = 1201;
/// There is no route with this prefix.
pub const PK_ERR_ROUTE_NOT_FOUND: pk_status = 1202;
/// The route has no backend with this target.
pub const PK_ERR_BACKEND_NOT_FOUND: pk_status = 1203;
/// The route has a handler, and takes no backends.
pub const PK_ERR_ROUTE_IS_HANDLER: pk_status = 1204;

/// The address to listen on is in use.
pub const PK_ERR_ADDRESS_IN_USE: pk_status = 1301;
/// The address to listen on cannot be bound for another reason.
pub const PK_ERR_BIND_FAILED: pk_status = 1302;
/// The call needs a manager that was started.
pub const PK_ERR_NOT_STARTED: pk_status = 1303;
/// The manager was started before.
pub const PK_ERR_ALREADY_STARTED: pk_status = 1304;
/// The manager was stopped, and does not start again.
pub const PK_ERR_STOPPED: pk_status = 1305;
/// The process is a fork of the one that started the manager; its threads are not here.
pub const PK_ERR_FORKED: pk_status = 1306;
/// The call would wait for the very thread that makes it.
pub const PK_ERR_WRONG_THREAD: pk_status = 1307;
/// The operating system gave no thread, no event queue, or no descriptor.
pub const PK_ERR_START_FAILED: pk_status = 1308;
/// The time that the caller gave ran out.
pub const PK_ERR_TIMED_OUT: pk_status = 1309;

/// No route takes the request's path.
pub const PK_ERR_NO_ROUTE: pk_status = 1401;
/// The route has no healthy backend.
pub const PK_ERR_NO_HEALTHY_BACKEND: pk_status = 1402;
/// The connection to the backend was refused, or broke before it stood.
pub const PK_ERR_CONNECT_FAILED: pk_status = 1403;
/// The connection to the backend did not stand in time.
pub const PK_ERR_CONNECT_TIMEOUT: pk_status = 1404;
/// The backend did not begin its answer in time.
pub const PK_ERR_RESPONSE_TIMEOUT: pk_status = 1405;
/// The backend closed the connection before its answer began.
pub const PK_ERR_UPSTREAM_CLOSED: pk_status = 1406;
/// The backend's answer is not HTTP.
pub const PK_ERR_UPSTREAM_PROTOCOL: pk_status = 1407;
/// The request cannot be passed on.
pub const PK_ERR_BAD_REQUEST: pk_status = 1408;
/// The method asks for something that a reverse proxy does not do (CONNECT).
pub const PK_ERR_METHOD_NOT_SUPPORTED: pk_status = 1409;
/// The client stopped sending its request.
pub const PK_ERR_CLIENT_CLOSED: pk_status = 1410;
/// The backend's certificate is not trusted, or no TLS came about for another reason.
pub const PK_ERR_TLS_FAILED: pk_status = 1411;
/// The client paused too long while it sent its request.
pub const PK_ERR_CLIENT_TIMEOUT: pk_status = 1412;
/// The request's body is larger than the route allows.
pub const PK_ERR_REQUEST_TOO_LARGE: pk_status = 1413;
/// The request's target is longer than the manager allows.
pub const PK_ERR_TARGET_TOO_LONG: pk_status = 1414;
/// The request has more header fields than the manager allows.
pub const PK_ERR_TOO_MANY_HEADERS: pk_status = 1415;
/// The request took longer than the route allows.
pub const PK_ERR_REQUEST_EXPIRED: pk_status = 1416;
/// All backends of the route are busy, and as many requests wait as may.
pub const PK_ERR_QUEUE_FULL: pk_status = 1417;
/// All backends of the route were busy for too long.
pub const PK_ERR_QUEUE_TIMEOUT: pk_status = 1418;
/// The backend paused too long in the midst of its answer.
pub const PK_ERR_UPSTREAM_STALLED: pk_status = 1419;
/// All threads for handlers are busy, and as many requests wait as may, or their bodies take too much memory.
pub const PK_ERR_HANDLER_BUSY: pk_status = 1420;
/// The handler did not answer in time.
pub const PK_ERR_HANDLER_TIMEOUT: pk_status = 1421;
/// The handler gave no answer, or panicked.
pub const PK_ERR_HANDLER_FAILED: pk_status = 1422;
/// A handler answered a request for the second time.
pub const PK_ERR_ALREADY_ANSWERED: pk_status = 1423;

/// A management call's body or query is not as it must be.
pub const PK_ERR_INVALID_REQUEST: pk_status = 1501;
/// The path is there, but not for this method.
pub const PK_ERR_METHOD_NOT_ALLOWED: pk_status = 1502;
/// The token is missing or wrong.
pub const PK_ERR_UNAUTHORIZED: pk_status = 1503;
/// Without a token, the management API answers only direct local callers.
pub const PK_ERR_FORBIDDEN: pk_status = 1504;
/// The management API has nothing at this path.
pub const PK_ERR_NOT_FOUND: pk_status = 1505;
/// A management call's body is larger than allowed.
pub const PK_ERR_BODY_TOO_LARGE: pk_status = 1506;
/// A management call's body did not arrive in time.
pub const PK_ERR_REQUEST_TIMEOUT: pk_status = 1507;

/// Every status with its name.
const NAMES: &[(pk_status, &CStr)] = &[
    (PK_OK, c"ok"),
    (PK_ERR_NULL_POINTER, c"null_pointer"),
    (PK_ERR_INVALID_UTF8, c"invalid_utf8"),
    (PK_ERR_INVALID_ARGUMENT, c"invalid_argument"),
    (PK_ERR_PANIC, c"panic"),
    (PK_ERR_INVALID_PREFIX, c"invalid_prefix"),
    (PK_ERR_INVALID_TARGET, c"invalid_target"),
    (PK_ERR_INVALID_ADDRESS, c"invalid_address"),
    (PK_ERR_INVALID_OPTION, c"invalid_option"),
    (PK_ERR_INVALID_CERTIFICATE, c"invalid_certificate"),
    (PK_ERR_ROUTE_EXISTS, c"route_exists"),
    (PK_ERR_ROUTE_NOT_FOUND, c"route_not_found"),
    (PK_ERR_BACKEND_NOT_FOUND, c"backend_not_found"),
    (PK_ERR_ROUTE_IS_HANDLER, c"route_is_handler"),
    (PK_ERR_ADDRESS_IN_USE, c"address_in_use"),
    (PK_ERR_BIND_FAILED, c"bind_failed"),
    (PK_ERR_NOT_STARTED, c"not_started"),
    (PK_ERR_ALREADY_STARTED, c"already_started"),
    (PK_ERR_STOPPED, c"stopped"),
    (PK_ERR_FORKED, c"forked"),
    (PK_ERR_WRONG_THREAD, c"wrong_thread"),
    (PK_ERR_START_FAILED, c"start_failed"),
    (PK_ERR_TIMED_OUT, c"timed_out"),
    (PK_ERR_NO_ROUTE, c"no_route"),
    (PK_ERR_NO_HEALTHY_BACKEND, c"no_healthy_backend"),
    (PK_ERR_CONNECT_FAILED, c"connect_failed"),
    (PK_ERR_CONNECT_TIMEOUT, c"connect_timeout"),
    (PK_ERR_RESPONSE_TIMEOUT, c"response_timeout"),
    (PK_ERR_UPSTREAM_CLOSED, c"upstream_closed"),
    (PK_ERR_UPSTREAM_PROTOCOL, c"upstream_protocol"),
    (PK_ERR_BAD_REQUEST, c"bad_request"),
    (PK_ERR_METHOD_NOT_SUPPORTED, c"method_not_supported"),
    (PK_ERR_CLIENT_CLOSED, c"client_closed"),
    (PK_ERR_TLS_FAILED, c"tls_failed"),
    (PK_ERR_CLIENT_TIMEOUT, c"client_timeout"),
    (PK_ERR_REQUEST_TOO_LARGE, c"request_too_large"),
    (PK_ERR_TARGET_TOO_LONG, c"target_too_long"),
    (PK_ERR_TOO_MANY_HEADERS, c"too_many_headers"),
    (PK_ERR_REQUEST_EXPIRED, c"request_expired"),
    (PK_ERR_QUEUE_FULL, c"queue_full"),
    (PK_ERR_QUEUE_TIMEOUT, c"queue_timeout"),
    (PK_ERR_UPSTREAM_STALLED, c"upstream_stalled"),
    (PK_ERR_HANDLER_BUSY, c"handler_busy"),
    (PK_ERR_HANDLER_TIMEOUT, c"handler_timeout"),
    (PK_ERR_HANDLER_FAILED, c"handler_failed"),
    (PK_ERR_ALREADY_ANSWERED, c"already_answered"),
    (PK_ERR_INVALID_REQUEST, c"invalid_request"),
    (PK_ERR_METHOD_NOT_ALLOWED, c"method_not_allowed"),
    (PK_ERR_UNAUTHORIZED, c"unauthorized"),
    (PK_ERR_FORBIDDEN, c"forbidden"),
    (PK_ERR_NOT_FOUND, c"not_found"),
    (PK_ERR_BODY_TOO_LARGE, c"body_too_large"),
    (PK_ERR_REQUEST_TIMEOUT, c"request_timeout"),
];

/// The name of a status: "ok", "route_exists", and "unknown" for a number that this version does not have. Names are
/// the same in every language and in the answers of the management API.
///
/// Ownership: the text is the library's and lasts as long as it is loaded.
/// Threads: any thread, any time.
/// Errors: none.
#[unsafe(no_mangle)]
pub extern "C" fn pk_status_name(status: pk_status) -> *const c_char {
    name(status).as_ptr()
}

pub(crate) fn name(status: pk_status) -> &'static CStr {
    NAMES.iter().find(|(number, _)| *number == status).map_or(c"unknown", |(_, name)| name)
}

#[cfg(test)]
mod tests {
    use proxykit_core::ErrorKind;

    use super::*;

    #[test]
    fn the_numbers_are_the_kinds() {
        let errors = &NAMES[1..];
        assert_eq!(errors.len(), ErrorKind::ALL.len());
        for ((number, name), kind) in errors.iter().zip(ErrorKind::ALL) {
            assert_eq!((*number, name.to_str().unwrap()), (kind.code(), kind.name()));
        }
    }

    #[test]
    fn every_number_has_a_name() {
        assert_eq!(name(PK_OK), c"ok");
        assert_eq!(name(PK_ERR_ROUTE_EXISTS), c"route_exists");
        assert_eq!(name(1), c"unknown");
    }
}
