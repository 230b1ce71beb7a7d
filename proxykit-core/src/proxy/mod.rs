//! One request, from its head to the last byte of its answer.
//!
//! [`Proxy::handle`] finds the route, makes the head fit for the backend ([`headers`], [`path`]), and lets
//! [`attempt`] pick a backend and send. Whatever goes wrong becomes an answer in one place, [`respond`].

mod attempt;
mod body;
mod client;
mod forwarded;
mod forwarding;
mod handled;
mod headers;
mod idle;
mod interim;
mod path;
mod pick;
mod present;
mod respond;
mod service;
mod subject;
mod tracker;
mod upgrade;

use std::sync::Arc;
use std::time::Duration;

use http::{HeaderValue, Method, Request, Response, StatusCode, Version, header};
use tokio::time::{Instant, timeout_at};

pub use body::ResponseBody;
pub(crate) use client::Client;
pub use client::ClientAddress;
pub(crate) use interim::Interim;
pub(crate) use respond::with_error as refusal;
pub use service::ProxyService;
pub(crate) use tracker::Tracker;
pub(crate) use upgrade::Held;

use crate::config::{HostHeader, ManagerOptions};
use crate::control::{Control, Route};
use crate::counters::Part;
use crate::error::{Error, ErrorKind, Result};
use crate::events::LogLevel;
use crate::http1::{OnUpgrade, Passed};
use crate::upstream::{AnswerBody, BodyLimits, RequestBody, Upstream};
use attempt::Outgoing;
use forwarding::Forwarding;
use present::Present;
use tracker::Tracked;

/// What serves requests: the table of routes, and connections to the backends. Each worker has its own.
pub(crate) struct Proxy {
    control: Arc<Control>,
    upstream: Upstream,
    forwarding: Forwarding,
    options: Arc<ManagerOptions>,
    requests: Arc<Tracker>,
    counted: Part,
}

impl Proxy {
    pub(crate) fn new(control: Arc<Control>, options: &Arc<ManagerOptions>) -> Self {
        let (forwarding, options) = (Forwarding::new(options), options.clone());
        let (upstream, requests, counted) = (Upstream::default(), Tracker::new(), control.counted().part());
        Proxy { control, upstream, forwarding, options, requests, counted }
    }

    /// Counts an answer to what is no request.
    pub(crate) fn count_refusal(&self, status: StatusCode) {
        self.counted.answers().count(status);
    }

    /// The requests and tunnels that have not ended.
    pub(crate) fn requests(&self) -> &Arc<Tracker> {
        &self.requests
    }

    /// Answers a request, in every case. The request is worked on where it lies; what is left of it means nothing.
    /// `passed` has those of its fields that nobody asks for, and then those of the answer: who gives it a place writes them.
    pub(crate) async fn handle(
        &self,
        request: &mut Request<RequestBody>,
        mut passed: Option<&mut Passed>,
        client: &Client,
    ) -> Response<ResponseBody> {
        let tracked = self.requests.track();
        let is_head = request.method() == Method::HEAD;
        let upload = request.body().progress().filter(|_| request.version() < Version::HTTP_2);
        let mut route = None;
        let answer = self.forward(request, passed.as_deref_mut(), client, tracked, &mut route).await;
        let mut response = answer.unwrap_or_else(|error| {
            self.log(&error, route.as_deref());
            if let Some(passed) = passed {
                passed.clear();
            }
            let response = respond::with_error(&error);
            // hyper leaves the text out in HTTP/1.1; in HTTP/2 it would send it, and break the stream with it.
            if is_head { response.map(|_| ResponseBody::text("")) } else { response }
        });
        if upload.is_some_and(|upload| !upload.has_ended()) && !is_upgrade(&response) {
            // What nobody reads to its end stays in the connection, which is then closed behind the answer. A client that
            // was not told would lose its next request on it.
            response.headers_mut().insert(header::CONNECTION, HeaderValue::from_static("close"));
        }
        if let Some(route) = route {
            route.tally().answers().count(response.status());
        }
        self.counted.answers().count(response.status());
        response
    }

