//! One request, from its head to the last byte of its answer.
//!
//! [`Proxy::handle`] finds the route, makes the head fit for the backend ([`headers`], [`path`]), and lets
//! [`attempt`] pick a backend and send. Whatever goes wrong becomes an answer in one place, [`respond`].

mod attempt;
mod body;
mod client;
mod forwarded;
mod forwarding;
mod headers;
mod interim;
mod path;
mod respond;
mod service;
mod subject;
mod tracker;
mod upgrade;

use std::sync::Arc;

use http::{HeaderName, HeaderValue, Method, Request, Response, StatusCode, Version, header};
use hyper::upgrade::OnUpgrade;

pub use body::ResponseBody;
pub(crate) use client::Client;
pub use client::ClientAddress;
pub(crate) use interim::Interim;
pub use service::ProxyService;
pub(crate) use tracker::Tracker;

use crate::config::ManagerOptions;
use crate::control::Control;
use crate::error::{Error, ErrorKind, Result};
use crate::upstream::{RequestBody, Upstream};
use attempt::Outgoing;
use forwarding::Forwarding;

/// What serves requests: the table of routes, and connections to the backends. Each worker has its own.
pub(crate) struct Proxy {
    control: Arc<Control>,
    upstream: Upstream,
    forwarding: Forwarding,
    subject_header: Option<HeaderName>,
    requests: Arc<Tracker>,
}

impl Proxy {
    pub(crate) fn new(control: Arc<Control>, options: &ManagerOptions) -> Self {
        let forwarding = Forwarding::new(options);
        let subject_header = options.client_subject_header.clone();
        let (upstream, requests) = (Upstream::default(), Tracker::new());
        Proxy { control, upstream, forwarding, subject_header, requests }
    }

    /// The requests and tunnels that have not ended.
    pub(crate) fn requests(&self) -> &Arc<Tracker> {
        &self.requests
    }

    /// Answers a request, in every case.
    pub(crate) async fn handle(
        &self,
        request: Request<RequestBody>,
        client: &Client,
    ) -> Response<ResponseBody> {
        let tracked = self.requests.track();
        let is_head = request.method() == Method::HEAD;
        let upload = request.body().progress().filter(|_| request.version() < Version::HTTP_2);
        let mut response = match self.forward(request, client).await {
            Ok(response) => response.map(|body| body.tracked(tracked)),
            // hyper leaves the text out in HTTP/1.1; in HTTP/2 it would send it, and break the stream with it.
            Err(error) if is_head => respond::with_error(&error).map(|_| ResponseBody::text("")),
            Err(error) => respond::with_error(&error),
        };
        if upload.is_some_and(|upload| !upload.has_ended()) && !is_upgrade(&response) {
            // What nobody reads to its end stays in the connection, which is then closed behind the answer. A client that
            // was not told would lose its next request on it.
            response.headers_mut().insert(header::CONNECTION, HeaderValue::from_static("close"));
        }
        response
    }

    async fn forward(
        &self,
        mut request: Request<RequestBody>,
        client: &Client,
    ) -> Result<Response<ResponseBody>> {
        let asked = upgrade::asked(&request);
        if request.method() == Method::CONNECT && asked.is_none() {
            return Err(Error::from(ErrorKind::MethodNotSupported));
        }
        let route = self.control.table().find(request.uri().path()).cloned();
        let route = route.ok_or(ErrorKind::NoRoute)?;
        let is_head = request.method() == Method::HEAD;
        let on_upgrade: Option<OnUpgrade> = asked.as_ref().map(|_| hyper::upgrade::on(&mut request));
        let (mut parts, mut body) = request.into_parts();
        headers::clean_request(&mut parts, client, &self.forwarding)?;
        if let Some(name) = &self.subject_header {
            subject::tell(&mut parts.headers, name, client.subject());
        }
        if let Some(asked) = &asked {
            asked.put_into(&mut parts);
            if asked.is_extended_connect() {
                // What follows is the tunnel's.
                body = RequestBody::Empty;
            }
        }
        let go_ahead = headers::is_held_back(&parts).then(|| body.hold_back()).flatten();
        let forwarding = &self.forwarding;
        let outgoing = Outgoing { route: &route, parts, body, client, forwarding, go_ahead };
        let (response, lease, in_flight) = attempt::send(&self.upstream, outgoing).await?;
        match on_upgrade {
            _ if !is_upgrade(&response) => {
                // What a backend sends behind the head of an answer to HEAD, against RFC 9110, section 9.3.2, is not passed on.
                let body = |body| match is_head {
                    true => ResponseBody::none(body, lease),
                    false => ResponseBody::upstream(body, lease, in_flight),
                };
                response_to_client(response, body)
            }
            Some(downstream) => {
                upgrade::tunnel(response, asked, downstream, in_flight, self.requests.track())
            }
            None => Err(Error::new(ErrorKind::UpstreamProtocol, "the backend changed the protocol unasked")),
        }
    }
}

fn is_upgrade<B>(response: &Response<B>) -> bool {
    response.status() == StatusCode::SWITCHING_PROTOCOLS
}

/// The backend's answer as the client gets it.
fn response_to_client<B, C>(response: Response<B>, body: impl FnOnce(B) -> C) -> Result<Response<C>> {
    let (mut parts, incoming) = response.into_parts();
    headers::clean_response(&mut parts.headers)?;
    // The version is that of the connection to the backend; the client's side writes its own.
    parts.version = Version::HTTP_11;
    Ok(Response::from_parts(parts, body(incoming)))
}
