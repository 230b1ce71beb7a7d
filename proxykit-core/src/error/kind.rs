use super::Side;

/// Lists the kinds once; all that is said about a kind is derived from its line.
macro_rules! kinds {
    ($($(#[$doc:meta])* $variant:ident = $code:literal, $name:literal, $side:ident, $status:literal, $summary:literal;)*) => {
        /// What kind of error it is: a stable number, a stable name, and the HTTP status that shows it.
        ///
        /// Numbers come in blocks of a hundred (the call itself, configuration, control, life cycle, proxied
        /// requests, management API) and are never reused.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        #[non_exhaustive]
        #[repr(u32)]
        pub enum ErrorKind { $($(#[$doc])* $variant = $code,)* }

        impl ErrorKind {
            /// Every kind, in the order of their numbers.
            pub const ALL: &[ErrorKind] = &[$(ErrorKind::$variant,)*];

            /// The name that users meet in JSON, in headers, and in tests: `route_exists`.
            pub const fn name(self) -> &'static str {
                match self { $(ErrorKind::$variant => $name,)* }
            }

            /// The side that such an error comes from.
            pub const fn side(self) -> Side {
                match self { $(ErrorKind::$variant => Side::$side,)* }
            }

            /// The HTTP status of an answer that reports it.
            pub const fn http_status(self) -> u16 {
                match self { $(ErrorKind::$variant => $status,)* }
            }

            /// A short sentence that holds for every error of this kind.
            pub const fn summary(self) -> &'static str {
                match self { $(ErrorKind::$variant => $summary,)* }
            }
        }
    };
}

kinds! {
    /// A pointer that must not be NULL is NULL.
    NullPointer = 1001, "null_pointer", Host, 400, "a required pointer is NULL";
    /// A string is not UTF-8.
    InvalidUtf8 = 1002, "invalid_utf8", Host, 400, "a string is not UTF-8";
    /// An argument is out of its range.
    InvalidArgument = 1003, "invalid_argument", Host, 400, "an argument is out of its range";
    /// A panic was caught at the boundary of a binding: a defect of Proxy Kit.
    Panic = 1004, "panic", Internal, 500, "an internal error (a panic was caught)";

    /// A route's prefix is not a path prefix.
    InvalidPrefix = 1101, "invalid_prefix", Host, 400, "the prefix is not a path prefix";
    /// A backend's target is not a URL that Proxy Kit can send to.
    InvalidTarget = 1102, "invalid_target", Host, 400, "the target is not a URL that can be sent to";
    /// An address to listen on cannot be read.
    InvalidAddress = 1103, "invalid_address", Host, 400, "the address to listen on cannot be read";
    /// An option's value is out of its range, or two options contradict each other.
    InvalidOption = 1104, "invalid_option", Host, 400, "an option's value is out of its range";
    /// A certificate or a key cannot be used: its file is missing or no PEM, it has expired, or the two are no pair.
    InvalidCertificate = 1105, "invalid_certificate", Host, 400, "a certificate or its key cannot be used";

    /// There is a route with this prefix already.
    RouteExists = 1201, "route_exists", Host, 409, "the route exists already";
    /// There is no route with this prefix.
    RouteNotFound = 1202, "route_not_found", Host, 404, "there is no such route";
    /// The route has no backend with this target.
    BackendNotFound = 1203, "backend_not_found", Host, 404, "the route has no such backend";
    /// The route has a handler, and takes no backends.
    RouteIsHandler = 1204, "route_is_handler", Host, 409, "the route has a handler, and takes no backends";

    /// The address to listen on is in use.
    AddressInUse = 1301, "address_in_use", Host, 500, "the address to listen on is in use";
    /// The address to listen on cannot be bound for another reason.
    BindFailed = 1302, "bind_failed", Host, 500, "the address to listen on cannot be bound";
    /// The call needs a manager that was started.
    NotStarted = 1303, "not_started", Host, 500, "the manager was not started";
    /// The manager was started before.
    AlreadyStarted = 1304, "already_started", Host, 500, "the manager was started already";
    /// The manager was stopped, and does not start again.
    Stopped = 1305, "stopped", Host, 500, "the manager was stopped";
    /// The process is a fork of the one that started the manager; its threads are not here.
    Forked = 1306, "forked", Host, 500, "the manager was started before this process was forked";
    /// The call would wait for the very thread that makes it.
    WrongThread = 1307, "wrong_thread", Host, 500, "the call waits for the thread that makes it";
    /// The operating system gave no thread, no event queue, or no descriptor.
    StartFailed = 1308, "start_failed", Internal, 500, "the threads could not be started";
    /// The time that the caller gave ran out.
    TimedOut = 1309, "timed_out", Host, 500, "the time ran out";

    /// No route takes the request's path.
    NoRoute = 1401, "no_route", Downstream, 404, "no route takes this path";
    /// The route has no healthy backend.
    NoHealthyBackend = 1402, "no_healthy_backend", Upstream, 503, "no healthy backend";
    /// The connection to the backend was refused, or broke before it stood.
    ConnectFailed = 1403, "connect_failed", Upstream, 502, "the backend cannot be reached";
    /// The connection to the backend did not stand in time.
    ConnectTimeout = 1404, "connect_timeout", Upstream, 504, "the backend did not accept a connection in time";
    /// The backend did not begin its answer in time.
    ResponseTimeout = 1405, "response_timeout", Upstream, 504, "the backend did not answer in time";
    /// The backend closed the connection before its answer began.
    UpstreamClosed = 1406, "upstream_closed", Upstream, 502, "the backend closed the connection";
    /// The backend's answer is not HTTP.
    UpstreamProtocol = 1407, "upstream_protocol", Upstream, 502, "the backend's answer is not valid HTTP";
    /// The request cannot be passed on.
    BadRequest = 1408, "bad_request", Downstream, 400, "the request cannot be passed on";
    /// The method asks for something that a reverse proxy does not do (CONNECT).
    MethodNotSupported = 1409, "method_not_supported", Downstream, 501, "the method is not supported";
    /// The client stopped sending its request.
    ClientClosed = 1410, "client_closed", Downstream, 400, "the client broke off its request";
    /// The backend's certificate is not trusted, or no TLS came about for another reason.
    TlsFailed = 1411, "tls_failed", Upstream, 502, "no TLS connection to the backend came about";

    /// The client paused too long while it sent its request.
    ClientTimeout = 1412, "client_timeout", Downstream, 408, "the client did not send its request in time";
    /// The request's body is larger than the route allows.
    RequestTooLarge = 1413, "request_too_large", Downstream, 413, "the request's body is too large";
    /// The request's target is longer than the manager allows.
    TargetTooLong = 1414, "target_too_long", Downstream, 414, "the request's target is too long";
    /// The request has more header fields than the manager allows.
    TooManyHeaders = 1415, "too_many_headers", Downstream, 431, "the request has too many header fields";
    /// The request took longer than the route allows.
    RequestExpired = 1416, "request_expired", Upstream, 504, "the request took too long";
    /// All backends of the route are busy, and as many requests wait as may.
    QueueFull = 1417, "queue_full", Upstream, 503, "all backends are busy, and too many requests wait";
    /// All backends of the route were busy for too long.
    QueueTimeout = 1418, "queue_timeout", Upstream, 503, "all backends were busy for too long";
    /// The backend paused too long in the midst of its answer.
    UpstreamStalled = 1419, "upstream_stalled", Upstream, 504, "the backend paused too long in its answer";
    /// All threads for handlers are busy, and as many requests wait as may, or their bodies take too much memory.
    HandlerBusy = 1420, "handler_busy", Host, 503, "all handlers are busy, and too many requests wait";
    /// The handler did not answer in time.
    HandlerTimeout = 1421, "handler_timeout", Host, 504, "the handler did not answer in time";
    /// The handler gave no answer, or panicked.
    HandlerFailed = 1422, "handler_failed", Host, 500, "the handler failed";
    /// A handler answered a request for the second time.
    AlreadyAnswered = 1423, "already_answered", Host, 400, "the request was answered already";

    /// A management call's body or query is not as it must be.
    InvalidRequest = 1501, "invalid_request", Host, 400, "the management call cannot be read";
    /// The path is there, but not for this method.
    MethodNotAllowed = 1502, "method_not_allowed", Host, 405, "the method is not allowed here";
    /// The token is missing or wrong.
    Unauthorized = 1503, "unauthorized", Host, 401, "a valid token is required";
    /// Without a token, the management API answers only direct local callers.
    Forbidden = 1504, "forbidden", Host, 403, "only direct local callers are allowed";
    /// The management API has nothing at this path.
    NotFound = 1505, "not_found", Host, 404, "the management API has nothing here";
    /// A management call's body is larger than allowed.
    BodyTooLarge = 1506, "body_too_large", Host, 413, "the body is too large";
    /// A management call's body did not arrive in time.
    RequestTimeout = 1507, "request_timeout", Host, 408, "the request did not arrive in time";
}

impl ErrorKind {
    /// The number: the C status, and the `code` of exceptions.
    pub const fn code(self) -> u32 {
        self as u32
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::ErrorKind;

    #[test]
    fn numbers_rise_and_names_differ() {
        let codes: Vec<_> = ErrorKind::ALL.iter().map(|kind| kind.code()).collect();
        assert!(codes.is_sorted_by(|a, b| a < b), "{codes:?}");
        let names: HashSet<_> = ErrorKind::ALL.iter().map(|kind| kind.name()).collect();
        assert_eq!(names.len(), ErrorKind::ALL.len());
    }

    #[test]
    fn statuses_are_http() {
        for kind in ErrorKind::ALL {
            assert!((400..600).contains(&kind.http_status()), "{kind:?}");
        }
    }
}
