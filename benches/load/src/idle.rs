//! Connections that had one request each and are then kept open.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::{Duration, Instant};

use clap::Args;
use http::Uri;
use serde_json::json;
use socket2::{Domain, Protocol, Socket, Type};

use crate::Result;
use crate::http1::address;

/// Connections that are opened at a time: fewer than a listener's queue holds.
const BATCH: usize = 100;
const LIMIT: Duration = Duration::from_secs(10);

#[derive(Args)]
pub(crate) struct Options {
    /// Where to, such as http://127.0.0.1:8080/small
    url: String,
    /// Connections, fewer than the 28,232 ports that Linux gives out by default
    #[arg(long, default_value_t = 1000)]
    connections: usize,
}

/// Opens them, says so, and holds them until the standard input ends.
pub(crate) fn run(options: &Options) -> Result<()> {
    let uri: Uri = options.url.parse()?;
    let address = address(&uri)?;
    let target = uri.path_and_query().map_or("/", |target| target.as_str());
    let request = format!("GET {target} HTTP/1.1\r\nHost: {address}\r\n\r\n");
    let start = Instant::now();
    let mut held = Vec::with_capacity(options.connections);
    while held.len() < options.connections {
        let begin = held.len();
        for _ in begin..options.connections.min(begin + BATCH) {
            let mut connection = open(address)?;
            // A proxy may hold more for a connection that was used than for a new one.
            connection.write_all(request.as_bytes())?;
            held.push(connection);
        }
        held[begin..].iter().try_for_each(read_answer)?;
    }
    println!("{}", json!({ "held": held.len(), "seconds": start.elapsed().as_secs_f64() }));
    std::io::copy(&mut std::io::stdin(), &mut std::io::sink())?;
    // Those that the proxy has closed meanwhile were not held.
    let left = held.iter().filter(|connection| is_open(connection)).count();
    println!("{}", json!({ "held": left }));
    Ok(())
}

fn open(address: SocketAddr) -> Result<TcpStream> {
    let socket = Socket::new(Domain::for_address(address), Type::STREAM, Some(Protocol::TCP))?;
    socket.connect_timeout(&address.into(), LIMIT)?;
    socket.set_read_timeout(Some(LIMIT))?;
    // Closed with a reset, its port is free for the next run at once, and not after a minute.
    socket.set_linger(Some(Duration::ZERO))?;
    Ok(socket.into())
}

fn read_answer(mut connection: &TcpStream) -> Result<()> {
    let mut response = crate::http1::Response::default();
    let mut buffer = [0; 4096];
    loop {
        let length = connection.read(&mut buffer)?;
        if length == 0 {
            return Err("the connection was closed before the answer".into());
        }
        match response.take(&buffer[..length])? {
            Some(200) => return Ok(()),
            Some(status) => return Err(format!("the answer has the status {status}").into()),
            None => {}
        }
    }
}

fn is_open(connection: &TcpStream) -> bool {
    let is_quiet = |error: std::io::Error| error.kind() == std::io::ErrorKind::WouldBlock;
    connection.set_nonblocking(true).is_ok() && connection.peek(&mut [0]).is_err_and(is_quiet)
}
