use std::sync::Arc;

use http::{HeaderMap, Request, Response, StatusCode, Version, header};

use super::client::Client;
use super::forwarding::{Announced, Forwarding};
use super::interim::Interim;
use super::path;
use super::pick::pick;
use crate::config::{BalancerKind, HostHeader, SendProxyProtocol};
use crate::control::{Control, Route};
use crate::error::{Error, ErrorKind, Result, Retry};
use crate::events::LogLevel;
use crate::http1::Passed;
use crate::proxy_protocol;
use crate::upstream::{AnswerBody, GoAhead, RequestBody, Terms, Upstream, may_be_repeated};

/// A request that is ready but for what depends on the backend.
pub(super) struct Outgoing<'a> {
    pub(super) control: &'a Control,
    pub(super) route: &'a Arc<Route>,
    pub(super) request: &'a mut Request<RequestBody>,
    /// Fields of the request that are in no map, and then those of the answer.
    pub(super) passed: Option<&'a mut Passed>,
    pub(super) client: &'a Client,
    pub(super) forwarding: &'a Forwarding,
    pub(super) announced: Announced<'a>,
    /// What the client waits for before it sends its body.
    pub(super) go_ahead: Option<GoAhead>,
}

/// Picks a backend and sends, and goes on to another one as long as the request may be sent again: no backend that was
/// tried is tried again, unless there is no other and the connection to it had stood.
pub(super) async fn send(upstream: &Upstream, outgoing: &mut Outgoing<'_>) -> Result<Response<AnswerBody>> {
    // Nothing is taken out of it: what is kept while the answer is waited for is kept once.
    let options = outgoing.route.options();
    let version = match options.send_proxy_protocol {
        SendProxyProtocol::Off => None,
        SendProxyProtocol::V1 => Some(proxy_protocol::Version::V1),
        SendProxyProtocol::V2 => Some(proxy_protocol::Version::V2),
    };
    let address = match (options.balancer, version) {
        (BalancerKind::IpHash, _) | (_, Some(_)) => {
            outgoing.forwarding.believed_address(outgoing.request.headers(), outgoing.client)
        }
        _ => None,
    };
    let opening = version.map(|version| outgoing.client.proxy_header(address).write(version));
    let target = path::target_of(outgoing.request.uri());
    // What the host put there is for its own layers; hyper's client would take some of it for itself.
    outgoing.request.extensions_mut().clear();
    // For as long as the final answer is waited for.
    let hints = outgoing.client.interim().filter(|_| outgoing.request.version() == Version::HTTP_11);
    let terms = Terms {
        opening: opening.as_deref(),
        announced: outgoing.announced.fields(),
        connect: options.connect_timeout,
        response_head: options.response_head_timeout,
        clock: upstream.clock(),
        interim: &|status, headers| pass_on_interim(status, headers, hints, outgoing.go_ahead.as_ref()),
    };
    let mut tried = Vec::new();
    let mut last_error: Option<Error> = None;
    let mut retrying = None;
    for _ in 0..options.attempts {
        if let Some(error) = &last_error {
            if error.may_retry() != Retry::Unsent && retrying.is_none() {
                retrying = outgoing.route.retry();
                if retrying.is_none() {
                    break;
                }
            }
            if error.kind() == ErrorKind::UpstreamClosed && !outgoing.route.has_candidate(&tried) {
                tried.clear();
            }
        }
        let in_flight = match pick(outgoing.control, outgoing.route, address, &tried).await {
            Ok(in_flight) => in_flight,
            Err(error) => return Err(last_error.unwrap_or(error)),
        };
        let (backend, id) = (in_flight.backend(), in_flight.backend().id());
        if last_error.is_some() {
            backend.tally().count_retry();
        }
        let (prefix, base) = (outgoing.route.prefix(), backend.target().base_path());
        *outgoing.request.uri_mut() = path::rewrite(&target, prefix, options.strip_prefix, base)?;
        if options.host_header == HostHeader::Backend || !outgoing.announced.has_host {
            outgoing.request.headers_mut().insert(header::HOST, backend.target().authority().clone());
        }
        let error =
            match upstream.send(in_flight, outgoing.request, outgoing.passed.as_deref_mut(), &terms).await {
                Ok(response) => return Ok(response),
                Err(error) => error,
            };
        if !may_be_repeated(outgoing.request, &error) {
            return Err(error);
        }
        outgoing.control.events().log(LogLevel::Debug, "requests", || {
            let prefix = outgoing.route.prefix().as_str();
            let backends = outgoing.route.backends();
            let failed = backends.into_iter().find(|backend| backend.id() == id);
            let target = failed.map_or("one that is gone", |backend| backend.target().as_str());
            format!("attempt failed: {prefix}: {target}: {error}")
        });
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
