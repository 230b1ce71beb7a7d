use std::sync::Arc;

use bytes::Bytes;
use http::{Request, Response, StatusCode};

use super::http1::Date;
use super::peer::Peer;
use super::secure::Secure;
use crate::clock::Clock;
use crate::config::ManagerOptions;
use crate::control::Control;
use crate::events::Publisher;
use crate::http1::Passed;
use crate::management::{Access, Api, Caller, is_management, serve};
use crate::proxy::{Client, Proxy, ResponseBody, Tracker, refusal};
use crate::tls::ServerTls;
use crate::upstream::RequestBody;

/// What a listener answers with: the management API, the routes, or the one before the other.
pub(crate) struct Service {
    proxy: Option<Proxy>,
    management: Option<(Api, Access)>,
    options: Arc<ManagerOptions>,
    secure: Option<Secure>,
    date: Date,
    clock: Arc<Clock>,
    events: Arc<Publisher>,
}

impl Service {
    /// The routes, and before them the management API if it is `managed`.
    pub(crate) fn proxy(
        control: &Arc<Control>,
        options: &Arc<ManagerOptions>,
        tls: Option<&Arc<ServerTls>>,
        managed: bool,
    ) -> Self {
        let proxy = Some(Proxy::new(control.clone(), options));
        let management = managed.then(|| (Api::new(control.clone(), tls.cloned()), Access::new(options)));
        let secure = tls.map(|tls| Secure::new(tls.clone(), options.tls_handshake_timeout));
        Service {
            proxy,
            management,
            options: options.clone(),
            secure,
            date: Date::default(),
            clock: Arc::default(),
            events: control.events().clone(),
        }
    }

    /// The management API alone, without TLS.
    pub(crate) fn management(
        control: &Arc<Control>,
        options: &Arc<ManagerOptions>,
        tls: Option<&Arc<ServerTls>>,
    ) -> Self {
        let management = Some((Api::new(control.clone(), tls.cloned()), Access::new(options)));
        Service {
            proxy: None,
            management,
            options: options.clone(),
            secure: None,
            date: Date::default(),
            clock: Arc::default(),
            events: control.events().clone(),
        }
    }

    /// What TLS is spoken with, if it is.
    pub(super) fn secure(&self) -> Option<&Secure> {
        self.secure.as_ref()
    }

    /// The requests under way through the proxy.
    pub(super) fn requests(&self) -> Option<&Arc<Tracker>> {
        self.proxy.as_ref().map(Proxy::requests)
    }

    /// Counts an answer to what could not be read as a request.
    pub(super) fn count_refusal(&self, status: StatusCode) {
        if let Some(proxy) = &self.proxy {
            proxy.count_refusal(status);
        }
    }

    /// Whether this peer's connections begin with a PROXY protocol header.
    pub(super) fn is_announced(&self, peer: &Peer) -> bool {
        self.proxy.is_some() && peer.is_from(&self.options.proxy_protocol)
    }

    pub(super) fn options(&self) -> &ManagerOptions {
        &self.options
    }

    /// Where the log is written.
    pub(super) fn events(&self) -> &Publisher {
        &self.events
    }

    pub(super) fn clock(&self) -> &Arc<Clock> {
        &self.clock
    }

    /// What dates the answers that have no date of their own.
    pub(super) fn date(&self) -> &Date {
        &self.date
    }

    /// Answers a request, which is worked on where it lies; what is left of it means nothing.
    pub(super) async fn answer(
        &self,
        request: &mut Request<RequestBody>,
        mut passed: Option<&mut Passed>,
        client: &Client,
        caller: Caller,
    ) -> Response<ResponseBody> {
        let proxy =
            self.proxy.as_ref().filter(|_| self.management.is_none() || !is_management(request.uri().path()));
        if let Some(proxy) = proxy {
            return proxy.handle(request, passed, client).await;
        }
        let passed = passed.take().map(std::mem::take);
        if let Some(Err(error)) = passed.map(|passed| passed.put_into(request.headers_mut())) {
            return refusal(&error.into());
        }
        let response = match &self.management {
            Some((api, access)) => Box::pin(serve(api, access, std::mem::take(request), caller)).await,
            // Neither is never made; an empty answer is the honest one.
            None => Response::new(Bytes::new()),
        };
        response.map(ResponseBody::text)
    }
}
