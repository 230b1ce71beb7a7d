//! A backend that does on its one connection what a test says, byte for byte.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::thread::{self, JoinHandle};

use proxykit_tests::wait::DEADLINE;

/// The backend's end of its connection.
pub(crate) struct Script(BufReader<TcpStream>);

/// A backend, and what its script gave in the end.
pub(crate) struct Scripted<T> {
    pub(crate) target: String,
    thread: JoinHandle<T>,
}

/// Starts a backend that accepts one connection.
pub(crate) fn backend<T: Send + 'static>(
    script: impl FnOnce(&mut Script) -> T + Send + 'static,
) -> Scripted<T> {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let target = format!("http://{}", listener.local_addr().unwrap());
    let thread = thread::spawn(move || {
        let (stream, _) = listener.accept().unwrap();
        stream.set_read_timeout(Some(DEADLINE)).unwrap();
        script(&mut Script(BufReader::new(stream)))
    });
    Scripted { target, thread }
}

impl<T> Scripted<T> {
    /// Waits for the end of the script.
    pub(crate) fn end(self) -> T {
        self.thread.join().unwrap()
    }
}

impl Script {
    /// Reads up to the empty line.
    pub(crate) fn read_head(&mut self) -> String {
        let mut head = String::new();
        while !head.ends_with("\r\n\r\n") {
            assert!(self.0.read_line(&mut head).unwrap() > 0, "the head ends early: {head:?}");
        }
        head
    }

    pub(crate) fn read_exact(&mut self, length: usize) -> String {
        let mut bytes = vec![0; length];
        self.0.read_exact(&mut bytes).unwrap();
        String::from_utf8(bytes).unwrap()
    }

    /// Reads what comes until the other side ends or breaks the connection.
    pub(crate) fn read_to_end(&mut self) -> Vec<u8> {
        let mut bytes = Vec::new();
        // A reset is an end as well.
        self.0.read_to_end(&mut bytes).ok();
        bytes
    }

    /// Says nothing more; the other side is still heard.
    pub(crate) fn finish_writing(&mut self) {
        self.0.get_ref().shutdown(Shutdown::Write).unwrap();
    }

    pub(crate) fn write(&mut self, text: &str) {
        self.0.get_mut().write_all(text.as_bytes()).unwrap();
    }
}
