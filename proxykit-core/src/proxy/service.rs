use std::convert::Infallible;
use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use bytes::Bytes;
use http::{Request, Response};
use http_body::Body;

use super::client::{Client, ClientAddress};
use super::{Proxy, ResponseBody};
use crate::config::ManagerOptions;
use crate::control::Control;
use crate::upstream::RequestBody;

/// The proxy as a service for `tower`, axum or hyper, to be mounted beside a host's own routes.
///
/// It follows every change of the manager's routes; a path that no route takes is answered with 404. Clones share
/// the connections to the backends. The client's address comes from a [`ClientAddress`] among the request's
/// extensions. It must be called on a tokio runtime with I/O and time enabled.
#[derive(Clone)]
pub struct ProxyService(Arc<Proxy>);

impl ProxyService {
    pub(crate) fn new(control: Arc<Control>, options: &Arc<ManagerOptions>) -> Self {
        ProxyService(Arc::new(Proxy::new(control, options)))
    }
}

impl<B> tower_service::Service<Request<B>> for ProxyService
where
    B: Body<Data = Bytes> + Send + 'static,
    B::Error: Into<Box<dyn std::error::Error + Send + Sync>>,
{
    type Response = Response<ResponseBody>;
    type Error = Infallible;
    type Future = Pin<Box<dyn Future<Output = Result<Self::Response, Infallible>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<B>) -> Self::Future {
        let proxy = self.0.clone();
        Box::pin(async move {
            let address = request.extensions().get::<ClientAddress>();
            let client = address.map_or_else(Client::unknown, |address| Client::at(address.0, None));
            Ok(proxy.handle(&mut request.map(RequestBody::boxed), None, &client).await)
        })
    }
}

impl fmt::Debug for ProxyService {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ProxyService").finish_non_exhaustive()
    }
}
