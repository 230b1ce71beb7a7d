use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll, ready};

use http::{Request, Response};
use hyper_util::rt::TokioIo;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::sync::oneshot;

/// A connection that has left HTTP, whatever is below it.
pub(crate) trait Bytestream: AsyncRead + AsyncWrite + Send + Unpin {}

impl<S: AsyncRead + AsyncWrite + Send + Unpin> Bytestream for S {}

pub(crate) type BoxedStream = Box<dyn Bytestream>;

/// A connection, once it has left HTTP; none if that did not come about. A client's leaves with the answer that makes it a
/// tunnel.
pub(crate) struct OnUpgrade(State);

enum State {
    Done(Option<BoxedStream>),
    Own(oneshot::Receiver<BoxedStream>),
    Hyper(hyper::upgrade::OnUpgrade),
}

/// Who serves the connection, and hands it over.
pub(crate) struct Upgrader(oneshot::Sender<BoxedStream>);

/// What a request brings along whose connection can become a tunnel. Extensions must be clones of each other: one of
/// them gets it.
#[derive(Clone)]
struct Offer(Arc<Mutex<Option<oneshot::Receiver<BoxedStream>>>>);

impl Upgrader {
    /// Lets [`OnUpgrade::of`] find the connection of this request.
    pub(crate) fn offer<B>(request: &mut Request<B>) -> Self {
        let (sender, receiver) = oneshot::channel();
        request.extensions_mut().insert(Offer(Arc::new(Mutex::new(Some(receiver)))));
        Upgrader(sender)
    }

    /// Hands the connection over; it is closed if nobody wants it any more.
    pub(crate) fn hand_over(self, stream: BoxedStream) {
        self.0.send(stream).ok();
    }
}

impl OnUpgrade {
    /// A connection that has left HTTP already.
    pub(crate) fn done(stream: Option<BoxedStream>) -> Self {
        OnUpgrade(State::Done(stream))
    }

    /// The connection behind an answer that hyper has read.
    pub(crate) fn by_hyper<B>(response: &mut Response<B>) -> Self {
        OnUpgrade(State::Hyper(hyper::upgrade::on(response)))
    }

    /// The connection of a request: of this server's own, or of hyper's.
    pub(crate) fn of<B>(request: &mut Request<B>) -> Self {
        let offer = request.extensions_mut().remove::<Offer>();
        let own = offer.and_then(|offer| offer.0.lock().unwrap_or_else(PoisonError::into_inner).take());
        OnUpgrade(match own {
            Some(receiver) => State::Own(receiver),
            None => State::Hyper(hyper::upgrade::on(request)),
        })
    }
}

impl Future for OnUpgrade {
    type Output = Option<BoxedStream>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        Poll::Ready(match &mut self.get_mut().0 {
            State::Done(stream) => stream.take(),
            State::Own(receiver) => ready!(Pin::new(receiver).poll(cx)).ok(),
            State::Hyper(upgrade) => {
                let upgraded = ready!(Pin::new(upgrade).poll(cx)).ok();
                upgraded.map(|upgraded| Box::new(TokioIo::new(upgraded)) as BoxedStream)
            }
        })
    }
}
