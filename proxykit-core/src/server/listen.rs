use std::io;
use std::net::{SocketAddr, TcpListener, ToSocketAddrs};
use std::path::{Path, PathBuf};

use socket2::{Domain, Protocol, SockRef, Socket, Type};

#[cfg(unix)]
use super::handed_in;
use super::listener::Queue;
use crate::config::Listen;
use crate::error::{Error, ErrorKind, Result};

/// How many connections the system holds for us until they are accepted. The system's own limit caps it.
const BACKLOG: i32 = 4096;

/// Sockets that listen at one address.
pub(crate) struct Bound {
    /// One for each worker where the system spreads connections over them, else one for all.
    pub(crate) queues: Vec<Queue>,
    /// The address with its real port, or `unix:PATH`.
    pub(crate) address: String,
    /// What must be kept for as long as the queues are open.
    pub(crate) file: Option<SocketFile>,
}

/// The file of a unix socket, removed when listening ends.
pub(crate) struct SocketFile(PathBuf);

/// Listens at an address, with up to `queues` accept queues.
pub(crate) fn bind(listen: &Listen, queues: usize) -> Result<Bound> {
    match listen {
        Listen::Tcp { host, port } => bind_tcp(listen, host, *port, queues),
        #[cfg(unix)]
        Listen::Unix(path) => bind_unix(listen, path),
        #[cfg(unix)]
        Listen::Descriptor(number) => handed_in::adopt(listen, *number),
        #[cfg(unix)]
        Listen::Systemd(name) => handed_in::adopt(listen, handed_in::by_systemd(listen, name.as_deref())?),
        #[cfg(not(unix))]
        _ => Err(bind_error(listen, io::ErrorKind::Unsupported.into())),
    }
}

impl Bound {
    /// One queue for all, of which nothing is ours but the copy that we accept from.
    #[cfg(unix)]
    pub(super) fn handed_in(queue: Queue, address: String) -> Self {
        Bound { queues: vec![queue], address, file: None }
    }
}

fn bind_tcp(listen: &Listen, host: &str, port: u16, queues: usize) -> Result<Bound> {
    let addresses: Vec<SocketAddr> = if host.is_empty() {
        // Both families in one socket; the second is for systems without IPv6.
        vec![(std::net::Ipv6Addr::UNSPECIFIED, port).into(), (std::net::Ipv4Addr::UNSPECIFIED, port).into()]
    } else {
        (host, port).to_socket_addrs().map_err(|error| bind_error(listen, error))?.collect()
    };
    let mut last_error = io::Error::from(io::ErrorKind::AddrNotAvailable);
    for address in addresses {
        match bind_queues(address, host.is_empty(), queues) {
            Ok(listeners) => {
                let address =
                    listeners[0].local_addr().map_err(|error| bind_error(listen, error))?.to_string();
                let queues = listeners.into_iter().map(Queue::Tcp).collect();
                return Ok(Bound { queues, address, file: None });
            }
            Err(error) if error.kind() == io::ErrorKind::AddrInUse => return Err(bind_error(listen, error)),
            Err(error) => last_error = error,
        }
    }
    Err(bind_error(listen, last_error))
}

fn bind_queues(address: SocketAddr, dual_stack: bool, queues: usize) -> io::Result<Vec<TcpListener>> {
    // The first socket is bound alone: with SO_REUSEPORT the system would let it join the sockets of another
    // proxy, and take half of its connections, where this must be "address in use".
    let first = open(address, dual_stack)?;
    first.bind(&address.into())?;
    let address = first.local_addr()?;
    let mut sockets = vec![first];
    if cfg!(target_os = "linux") && queues > 1 {
        share_port(&sockets[0])?;
        for _ in 1..queues {
            let socket = open(address.as_socket().ok_or(io::ErrorKind::InvalidInput)?, dual_stack)?;
            share_port(&socket)?;
            socket.bind(&address)?;
            sockets.push(socket);
        }
    }
    for socket in &sockets {
        socket.listen(BACKLOG)?;
    }
    Ok(sockets.into_iter().map(Into::into).collect())
}

fn open(address: SocketAddr, dual_stack: bool) -> io::Result<Socket> {
    let socket = Socket::new(Domain::for_address(address), Type::STREAM, Some(Protocol::TCP))?;
    socket.set_nonblocking(true)?;
    // A restart must not wait for the connections of the process before it to leave TIME_WAIT.
    #[cfg(unix)]
    socket.set_reuse_address(true)?;
    if dual_stack && address.is_ipv6() {
        socket.set_only_v6(false)?;
    }
    // Inherited by the connections that it accepts, which spares a system call for each.
    socket.set_tcp_nodelay(true)?;
    Ok(socket)
}

#[cfg(target_os = "linux")]
fn share_port(socket: &Socket) -> io::Result<()> {
    SockRef::from(socket).set_reuse_port(true)
}

#[cfg(not(target_os = "linux"))]
fn share_port(_: &Socket) -> io::Result<()> {
    Ok(())
}

#[cfg(unix)]
fn bind_unix(listen: &Listen, path: &Path) -> Result<Bound> {
    use std::os::unix::fs::FileTypeExt;
    use std::os::unix::net::UnixListener;

    let is_socket = std::fs::symlink_metadata(path).is_ok_and(|file| file.file_type().is_socket());
    if is_socket && connect_unix(path).is_err_and(|error| error.kind() == io::ErrorKind::ConnectionRefused) {
        // Left behind by a process that was killed: nobody listens there any more.
        std::fs::remove_file(path).map_err(|error| bind_error(listen, error))?;
    }
    let listener = UnixListener::bind(path).map_err(|error| bind_error(listen, error))?;
    let file = SocketFile(path.to_owned());
    listener.set_nonblocking(true).map_err(|error| bind_error(listen, error))?;
    let (queues, address) = (vec![Queue::Unix(listener)], listen.to_string());
    Ok(Bound { queues, address, file: Some(file) })
}

/// Without waiting: one whose line is full listens all the same.
#[cfg(unix)]
fn connect_unix(path: &Path) -> io::Result<()> {
    let socket = Socket::new(Domain::UNIX, Type::STREAM, None)?;
    socket.set_nonblocking(true)?;
    socket.connect(&socket2::SockAddr::unix(path)?)
}

fn bind_error(listen: &Listen, error: io::Error) -> Error {
    let (kind, what) = match error.kind() {
        io::ErrorKind::AddrInUse => (ErrorKind::AddressInUse, "is in use"),
        _ => (ErrorKind::BindFailed, "cannot be bound"),
    };
    Error::new(kind, format!("the address {:?} {what}", listen.to_string())).because(error)
}

impl Drop for SocketFile {
    fn drop(&mut self) {
        // It may be gone already; there is nobody to tell, and nothing to do about it.
        std::fs::remove_file(&self.0).ok();
    }
}
