use std::io;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use pingora::http::RequestHeader;
use pingora::lb::LoadBalancer;
use pingora::lb::health_check::TcpHealthCheck;
use pingora::lb::selection::RoundRobin;
use pingora::prelude::*;
use pingora::protocols::ALPN;
use pingora::proxy::{ProxyHttp, Session};
use pingora::services::background::{GenBackgroundService, background_service};

type Balancer = LoadBalancer<RoundRobin>;

pub(crate) struct Route {
    prefix: String,
    balancer: Arc<Balancer>,
}

impl Route {
    /// With the service that checks its backends.
    pub(crate) fn new(
        prefix: String,
        backends: &[String],
    ) -> io::Result<(Self, GenBackgroundService<Balancer>)> {
        let mut balancer = Balancer::try_from_iter(backends)?;
        balancer.set_health_check(TcpHealthCheck::new());
        balancer.health_check_frequency = Some(Duration::from_secs(5));
        let checks = background_service("health checks", balancer);
        Ok((Route { prefix, balancer: checks.task() }, checks))
    }
}

pub(crate) struct Proxy {
    /// The longest prefix first.
    routes: Vec<Route>,
    is_http2_upstream: bool,
}

impl Proxy {
    pub(crate) fn new(mut routes: Vec<Route>, is_http2_upstream: bool) -> Self {
        routes.sort_by_key(|route| std::cmp::Reverse(route.prefix.len()));
        Proxy { routes, is_http2_upstream }
    }
}

#[async_trait]
impl ProxyHttp for Proxy {
    type CTX = ();

    fn new_ctx(&self) {}

    async fn upstream_peer(&self, session: &mut Session, _: &mut ()) -> Result<Box<HttpPeer>> {
        let path = session.req_header().uri.path();
        let route = self.routes.iter().find(|route| path.starts_with(&route.prefix));
        let route = route.ok_or_else(|| Error::explain(HTTPStatus(404), "no route"))?;
        // Round robin hashes nothing; 256 is how many unhealthy backends it passes over.
        let backend = route.balancer.select(b"", 256);
        let backend = backend.ok_or_else(|| Error::explain(HTTPStatus(503), "no healthy backend"))?;
        let mut peer = HttpPeer::new(backend, false, String::new());
        peer.options.connection_timeout = Some(Duration::from_secs(5));
        peer.options.read_timeout = Some(Duration::from_secs(60));
        if self.is_http2_upstream {
            peer.options.alpn = ALPN::H2;
            peer.options.max_h2_streams = 100;
        }
        Ok(Box::new(peer))
    }

    async fn upstream_request_filter(
        &self,
        session: &mut Session,
        request: &mut RequestHeader,
        _: &mut (),
    ) -> Result<()> {
        if let Some(client) = session.client_addr().and_then(|address| address.as_inet()) {
            request.append_header("X-Forwarded-For", client.ip().to_string())?;
        }
        if let Some(host) = session.req_header().headers.get("Host").cloned() {
            request.insert_header("X-Forwarded-Host", host)?;
        }
        let proto =
            if session.digest().is_some_and(|digest| digest.ssl_digest.is_some()) { "https" } else { "http" };
        request.insert_header("X-Forwarded-Proto", proto)
    }
}
