//! The backend: a thread that gives every request the same answer.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::thread;

use crate::counter;

/// What every answer ends with.
pub(crate) const BODY: &[u8] = b"Hello world";

/// Begins to serve, until the process ends.
pub(crate) fn serve() -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    thread::spawn(move || {
        counter::leave_this_thread_out();
        // One after the other: the proxy keeps its connection.
        for connection in listener.incoming() {
            answer(connection.unwrap());
        }
    });
    address
}

fn answer(mut connection: TcpStream) {
    while read_to(&mut connection, b"\r\n\r\n") {
        let head = b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 11\r\n\r\n";
        connection.write_all(&[&head[..], BODY].concat()).unwrap();
    }
}

/// Reads until what has come ends with `end`; whether it did before the connection was closed.
pub(crate) fn read_to(connection: &mut TcpStream, end: &[u8]) -> bool {
    let mut buffer = [0; 4096];
    let mut len = 0;
    while !buffer[..len].ends_with(end) {
        match connection.read(&mut buffer[len..]).unwrap() {
            0 => return false,
            read => len += read,
        }
    }
    true
}
