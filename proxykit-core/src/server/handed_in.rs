//! Sockets that somebody else bound: a descriptor of this process, by its number or by what systemd says of it.

use std::io;
use std::os::fd::{AsFd, OwnedFd};

use filedescriptor::FileDescriptor;
use socket2::{Domain, Socket, Type};

use super::listen::Bound;
use super::listener::Queue;
use crate::config::Listen;
use crate::error::{Error, ErrorKind, Result};

/// The first descriptor that systemd hands in (`sd_listen_fds(3)`).
const FIRST: i32 = 3;

/// Accepts from a copy of a descriptor. The descriptor itself is not ours: it is neither closed nor changed, and the file of
/// its unix socket stays.
pub(super) fn adopt(listen: &Listen, number: i32) -> Result<Bound> {
    let wrong =
        |why: &str| Error::new(ErrorKind::BindFailed, format!("the address {listen} cannot be used: {why}"));
    let failed = |error: io::Error| wrong("the system refuses").because(error);
    // A copy is closed on exec, whatever the descriptor itself is.
    let copy = FileDescriptor::dup(&number).map_err(|error| wrong("it is not open").because(error))?;
    let socket: OwnedFd = copy.as_fd().try_clone_to_owned().map_err(failed)?;
    let socket = Socket::from(socket);
    match socket.r#type() {
        Ok(Type::STREAM) => {}
        Ok(_) => return Err(wrong("it is not a stream socket")),
        Err(error) => return Err(wrong("it is not a socket").because(error)),
    }
    let address = socket.local_addr().map_err(failed)?;
    #[cfg(any(target_os = "linux", target_os = "android", target_os = "freebsd"))]
    if !socket.is_listener().map_err(failed)? {
        return Err(wrong("it does not listen"));
    }
    // The flag is one of the socket, and so of every copy of it: it is set once nothing can go wrong any more.
    if let Some(address) = address.as_socket() {
        socket.set_tcp_nodelay(true).map_err(failed)?;
        socket.set_nonblocking(true).map_err(failed)?;
        return Ok(Bound::handed_in(Queue::Tcp(socket.into()), address.to_string()));
    }
    if address.domain() != Domain::UNIX {
        return Err(wrong("it is a socket neither of TCP nor of unix"));
    }
    socket.set_nonblocking(true).map_err(failed)?;
    let name = match (address.as_pathname(), address.as_abstract_namespace()) {
        (Some(path), _) => format!("unix:{}", path.display()),
        (None, Some(name)) => format!("unix:@{}", name.escape_ascii()),
        (None, None) => format!("unix:fd:{number}"),
    };
    Ok(Bound::handed_in(Queue::Unix(socket.into()), name))
}

/// The descriptor that systemd handed in under this name, or the first one.
pub(super) fn by_systemd(listen: &Listen, name: Option<&str>) -> Result<i32> {
    let variable = |name| std::env::var(name).unwrap_or_default();
    let given = Given {
        pid: variable("LISTEN_PID"),
        count: variable("LISTEN_FDS"),
        names: variable("LISTEN_FDNAMES"),
    };
    given.find(name, std::process::id()).map_err(|why| {
        Error::new(ErrorKind::BindFailed, format!("the address {listen} cannot be used: {why}"))
    })
}

/// What the environment says.
struct Given {
    pid: String,
    count: String,
    names: String,
}

impl Given {
    fn find(&self, name: Option<&str>, own_pid: u32) -> Result<i32, String> {
        // The variables outlive an exec, and are then of another process.
        if self.pid.parse() != Ok(own_pid) {
            return Err("no socket was handed to this process (LISTEN_PID)".into());
        }
        let count = self.count.parse::<i32>().unwrap_or(0).clamp(0, i32::MAX - FIRST);
        if count == 0 {
            return Err("no socket was handed to this process (LISTEN_FDS)".into());
        }
        let Some(name) = name else { return Ok(FIRST) };
        let mut numbered = self.names.split(':').zip(FIRST..FIRST + count);
        let found = numbered.find(|(given, _)| *given == name);
        found
            .map(|(_, number)| number)
            .ok_or_else(|| format!("no socket was handed in under the name {name:?}"))
    }
}

#[cfg(test)]
mod tests {
    use std::net::{TcpListener, TcpStream};
    use std::os::fd::AsRawFd;
    use std::os::unix::net::{UnixDatagram, UnixListener};

    use super::*;

    fn adopted(descriptor: &impl AsRawFd) -> Result<Bound> {
        let number = descriptor.as_raw_fd();
        adopt(&format!("fd:{number}").parse().unwrap(), number)
    }

    #[test]
    fn systemd_hands_sockets_in_by_number_and_name() {
        let given = |pid: &str, count: &str, names: &str| Given {
            pid: pid.into(),
            count: count.into(),
            names: names.into(),
        };
        let two = given("7", "2", "web:admin");
        assert_eq!(two.find(None, 7), Ok(3));
        assert_eq!(two.find(Some("web"), 7), Ok(3));
        assert_eq!(two.find(Some("admin"), 7), Ok(4));
        assert!(two.find(Some("other"), 7).unwrap_err().contains("\"other\""));
        assert!(two.find(None, 8).is_err());
        assert_eq!(given("7", "3", "a:b:b").find(Some("b"), 7), Ok(4));
        // More names than sockets.
        assert!(given("7", "1", "web:admin").find(Some("admin"), 7).is_err());
        for (pid, count) in [("", ""), ("7", ""), ("7", "0"), ("7", "-1"), ("7", "x"), ("", "1"), ("x", "1")]
        {
            assert!(given(pid, count, "web").find(None, 7).is_err(), "{pid:?} {count:?}");
        }
        assert_eq!(given("7", "2147483647", "").find(None, 7), Ok(3));
    }

    #[test]
    fn what_does_not_listen_is_refused_and_left_as_it_is() {
        let file = std::fs::File::open("/dev/null").unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let stream = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
        let datagram = UnixDatagram::unbound().unwrap();
        for (error, why) in [
            (adopted(&file), "is not a socket"),
            (adopted(&datagram), "is not a stream socket"),
            (adopted(&stream), "does not listen"),
            (adopt(&Listen::Descriptor(987_654), 987_654), "is not open"),
            (adopt(&Listen::Descriptor(-1), -1), "is not open"),
        ] {
            let error = error.err().unwrap();
            assert_eq!(error.kind(), ErrorKind::BindFailed);
            assert!(error.to_string().contains("fd:") && error.to_string().contains(why), "{error}");
        }
        assert!(stream.set_nodelay(true).is_ok() && datagram.local_addr().is_ok() && file.metadata().is_ok());
    }

    #[test]
    fn the_socket_says_where_it_is_and_stays_its_owners() {
        let listener = TcpListener::bind("[::1]:0").unwrap();
        let address = listener.local_addr().unwrap();
        assert_eq!(adopted(&listener).unwrap().address, address.to_string());
        assert!(TcpStream::connect(address).is_ok(), "the copy was closed, not the descriptor");

        let path = std::env::temp_dir().join(format!("proxykit-handed-in-{}", std::process::id()));
        let listener = UnixListener::bind(&path).unwrap();
        let bound = adopted(&listener).unwrap();
        assert_eq!(bound.address, format!("unix:{}", path.display()));
        drop(bound);
        assert!(path.exists(), "the file is its owner's");
        std::fs::remove_file(&path).unwrap();
    }
}
