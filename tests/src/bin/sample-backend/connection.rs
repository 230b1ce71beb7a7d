use std::future::Future;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use hyper::body::Incoming;
use hyper::server::conn::{http1, http2};
use hyper::service::service_fn;
use hyper::{Request, Response};
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::sync::Notify;

use crate::answer::{self, Answer};
use crate::state::State;
use crate::{control, upgrade};

/// One connection, from its first byte to its last.
pub(crate) struct Connection {
    pub(crate) state: Arc<State>,
    requests: AtomicUsize,
    controlled: AtomicBool,
    /// Told when the answer has ended behind which the connection closes.
    pub(crate) close: Arc<Notify>,
}

/// Serves a connection until it closes.
pub(crate) async fn serve<S>(socket: S, is_http2: bool, state: Arc<State>)
where
    S: AsyncRead + AsyncWrite + Send + Unpin + 'static,
{
    let connection = Arc::new(Connection {
        state: state.clone(),
        requests: AtomicUsize::new(0),
        controlled: AtomicBool::new(false),
        close: Arc::new(Notify::new()),
    });
    let service = service_fn(|request| handle(connection.clone(), request));
    let socket = TokioIo::new(socket);
    if is_http2 {
        let served = http2::Builder::new(TokioExecutor::new()).serve_connection(socket, service);
        until_closed(&connection, served, |served| served.graceful_shutdown()).await;
    } else {
        let mut builder = http1::Builder::new();
        builder.max_headers(1000).timer(TokioTimer::new());
        let served = builder.serve_connection(socket, service).with_upgrades();
        until_closed(&connection, served, |served| served.graceful_shutdown()).await;
    }
    connection.ended();
}

async fn until_closed<C: Future>(connection: &Connection, served: C, shut_down: fn(Pin<&mut C>)) {
    let mut close_idle = connection.state.close_idle.subscribe();
    let mut served = pin!(served);
    loop {
        tokio::select! {
            // A connection that breaks is what some tests want; the counts tell.
            _ = &mut served => break,
            _ = close_idle.changed() => shut_down(served.as_mut()),
            () = connection.close.notified() => shut_down(served.as_mut()),
        }
    }
}

async fn handle(connection: Arc<Connection>, request: Request<Incoming>) -> Result<Response<Answer>, String> {
    if let Some(what) = request.uri().path().strip_prefix(control::PREFIX) {
        connection.controlled.store(true, Ordering::SeqCst);
        return Ok(control::answer(&connection.state, request.method(), what));
    }
    let number = connection.counted();
    if request.headers().contains_key("upgrade") {
        return Ok(upgrade::answer(&connection, request));
    }
    let closes = connection.state.close_after.is_some_and(|most| number >= most);
    answer::answer(&connection, request, closes).await
}

// === impl Connection ===

impl Connection {
    /// Counts a request, and says which one of this connection it is.
    fn counted(&self) -> usize {
        let number = self.requests.fetch_add(1, Ordering::SeqCst) + 1;
        if number == 1 {
            self.state.connections.fetch_add(1, Ordering::SeqCst);
            self.state.accepted.fetch_add(1, Ordering::SeqCst);
        }
        number
    }

    fn ended(&self) {
        if self.requests.load(Ordering::SeqCst) > 0 {
            self.state.connections.fetch_sub(1, Ordering::SeqCst);
        } else if !self.controlled.load(Ordering::SeqCst) {
            self.state.probes.fetch_add(1, Ordering::SeqCst);
        }
    }
}
