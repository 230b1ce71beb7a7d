use http::{HeaderValue, Response, StatusCode, header};

use super::body::ResponseBody;
use crate::error::{Error, ErrorKind};
use crate::tls::is_of_certificate;

/// The answer that reports an error: its status, a line of text, and a `Proxy-Status` (RFC 9209), which tells it
/// from an answer of the backend's.
pub(crate) fn with_error(error: &Error) -> Response<ResponseBody> {
    let kind = error.kind();
    let status = StatusCode::from_u16(kind.http_status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    // The summary, not the error: its causes tell of the network behind the proxy.
    let text = format!("{status}: {}\n", kind.summary());
    let length = HeaderValue::from(text.len());
    let mut response = Response::new(ResponseBody::text(text));
    *response.status_mut() = status;
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_LENGTH, length);
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("text/plain; charset=utf-8"));
    let report = format!("proxykit; error={}; details=\"{}\"", proxy_error_type(error), kind.name());
    if let Ok(report) = HeaderValue::try_from(report) {
        headers.insert("proxy-status", report);
    }
    if matches!(kind, ErrorKind::BadRequest | ErrorKind::ClientTimeout | ErrorKind::RequestTooLarge) {
        // Who sends what cannot be read in one way may see the end of it elsewhere than we do; and what is too much is
        // not read to its end.
        headers.insert(header::CONNECTION, HeaderValue::from_static("close"));
    }
    response
}

/// The name in the registry of RFC 9209, section 2.3.
fn proxy_error_type(error: &Error) -> &'static str {
    match error.kind() {
        ErrorKind::NoRoute => "destination_not_found",
        ErrorKind::NoHealthyBackend => "destination_unavailable",
        ErrorKind::ConnectFailed => "connection_refused",
        ErrorKind::ConnectTimeout => "connection_timeout",
        ErrorKind::ResponseTimeout
        | ErrorKind::RequestExpired
        | ErrorKind::UpstreamStalled
        | ErrorKind::HandlerTimeout => "http_response_timeout",
        ErrorKind::QueueFull | ErrorKind::QueueTimeout | ErrorKind::HandlerBusy => "connection_limit_reached",
        ErrorKind::UpstreamClosed => "connection_terminated",
        ErrorKind::UpstreamProtocol => "http_protocol_error",
        ErrorKind::TlsFailed if is_of_certificate(error) => "tls_certificate_error",
        ErrorKind::TlsFailed => "tls_protocol_error",
        ErrorKind::BadRequest
        | ErrorKind::ClientClosed
        | ErrorKind::ClientTimeout
        | ErrorKind::MethodNotSupported
        | ErrorKind::RequestTooLarge
        | ErrorKind::TargetTooLong
        | ErrorKind::TooManyHeaders => "http_request_error",
        _ => "proxy_internal_error",
    }
}
