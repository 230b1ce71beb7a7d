use std::future::Future;
use std::pin::pin;
use std::sync::Arc;

use tokio::io::{AsyncRead, AsyncWrite};

use super::activity::Activity;
use super::arrival::{Arrived, arrive};
use super::drain::Drained;
use super::gate::Admitted;
use super::peer::Peer;
use super::service::Service;
use super::watch::run;
use super::{http1, http2};
use crate::http1::MaybePlain;
use crate::management::Caller;
use crate::proxy::{Client, Interim};

/// Who answers, and whom.
pub(super) struct Answerer {
    pub(super) service: Arc<Service>,
    pub(super) client: Client,
    pub(super) caller: Caller,
    pub(super) activity: Arc<Activity>,
}

impl Answerer {
    /// The same, with a way for interim answers.
    pub(super) fn with_interim(self, interim: &Arc<Interim>) -> Self {
        Answerer { client: self.client.with_interim(interim.clone()), ..self }
    }
}

/// Serves one connection until the client closes it, the protocol ends it, or the drain does.
///
/// What it does is in boxes of its own: a connection holds what it needs for what it does at the time, and no more. `held`
/// is dropped when all else is gone.
pub(super) fn serve<S, H>(
    stream: S,
    peer: Peer,
    admitted: Admitted,
    service: Arc<Service>,
    drained: Drained,
    held: H,
) -> impl Future<Output = ()> + Send
where
    S: AsyncRead + AsyncWrite + MaybePlain + Send + Unpin + 'static,
    H: Send + 'static,
{
    let arriving = Box::pin(arrive(stream, peer, admitted, service, drained.clone()));
    async move {
        // What a future has captured it drops last. A future around this one that held it would take twice the room: what
        // is captured and then awaited has a place for either (rust-lang/rust#62958).
        let _ = &held;
        let Some(Arrived { stream, answerer, is_http2, admitted: _admitted }) = arriving.await else {
            return;
        };
        if is_http2 {
            return Box::pin(http2::serve(stream, answerer, drained)).await;
        }
        let mut connection = Box::new(http1::Connection::new(stream, answerer));
        let (patience, activity) = (connection.patience(), connection.activity().clone());
        let serving = pin!(connection.serve());
        run(serving, |_| activity.end_soon(), &activity, patience, &drained).await;
    }
}

#[cfg(test)]
mod tests {
    use tokio::net::TcpStream;

    use super::*;
    use crate::upstream::MaybeTls;

    fn size<F>(_: impl Fn(TcpStream, Peer, Admitted, Arc<Service>, Drained, ()) -> F) -> usize {
        std::mem::size_of::<F>()
    }

    /// Thousands of idle connections cost what this is, and little more.
    #[test]
    fn a_waiting_connection_is_small() {
        let (task, connection) =
            (size(serve::<TcpStream, ()>), std::mem::size_of::<http1::Connection<MaybeTls<TcpStream>>>());
        assert!(task + connection <= 760, "{task} and {connection} bytes");
    }
}
