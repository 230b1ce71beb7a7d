use std::sync::Arc;

use http::{HeaderMap, Request, Response, StatusCode, Version, header};

use super::client::Client;
use super::forwarding::{Announced, Forwarding};
use super::headers::X_ORIGIN_HOST;
use super::interim::Interim;
use super::path;
use super::pick::pick;
use crate::config::{BalancerKind, HostHeader, SendProxyProtocol};
use crate::control::{Control, Route};
use crate::error::{Error, ErrorKind, Result, Retry};
use crate::proxy_protocol;
use crate::upstream::{AnswerBody, GoAhead, RequestBody, Terms, Upstream, may_be_repeated};

/// A request that is ready but for what depends on the backend.
pub(super) struct Outgoing<'a> {
    pub(super) control: &'a Control,
    pub(super) route: &'a Arc<Route>,
    pub(super) request: &'a mut Request<RequestBody>,
    pub(super) client: &'a Client,
    pub(super) forwarding: &'a Forwarding,
    pub(super) announced: Announced<'a>,
    /// What the client waits for before it sends its body.
    pub(super) go_ahead: Option<GoAhead>,
}

/// Picks a backend and sends, and goes on to another one as long as the request may be sent again: no backend that was
/// tried is tried again, unless there is no other and the connection to it had stood.
pub(super) async fn send(upstream: &Upstream, outgoing: Outgoing<'_>) -> Result<Response<AnswerBody>> {
    let Outgoing { control, route, request, client, forwarding, announced, go_ahead } = outgoing;
    let options = route.options();
    let version = match options.send_proxy_protocol {
        SendProxyProtocol::Off => None,
        SendProxyProtocol::V1 => Some(proxy_protocol::Version::V1),
        SendProxyProtocol::V2 => Some(proxy_protocol::Version::V2),
    };
    let address = match (options.balancer, version) {
        (BalancerKind::IpHash, _) | (_, Some(_)) => forwarding.believed_address(request.headers(), client),
        _ => None,
    };
    let opening = version.map(|version| client.proxy_header(address).write(version));
    let uri = std::mem::take(request.uri_mut());
    // What the host put there is for its own layers; hyper's client would take some of it for itself.
    request.extensions_mut().clear();
    // For as long as the final answer is waited for.
    let hints = client.interim().filter(|_| request.version() == Version::HTTP_11);
    let [for_whom, scheme, host] = announced.fields();
    let mut tried = Vec::new();
    let mut last_error: Option<Error> = None;
    let mut retrying = None;
    for _ in 0..options.attempts {
        if let Some(error) = &last_error {
            if error.may_retry() != Retry::Unsent && retrying.is_none() {
                retrying = route.retry();
                if retrying.is_none() {
                    break;
                }
            }
            if error.kind() == ErrorKind::UpstreamClosed && !route.has_candidate(&tried) {
                tried.clear();
            }
        }
        let in_flight = match pick(control, route, address, &tried).await {
            Ok(in_flight) => in_flight,
            Err(error) => return Err(last_error.unwrap_or(error)),
        };
        let (backend, id) = (in_flight.backend(), in_flight.backend().id());
        *request.uri_mut() =
            path::rewrite(&uri, route.prefix(), options.strip_prefix, backend.target().base_path())?;
        let authority = backend.target().authority().clone();
        if options.host_header == HostHeader::Backend || !request.headers().contains_key(header::HOST) {
            request.headers_mut().insert(header::HOST, authority.clone());
        }
        let terms = Terms {
            opening: opening.as_deref(),
            added: &[for_whom, scheme, host, Some((&X_ORIGIN_HOST, &authority))],
            connect: options.connect_timeout,
            response_head: options.response_head_timeout,
            interim: &|status, headers| pass_on_interim(status, headers, hints, go_ahead.as_ref()),
        };
        let error = match upstream.send(in_flight, request, &terms).await {
            Ok(response) => return Ok(response),
            Err(error) => error,
        };
        if !may_be_repeated(request, &error) {
            return Err(error);
        }
        tried.push(id);
        last_error = Some(error);
    }
    Err(last_error.unwrap_or_else(|| ErrorKind::NoHealthyBackend.into()))
}

/// Passes a backend's interim answer on: one with the status 100 to who holds the body back, others to the client.
fn pass_on_interim(
    status: StatusCode,
    headers: &HeaderMap,
    hints: Option<&Interim>,
    go_ahead: Option<&GoAhead>,
) {
    match (status, go_ahead, hints) {
        (StatusCode::CONTINUE, Some(go_ahead), _) => go_ahead.give(),
        // Nobody has asked for it.
        (StatusCode::CONTINUE, None, _) | (_, _, None) => {}
        (_, _, Some(hints)) => hints.send(status, headers),
    }
}
