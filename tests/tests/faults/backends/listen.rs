use std::io;
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use proxykit_tests::backend::own_address;
use socket2::{Domain, Socket, Type};

use super::{Shared, http1, http2};
use crate::fault::Fault;

/// Longer than the system needs for a connection within the machine.
const CONNECT_LIMIT: Duration = Duration::from_millis(300);

/// A backend of HTTP/1.1 that has this fault, or none.
pub(super) fn tcp(shared: &Arc<Shared>, fault: Option<Fault>) -> io::Result<SocketAddr> {
    accept(shared, move |shared, stream| shared.spawn(http1::serve(stream, fault, shared.clone())))
}

/// A backend of HTTP/2.
pub(super) fn tcp2(shared: &Arc<Shared>, fault: Option<Fault>) -> io::Result<SocketAddr> {
    accept(shared, move |shared, stream| shared.spawn(http2::serve(stream, fault, shared.clone())))
}

fn accept(
    shared: &Arc<Shared>,
    serve: impl Fn(&Arc<Shared>, tokio::net::TcpStream) + Send + 'static,
) -> io::Result<SocketAddr> {
    let listener = TcpListener::bind((own_address(), 0))?;
    listener.set_nonblocking(true)?;
    let address = listener.local_addr()?;
    let served = shared.clone();
    shared.runtime.spawn(async move {
        let listener = tokio::net::TcpListener::from_std(listener).expect("the runtime has an event queue");
        loop {
            if let Ok((stream, _)) = listener.accept().await {
                serve(&served, stream);
            }
        }
    });
    Ok(address)
}

/// A healthy backend on a unix socket: its path.
pub(super) fn unix<'a>(shared: &Arc<Shared>, path: &'a Path) -> io::Result<std::path::Display<'a>> {
    let listener = std::os::unix::net::UnixListener::bind(path)?;
    listener.set_nonblocking(true)?;
    let served = shared.clone();
    shared.runtime.spawn(async move {
        let listener = tokio::net::UnixListener::from_std(listener).expect("the runtime has an event queue");
        loop {
            if let Ok((stream, _)) = listener.accept().await {
                served.spawn(http1::serve(stream, None, served.clone()));
            }
        }
    });
    Ok(path.display())
}

/// An address where nobody listens.
pub(super) fn nobody() -> io::Result<SocketAddr> {
    TcpListener::bind((own_address(), 0))?.local_addr()
}

/// A backend whose accept queue is full, and what fills it: further connections are not answered.
pub(super) fn stuck() -> io::Result<(SocketAddr, Vec<TcpStream>)> {
    let listener = Socket::new(Domain::IPV4, Type::STREAM, None)?;
    listener.bind(&SocketAddr::from((own_address(), 0)).into())?;
    listener.listen(0)?;
    let mut queued = vec![TcpStream::from(listener)];
    let address = queued[0].local_addr()?;
    while let Ok(stream) = TcpStream::connect_timeout(&address, CONNECT_LIMIT) {
        queued.push(stream);
    }
    Ok((address, queued))
}
