//! A proxy that runs for as long as the process, in front of a backend in the same process.

use std::io::{ErrorKind, Read, Write};
use std::net::{Ipv4Addr, Shutdown, SocketAddr, TcpStream};
use std::sync::atomic::{AtomicU32, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use proxykit_core::{Management, Manager, ManagerOptions, RouteOptions};
use socket2::{Domain, SockRef, Socket, Type};
use tokio::net::{UnixListener, UnixStream};
use tokio::runtime::Builder;

/// Whatever the proxy does, it has done it by then.
pub(super) const DEADLINE: Duration = Duration::from_secs(20);

/// How long a client that still hopes for an answer waits before it gives up hope.
const HOPE: Duration = Duration::from_millis(5);

pub(super) struct Proxy {
    address: SocketAddr,
    _manager: Manager,
}

impl Proxy {
    /// A proxy in front of a backend whose connections are served by `serve`.
    pub(super) fn before<F>(name: &str, serve: impl Fn(UnixStream) -> F + Send + 'static) -> Self
    where
        F: Future<Output = ()> + 'static,
    {
        let path = std::env::temp_dir().join(format!("proxykit-fuzz-{name}-{}", std::process::id()));
        // Of a process before this one, with the same number.
        let _ = std::fs::remove_file(&path);
        let listener =
            std::os::unix::net::UnixListener::bind(&path).expect("a socket in the temporary folder");
        listener.set_nonblocking(true).expect("a socket without waiting");
        thread::spawn(move || {
            let runtime = Builder::new_current_thread().enable_all().build().expect("a runtime");
            let tasks = tokio::task::LocalSet::new();
            tasks.block_on(&runtime, async {
                let listener = UnixListener::from_std(listener).expect("a runtime with I/O");
                while let Ok((stream, _)) = listener.accept().await {
                    tokio::task::spawn_local(serve(stream));
                }
            });
        });
        let options = ManagerOptions {
            workers: 1,
            management: Management::Off,
            // A client that has sent the half of a body, and no more, is not waited for.
            half_close_timeout: HOPE,
            ..ManagerOptions::default()
        };
        let manager = Manager::new(options).expect("good options");
        let options = RouteOptions { health_check: None, ..RouteOptions::default() };
        manager.add_route("/", [format!("unix:{}", path.display())], options).expect("a good route");
        manager.start("127.0.0.1:0").expect("a free port");
        let address = manager.address().expect("a started manager").parse().expect("an address");
        Proxy { address, _manager: manager }
    }

    /// Sends bytes from an address of its own, waits until `is_enough` of what comes back, or until nothing more is to be hoped
    /// for, says that no more will be sent, and reads to the end. `must_come` tells that it is a fault if there is never enough.
    pub(super) fn exchange(
        &self,
        client: Ipv4Addr,
        bytes: &[u8],
        must_come: bool,
        is_enough: impl Fn(&[u8]) -> bool,
    ) -> Vec<u8> {
        let mut stream = connect(client, self.address).expect("a proxy that accepts");
        stream.set_read_timeout(Some(HOPE)).expect("a time limit");
        // A proxy that refuses the beginning may close before it has read the rest.
        let _ = stream.write_all(bytes);
        let mut received = Vec::new();
        let begin = Instant::now();
        let mut is_open = true;
        while is_open && !is_enough(&received) {
            match read(&mut stream, &mut received) {
                Some(going_on) => is_open = going_on,
                None if !must_come => break,
                None => assert!(begin.elapsed() < DEADLINE, "no answer, and no end: {}", shown(&received)),
            }
        }
        // One that is closed already cannot be shut down.
        let _ = stream.shutdown(Shutdown::Write);
        let begin = Instant::now();
        while is_open {
            is_open = read(&mut stream, &mut received).unwrap_or(true);
            assert!(begin.elapsed() < DEADLINE, "no end behind {}", shown(&received));
        }
        received
    }
}

/// Whether the connection goes on; none if nothing came.
fn read(stream: &mut TcpStream, received: &mut Vec<u8>) -> Option<bool> {
    let mut buffer = [0; 16 * 1024];
    match stream.read(&mut buffer) {
        Ok(count) => {
            received.extend_from_slice(&buffer[..count]);
            Some(count > 0)
        }
        // The fuzzer's own clock interrupts.
        Err(error)
            if matches!(
                error.kind(),
                ErrorKind::WouldBlock | ErrorKind::TimedOut | ErrorKind::Interrupted
            ) =>
        {
            None
        }
        Err(_) => Some(false),
    }
}

fn connect(client: Ipv4Addr, proxy: SocketAddr) -> std::io::Result<TcpStream> {
    let socket = Socket::new(Domain::IPV4, Type::STREAM, None)?;
    socket.bind(&SocketAddr::from((client, 0)).into())?;
    socket.connect(&proxy.into())?;
    // A reset spares the system the memory of thousands of connections a second.
    SockRef::from(&socket).set_linger(Some(Duration::ZERO))?;
    Ok(socket.into())
}

/// An address that no client before had, so that the backend can tell whose a request is: the proxy says it.
pub(super) fn next_client() -> Ipv4Addr {
    static NEXT: AtomicU32 = AtomicU32::new(0);
    let number = NEXT.fetch_add(1, Ordering::Relaxed) % 0x00f0_0000;
    Ipv4Addr::from_bits(0x7f01_0000 + number)
}

/// Bytes for people.
pub(super) fn shown(bytes: &[u8]) -> String {
    format!("\"{}\"", bytes.escape_ascii())
}
