use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::{Shutdown, TcpStream};
use std::os::unix::net::UnixStream;
use std::sync::Arc;

use rustls::{ClientConfig, ClientConnection, StreamOwned};
use rustls_pki_types::ServerName;

use super::{Head, Request, Response};
use crate::wait::DEADLINE;

/// A connection on which requests follow each other.
pub struct Connection(BufReader<Socket>);

enum Socket {
    Tcp(TcpStream),
    Unix(UnixStream),
    Tls(Box<StreamOwned<ClientConnection, TcpStream>>),
}

// === impl Connection ===

impl Connection {
    /// Connects to `HOST:PORT` or `unix:PATH`. Reads and writes fail after the deadline of tests.
    pub fn open(address: &str) -> io::Result<Self> {
        let socket = if let Some(path) = address.strip_prefix("unix:") {
            let socket = UnixStream::connect(path)?;
            socket.set_read_timeout(Some(DEADLINE))?;
            socket.set_write_timeout(Some(DEADLINE))?;
            Socket::Unix(socket)
        } else {
            Socket::Tcp(connect(address)?)
        };
        Ok(Connection(BufReader::new(socket)))
    }

    /// Takes over a connection that stands already.
    pub fn over(socket: TcpStream) -> io::Result<Self> {
        Ok(Connection(BufReader::new(Socket::Tcp(prepare(socket)?))))
    }

    /// The port that the system gave this end.
    pub fn local_port(&self) -> io::Result<u16> {
        match self.0.get_ref() {
            Socket::Tcp(socket) => Ok(socket.local_addr()?.port()),
            Socket::Tls(stream) => Ok(stream.sock.local_addr()?.port()),
            Socket::Unix(_) => Err(io::ErrorKind::Unsupported.into()),
        }
    }

    /// Connects to `HOST:PORT`, and makes a TLS handshake there with a server of this name.
    pub fn over_tls(address: &str, config: Arc<ClientConfig>, name: &str) -> io::Result<Self> {
        let name = ServerName::try_from(name.to_owned()).map_err(io::Error::other)?;
        let mut session = ClientConnection::new(config, name).map_err(io::Error::other)?;
        let mut socket = connect(address)?;
        while session.is_handshaking() {
            session.complete_io(&mut socket)?;
        }
        Ok(Connection(BufReader::new(Socket::Tls(Box::new(StreamOwned::new(session, socket))))))
    }

    /// What TLS knows of the other side; none without TLS.
    pub fn session(&self) -> Option<&ClientConnection> {
        match self.0.get_ref() {
            Socket::Tls(stream) => Some(&stream.conn),
            _ => None,
        }
    }

    /// Sends a request and reads the whole answer.
    pub fn exchange(&mut self, request: &Request) -> io::Result<Response> {
        self.write(&request.to_bytes())?;
        self.read_response(&request.method)
    }