    async fn forward(
        &self,
        request: &mut Request<RequestBody>,
        mut passed: Option<&mut Passed>,
        client: &Client,
        tracked: Tracked,
        found: &mut Option<Arc<Route>>,
    ) -> Result<Response<ResponseBody>> {
        self.check_head(request)?;
        let present = Present::of(request.headers());
        let asked = upgrade::asked(request, present);
        if request.method() == Method::CONNECT && asked.is_none() {
            return Err(Error::from(ErrorKind::MethodNotSupported));
        }
        let route = self.control.table().find(request.uri().path()).cloned();
        let route = &*found.insert(route.ok_or(ErrorKind::NoRoute)?);
        let is_head = request.method() == Method::HEAD;
        let on_upgrade = asked.as_ref().map(|_| OnUpgrade::of(request));
        let held = request.extensions_mut().remove::<Held>();
        let options = route.options();
        let deadline = match options.request_timeout {
            Duration::ZERO => None,
            limit => Some(Instant::now() + limit),
        };
        let announced =
            headers::clean_request(request, passed.as_deref_mut(), present, client, &self.forwarding)?;
        let has_own_host = options.host_header == HostHeader::Backend;
        if (has_own_host || self.options.client_subject_header.is_some() || route.handler().is_some())
            && let Some(passed) = &mut passed
        {
            std::mem::take(*passed).put_into(request.headers_mut())?;
        }
        if let Some(name) = &self.options.client_subject_header {
            subject::tell(request.headers_mut(), name, client.subject());
        }
        if let Some(handler) = route.handler() {
            // In a box: what most requests have no part in must not make their own task larger.
            let address = self.forwarding.believed_address(request.headers(), client);
            let stall = self.options.client_stall_timeout;
            let answer = handled::answer(request, handler, address, announced, stall);
            return Box::pin(answer).await.map(|response| response.map(|body| body.tracked(tracked)));
        }
        if let Some(asked) = &asked {
            asked.put_into(request);
            if asked.is_extended_connect() {
                // What follows is the tunnel's.
                *request.body_mut() = RequestBody::Empty;
            }
        }
        request.body().limit(BodyLimits {
            size: options.request_body_limit,
            stall: self.options.client_stall_timeout,
            replay: options.replay_limit,
        })?;
        let is_held_back = present.has(Present::EXPECT) && headers::is_held_back(request);
        let go_ahead = is_held_back.then(|| request.body().hold_back()).flatten();
        let (control, forwarding) = (&*self.control, &self.forwarding);
        let mut response = {
            let mut outgoing =
                Outgoing { control, route, request, passed, client, forwarding, announced, go_ahead };
            // In a box of its own, so that neither that nor the one that all of this lies in is above what the thread cache of glibc's
            // allocator keeps.
            let answer = Box::pin(attempt::send(&self.upstream, &mut outgoing));
            match deadline {
                None => answer.await,
                // In a box of its own, as all that few requests need.
                Some(deadline) => Box::pin(timeout_at(deadline, answer)).await.map_err(|_| {
                    route.tally().count_failure(ErrorKind::RequestExpired);
                    ErrorKind::RequestExpired
                })?,
            }
        }?;
        match on_upgrade {
            _ if !is_upgrade(&response) => {
                // What a backend sends behind the head of an answer to HEAD, against RFC 9110, section 9.3.2, is not passed on.
                let body = |body: AnswerBody| {
                    let body = match is_head {
                        true => ResponseBody::none(body),
                        false => ResponseBody::upstream(body, options.backend_stall_timeout, deadline),
                    };
                    body.tracked(tracked)
                };
                clean(&mut response)?;
                Ok(response.map(body))
            }
            Some(downstream) => {
                let held = (tracked, held);
                upgrade::tunnel(response, asked, downstream, options.tunnel_idle_timeout, held)
            }
            None => Err(Error::new(ErrorKind::UpstreamProtocol, "the backend changed the protocol unasked")),
        }
    }

    /// Writes why a request gets an answer of the proxy's own.
    #[cold]
    fn log(&self, error: &Error, route: Option<&Route>) {
        let (level, category) = match error.kind() {
            ErrorKind::HandlerFailed | ErrorKind::HandlerTimeout | ErrorKind::HandlerBusy => {
                (LogLevel::Warn, "handlers")
            }
            _ => (LogLevel::Debug, "requests"),
        };
        self.control.events().log(level, category, || {
            let (status, name) = (error.kind().http_status(), error.kind().name());
            let prefix = route.map_or("no route", |route| route.prefix().as_str());
            format!("request refused: {prefix}: {status} {name}: {error}")
        });
    }

    /// What the protocol's own code does not hold to the limits.
    fn check_head(&self, request: &Request<RequestBody>) -> Result<()> {
        let target = request.uri().path_and_query().map_or(0, |target| target.as_str().len());
        if target as u64 > self.options.request_target_limit {
            return Err(ErrorKind::TargetTooLong.into());
        }
        if request.headers().len() > self.options.request_header_limit {
            return Err(ErrorKind::TooManyHeaders.into());
        }
        Ok(())
    }
}

fn is_upgrade<B>(response: &Response<B>) -> bool {
    response.status() == StatusCode::SWITCHING_PROTOCOLS
}

/// Makes the head of a backend's answer the one that the client gets.
fn clean<B>(response: &mut Response<B>) -> Result<()> {
    headers::clean_response(response)?;
    // The version is that of the connection to the backend; the client's side writes its own.
    *response.version_mut() = Version::HTTP_11;
    Ok(())
}
