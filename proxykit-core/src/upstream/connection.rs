use std::future::Future;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::Duration;

use http::{Request, Response};
use hyper::body::Incoming;
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;
use tokio::time::{Instant, timeout_at};

use super::body::Progress;
use super::stream::{CheckOnRead, Stream};
use super::{Failed, RequestBody, dial, exchange_error};
use crate::config::Target;
use crate::error::{Error, ErrorKind, Result, Retry};

/// An HTTP/1.1 connection to a backend.
pub(super) struct Connection {
    sender: http1::SendRequest<RequestBody>,
    check: CheckOnRead,
}

impl Connection {
    /// Opens a connection; a task of the current runtime drives it until it closes.
    pub(super) async fn open(target: &Target, limit: Duration) -> Result<Self> {
        let stream = dial(target, limit).await?;
        let check = Arc::new(AtomicBool::new(false));
        let io = TokioIo::new(Stream::new(stream, check.clone()));
        let (sender, driver) = http1::Builder::new()
            .handshake(io)
            .await
            .map_err(|error| Error::from(ErrorKind::ConnectFailed).because(error).retry(Retry::Unsent))?;
        // What ends the driver ends the exchange as well, and is reported there.
        tokio::spawn(async move { driver.with_upgrades().await.ok() });
        Ok(Connection { sender, check: CheckOnRead(check) })
    }

    /// Has the next [`Connection::send`] find out first whether the backend has closed the connection.
    pub(super) fn check_before_sending(&self) {
        self.check.request();
    }

    /// Whether a request can be sent at once.
    pub(super) fn is_ready(&self) -> bool {
        self.sender.is_ready()
    }

    /// Whether no request can be sent any more.
    pub(super) fn is_closed(&self) -> bool {
        self.sender.is_closed()
    }

    /// Sends a request and waits for the head of the answer.
    pub(super) async fn send(
        &mut self,
        request: Request<RequestBody>,
        limit: Duration,
    ) -> Result<Response<Incoming>, Box<Failed>> {
        let progress = request.body().progress();
        match head_within(limit, progress, self.sender.try_send_request(request)).await {
            Some(Ok(response)) => Ok(response),
            Some(Err(mut error)) => {
                let request = error.take_message();
                let error = exchange_error(error.into_error());
                // A request that comes back was never begun.
                let error = if request.is_some() { error.retry(Retry::Unsent) } else { error };
                Err(Box::new(Failed { error, request }))
            }
            None => Err(Box::new(Failed { error: ErrorKind::ResponseTimeout.into(), request: None })),
        }
    }
}

/// The result of `response`, or none if it is not there within `limit` of the last piece of the request.
async fn head_within<F: Future>(
    limit: Duration,
    progress: Option<Arc<Progress>>,
    response: F,
) -> Option<F::Output> {
    let mut response = std::pin::pin!(response);
    let mut deadline = Instant::now() + limit;
    loop {
        match timeout_at(deadline, response.as_mut()).await {
            Ok(output) => return Some(output),
            Err(_) => match &progress {
                Some(progress) if progress.last() + limit > deadline => deadline = progress.last() + limit,
                _ => return None,
            },
        }
    }
}
