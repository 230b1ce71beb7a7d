use std::time::Duration;

use bytes::Bytes;
use http::{HeaderValue, Method, Request, Response, StatusCode, header};
use http_body::Body;
use http_body_util::{BodyExt, LengthLimitError, Limited};
use tokio::time::timeout;

use super::access::{Access, Caller};
use super::api::{Api, Reply};
use crate::error::{Error, ErrorKind, Result};
use crate::events::LogLevel;

type BoxError = Box<dyn std::error::Error + Send + Sync>;

/// The largest body of a call: some ten thousand targets.
const MOST_BODY: usize = 1024 * 1024;
/// The time that a body may take to arrive.
const BODY_TIMEOUT: Duration = Duration::from_secs(10);

/// Answers a management call that came over HTTP.
pub(crate) async fn serve<B>(
    api: &Api,
    access: &Access,
    request: Request<B>,
    caller: Caller,
) -> Response<Bytes>
where
    B: Body<Data = Bytes, Error: Into<BoxError>>,
{
    let is_head = request.method() == Method::HEAD;
    let (parts, body) = request.into_parts();
    let reply = match access.check(&parts, caller) {
        Err(error) => {
            // Whoever may not call is worth a look.
            api.refuse(LogLevel::Warn, parts.method.as_str(), parts.uri.path(), &error)
        }
        Ok(()) => match read(body).await {
            Err(error) => Reply::error(&error),
            Ok(body) => {
                let target = parts.uri.path_and_query().map_or("", |target| target.as_str());
                api.answer(parts.method.as_str(), target, &body)
            }
        },
    };
    let response = respond(reply);
    // hyper leaves the body out in HTTP/1.1; in HTTP/2 it would send it, and break the stream with it.
    if is_head { response.map(|_| Bytes::new()) } else { response }
}

async fn read(body: impl Body<Data = Bytes, Error: Into<BoxError>>) -> Result<Bytes> {
    match timeout(BODY_TIMEOUT, Limited::new(body, MOST_BODY).collect()).await {
        Ok(Ok(body)) => Ok(body.to_bytes()),
        Ok(Err(error)) if error.is::<LengthLimitError>() => {
            Err(Error::new(ErrorKind::BodyTooLarge, format!("the body is larger than {MOST_BODY} bytes")))
        }
        Ok(Err(error)) => Err(Error::new(ErrorKind::InvalidRequest, "the body broke off").because(error)),
        Err(_) => Err(ErrorKind::RequestTimeout.into()),
    }
}

fn respond(reply: Reply) -> Response<Bytes> {
    let length = HeaderValue::from(reply.body.len());
    let mut response = Response::new(Bytes::from(reply.body));
    *response.status_mut() = StatusCode::from_u16(reply.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_LENGTH, length);
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    // What a backend's state is must not be answered from a cache.
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    if let Some(allow) = reply.allow {
        headers.insert(header::ALLOW, HeaderValue::from_static(allow));
    }
    if response.status() == StatusCode::UNAUTHORIZED {
        response.headers_mut().insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
    }
    response
}
