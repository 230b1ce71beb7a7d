use std::mem;
use std::net::IpAddr;
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use http::{Method, Request, Response, header};
use http_body_util::BodyExt;
use tokio::time::{Instant, timeout_at};

use super::body::ResponseBody;
use super::forwarding::Announced;
use crate::error::{Error, ErrorKind, Result};
use crate::handler::{Handler, HandlerRequest, Lease};
use crate::upstream::{BodyLimits, RequestBody};

/// Has the host answer a request whose head is clean.
pub(super) async fn answer(
    request: &mut Request<RequestBody>,
    handler: &Handler,
    client: Option<IpAddr>,
    announced: Announced<'_>,
    stall: Duration,
) -> Result<Response<ResponseBody>> {
    if request.method() == Method::CONNECT {
        // A tunnel over HTTP/2, which a handler cannot be the end of.
        return Err(ErrorKind::MethodNotSupported.into());
    }
    let options = handler.options();
    let deadline = Instant::now() + options.timeout;
    request.body().limit(BodyLimits { size: options.body_limit, stall, replay: 0 })?;
    let body = timeout_at(deadline, read(request.body_mut(), handler.lease()));
    let body = body.await.map_err(|_| ErrorKind::ClientTimeout)??;
    let mut headers = mem::take(request.headers_mut());
    for (name, value) in announced.fields().into_iter().flatten() {
        headers.append(name, value.clone());
    }
    // Of the connection to the next hop, and done with.
    headers.remove(header::TE);
    headers.remove(header::EXPECT);
    let head = (request.method().clone(), request.uri().clone(), headers);
    let mut pending = handler.call(HandlerRequest::new(head, body, client))?;
    let Ok(response) = timeout_at(deadline, &mut pending).await else {
        pending.expire();
        return Err(ErrorKind::HandlerTimeout.into());
    };
    let is_head = request.method() == Method::HEAD;
    Ok(response?.map(|body| ResponseBody::text(if is_head { Bytes::new() } else { body })))
}

/// Reads a body to its end.
async fn read(body: &mut RequestBody, mut lease: Lease) -> Result<(Bytes, Lease)> {
    let mut whole = BytesMut::new();
    while let Some(frame) = body.frame().await {
        // Its trailers are not passed on.
        if let Ok(piece) = frame.map_err(broken)?.into_data() {
            lease.grow(piece.len() as u64)?;
            whole.extend_from_slice(&piece);
        }
    }
    Ok((whole.freeze(), lease))
}

/// What has ended a body: a limit of ours, or the client.
fn broken(error: Box<dyn std::error::Error + Send + Sync>) -> Error {
    match error.downcast::<Error>() {
        Ok(limit) => *limit,
        Err(error) => Error::from(ErrorKind::ClientClosed).because(error),
    }
}