    /// Writes these bytes and nothing else.
    pub fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.0.get_mut().write_all(bytes)?;
        self.0.get_mut().flush()
    }

    /// Says that nothing more will be sent; answers can still be read.
    pub fn finish_writing(&mut self) -> io::Result<()> {
        match self.0.get_ref() {
            Socket::Tcp(socket) => socket.shutdown(Shutdown::Write),
            Socket::Unix(socket) => socket.shutdown(Shutdown::Write),
            Socket::Tls(_) => Err(io::ErrorKind::Unsupported.into()),
        }
    }

    /// A second handle to the same connection, for a thread that writes while this one reads.
    pub fn writer(&self) -> io::Result<Box<dyn Write + Send>> {
        Ok(match self.0.get_ref() {
            Socket::Tcp(socket) => Box::new(socket.try_clone()?),
            Socket::Unix(socket) => Box::new(socket.try_clone()?),
            Socket::Tls(_) => return Err(io::ErrorKind::Unsupported.into()),
        })
    }

    /// Reads the next head, be it an interim one (1xx).
    pub fn read_head(&mut self) -> io::Result<Head> {
        let first = self.read_line()?;
        let mut words = first.splitn(3, ' ');
        let version = words.next().unwrap_or_default().to_owned();
        let status = words.next().and_then(|word| word.parse().ok()).ok_or_else(|| bad(&first))?;
        let mut headers = Vec::new();
        loop {
            let line = self.read_line()?;
            if line.is_empty() {
                return Ok(Head { version, status, headers });
            }
            let (name, value) = line.split_once(':').ok_or_else(|| bad(&line))?;
            headers.push((name.to_owned(), value.trim().to_owned()));
        }
    }

    /// Reads the final answer to a request with this method; interim ones are passed over.
    pub fn read_response(&mut self, method: &str) -> io::Result<Response> {
        loop {
            let head = self.read_head()?;
            if head.status >= 200 || head.status == 101 {
                let body = self.read_body(&head, method)?;
                return Ok(Response { head, body });
            }
        }
    }

    /// Reads the whole body that belongs to `head` (RFC 9112, section 6.3). One that ends early is an error.
    pub fn read_body(&mut self, head: &Head, method: &str) -> io::Result<Vec<u8>> {
        let mut body = Vec::new();
        if method == "HEAD" || matches!(head.status, 101 | 204 | 304) {
            return Ok(body);
        }
        if head.header("transfer-encoding").is_some_and(|coding| coding.eq_ignore_ascii_case("chunked")) {
            while let Some(chunk) = self.read_chunk()? {
                body.extend(chunk);
            }
        } else if let Some(length) = head.header("content-length") {
            let length = length.parse().map_err(|_| bad(length))?;
            if self.0.by_ref().take(length).read_to_end(&mut body)? as u64 != length {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
        } else {
            self.0.read_to_end(&mut body)?;
        }
        Ok(body)
    }

    /// Reads one chunk of a chunked body; `None` is its end. Trailers are passed over.
    pub fn read_chunk(&mut self) -> io::Result<Option<Vec<u8>>> {
        let line = self.read_line()?;
        let digits = line.split(';').next().unwrap_or_default().trim();
        let length = usize::from_str_radix(digits, 16).map_err(|_| bad(&line))?;
        if length == 0 {
            while !self.read_line()?.is_empty() {}
            return Ok(None);
        }
        let mut chunk = vec![0; length];
        self.0.read_exact(&mut chunk)?;
        self.read_line()?;
        Ok(Some(chunk))
    }

    /// Reads exactly so many bytes.
    pub fn read_exact(&mut self, length: usize) -> io::Result<Vec<u8>> {
        let mut bytes = vec![0; length];
        self.0.read_exact(&mut bytes)?;
        Ok(bytes)
    }

    /// Reads what is left until the other side closes.
    pub fn read_to_end(&mut self) -> io::Result<Vec<u8>> {
        let mut bytes = Vec::new();
        self.0.read_to_end(&mut bytes)?;
        Ok(bytes)
    }

    fn read_line(&mut self) -> io::Result<String> {
        let mut line = Vec::new();
        self.0.read_until(b'\n', &mut line)?;
        if line.pop() != Some(b'\n') {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        if line.last() == Some(&b'\r') {
            line.pop();
        }
        Ok(String::from_utf8_lossy(&line).into_owned())
    }
}

impl Read for Connection {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.0.read(buffer)
    }
}

impl Write for Connection {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.get_mut().write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.0.get_mut().flush()
    }
}

fn connect(address: &str) -> io::Result<TcpStream> {
    prepare(TcpStream::connect(address)?)
}

fn prepare(socket: TcpStream) -> io::Result<TcpStream> {
    socket.set_read_timeout(Some(DEADLINE))?;
    socket.set_write_timeout(Some(DEADLINE))?;
    socket.set_nodelay(true)?;
    Ok(socket)
}

fn bad(text: &str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, format!("not HTTP: {text:?}"))
}

// === impl Socket ===

impl Read for Socket {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match self {
            Socket::Tcp(socket) => socket.read(buffer),
            Socket::Unix(socket) => socket.read(buffer),
            Socket::Tls(stream) => stream.read(buffer),
        }
    }
}

impl Write for Socket {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match self {
            Socket::Tcp(socket) => socket.write(bytes),
            Socket::Unix(socket) => socket.write(bytes),
            Socket::Tls(stream) => stream.write(bytes),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        match self {
            Socket::Tcp(_) | Socket::Unix(_) => Ok(()),
            Socket::Tls(stream) => stream.flush(),
        }
    }
}
