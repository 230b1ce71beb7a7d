use http::{HeaderValue, Request, Response, Version, header};
use hyper::body::Incoming;
use hyper::upgrade::OnUpgrade;
use hyper_util::rt::TokioIo;
use tokio::io::copy_bidirectional_with_sizes;

use super::body::ResponseBody;
use super::headers::has_token;
use super::response_to_client;
use super::tracker::Tracked;
use crate::backend::InFlight;
use crate::error::{Error, ErrorKind, Result};

/// What a tunnel holds in each direction; most of them wait most of the time.
const BUFFER_SIZE: usize = 8 * 1024;

/// The protocol that a client wants to change to (RFC 9110, section 7.8).
///
/// Not `h2c`: a backend that changed to HTTP/2 would speak past everything that is checked here.
pub(super) fn asked<B>(request: &Request<B>) -> Option<HeaderValue> {
    let headers = request.headers();
    let protocol = headers.get(header::UPGRADE)?;
    let is_asked = request.version() == Version::HTTP_11
        && headers.get_all(header::CONNECTION).iter().any(|value| has_token(value, "upgrade"))
        && !has_token(protocol, "h2c");
    is_asked.then(|| protocol.clone())
}

/// Passes a backend's 101 on, and then bytes both ways until both sides have ended.
pub(super) fn tunnel(
    mut response: Response<Incoming>,
    asked: Option<HeaderValue>,
    downstream: OnUpgrade,
    in_flight: InFlight,
    tracked: Tracked,
) -> Result<Response<ResponseBody>> {
    let agreed = response.headers().get(header::UPGRADE).cloned();
    let is_agreed = agreed
        .as_ref()
        .zip(asked.as_ref())
        .is_some_and(|(agreed, asked)| agreed.to_str().is_ok_and(|agreed| has_token(asked, agreed.trim())));
    let Some(protocol) = agreed.filter(|_| is_agreed) else {
        return Err(Error::new(
            ErrorKind::UpstreamProtocol,
            "the backend changed to a protocol that was not asked for",
        ));
    };
    let upstream = hyper::upgrade::on(&mut response);
    tokio::spawn(async move {
        let _running = (in_flight, tracked);
        // A side that fails ends the tunnel, and there is nobody left to tell.
        let Ok((downstream, upstream)) = tokio::try_join!(downstream, upstream) else { return };
        let (mut downstream, mut upstream) = (TokioIo::new(downstream), TokioIo::new(upstream));
        copy_bidirectional_with_sizes(&mut downstream, &mut upstream, BUFFER_SIZE, BUFFER_SIZE).await.ok();
    });
    let mut response = response_to_client(response, |_| ResponseBody::text(""));
    response.headers_mut().insert(header::CONNECTION, HeaderValue::from_static("upgrade"));
    response.headers_mut().insert(header::UPGRADE, protocol);
    Ok(response)
}
