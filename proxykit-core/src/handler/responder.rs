use std::fmt;
use std::sync::Arc;

use bytes::Bytes;
use http::{HeaderName, HeaderValue, Response, StatusCode, header};

use super::answer::Slot;
use crate::error::{Error, ErrorKind, Result};

/// What is for one connection only (RFC 9110, section 7.6.1), and the length, which the body tells. A handler's own would
/// frame the message anew.
const NOT_THE_HANDLERS: [&str; 7] =
    ["connection", "content-length", "keep-alive", "proxy-connection", "te", "transfer-encoding", "upgrade"];

/// Answers one request, once, from whatever thread, at once or later.
///
/// Dropped without an answer, the client gets 500 (`handler_failed`).
pub struct Responder {
    slot: Arc<Slot>,
}

impl Responder {
    pub(super) fn new(slot: Arc<Slot>) -> Self {
        Responder { slot }
    }

    pub(super) fn slot(&self) -> &Arc<Slot> {
        &self.slot
    }

    /// Answers with a status from 200 to 599, headers, and a body. Headers that are about the connection or the length are left
    /// out; the proxy sets what is right. An answer to HEAD may be the one to GET: its body is not sent.
    ///
    /// # Errors
    /// `invalid_argument` for a bad status, name or value, or a body where the status allows none: it may be called again
    /// then. `already_answered`; `handler_timeout` and `client_closed` if nobody waits for the answer any more.
    pub fn respond<N: AsRef<[u8]>, V: AsRef<[u8]>>(
        &self,
        status: u16,
        headers: impl IntoIterator<Item = (N, V)>,
        body: impl Into<Bytes>,
    ) -> Result<()> {
        self.slot.give(Ok(response(status, headers, body.into())?))
    }

    /// Whether an answer is waited for still. What takes long may look now and then, and give up.
    pub fn is_wanted(&self) -> bool {
        self.slot.is_wanted()
    }
}

impl Drop for Responder {
    fn drop(&mut self) {
        self.slot.fail();
    }
}

impl fmt::Debug for Responder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Responder").field("is_wanted", &self.is_wanted()).finish()
    }
}

fn response<N: AsRef<[u8]>, V: AsRef<[u8]>>(
    status: u16,
    headers: impl IntoIterator<Item = (N, V)>,
    body: Bytes,
) -> Result<Response<Bytes>> {
    let status = match StatusCode::from_u16(status) {
        Ok(valid) if (200..600).contains(&status) => valid,
        _ => return Err(invalid(format!("invalid status {status}: it must be from 200 to 599"))),
    };
    let has_no_body = matches!(status.as_u16(), 204 | 205 | 304);
    if has_no_body && !body.is_empty() {
        return Err(invalid(format!("an answer with the status {} has no body", status.as_u16())));
    }
    let mut response = Response::new(body);
    *response.status_mut() = status;
    for (name, value) in headers {
        let (name, value) = (name.as_ref(), value.as_ref());
        let Ok(valid) = HeaderName::from_bytes(name) else {
            return Err(invalid(format!("invalid header name \"{}\"", name.escape_ascii())));
        };
        let Ok(value) = HeaderValue::from_bytes(value.trim_ascii()) else {
            return Err(invalid(format!(
                "invalid value of the header {valid}: \"{}\"",
                value.escape_ascii()
            )));
        };
        if !NOT_THE_HANDLERS.contains(&valid.as_str())
            && response.headers_mut().try_append(valid, value).is_err()
        {
            return Err(invalid("the answer has too many headers".into()));
        }
    }
    // RFC 9110, section 8.6: not with 204; of 304 it would have to be that of the answer that is left out.
    if !matches!(status, StatusCode::NO_CONTENT | StatusCode::NOT_MODIFIED) {
        let length = HeaderValue::from(response.body().len());
        response.headers_mut().insert(header::CONTENT_LENGTH, length);
    }
    Ok(response)
}

fn invalid(message: String) -> Error {
    Error::new(ErrorKind::InvalidArgument, message)
}
