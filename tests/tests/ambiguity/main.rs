//! Messages that two readers could read in two ways: each is refused, or passed on in the one form that all read alike.

mod requests;
mod responses;

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::mpsc::{Receiver, channel};
use std::thread;
use std::time::Duration;

use proxykit_core::{Manager, ManagerOptions, RouteOptions};

const DEADLINE: Duration = Duration::from_secs(30);

/// A backend that tells what it was sent, byte for byte, and answers with given bytes.
struct Recorder {
    target: String,
    heard: Receiver<Vec<u8>>,
}

impl Recorder {
    /// It answers when what it was sent `is_whole`, and closes the connection behind the answer.
    fn answering(answer: &'static [u8], is_whole: fn(&[u8]) -> bool) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let target = format!("http://{}", listener.local_addr().unwrap());
        let (sender, heard) = channel();
        thread::spawn(move || {
            while let Ok((mut stream, _)) = listener.accept() {
                let sender = sender.clone();
                thread::spawn(move || {
                    let mut message = Vec::new();
                    let mut buffer = [0; 4096];
                    while !is_whole(&message) {
                        match stream.read(&mut buffer) {
                            Ok(count @ 1..) => message.extend_from_slice(&buffer[..count]),
                            _ => break,
                        }
                    }
                    // Told before the answer, behind which the next message comes. The proxy may be gone, and so may the test.
                    let _ = sender.send(message);
                    let _ = stream.write_all(answer);
                });
            }
        });
        Recorder { target, heard }
    }
}

/// A proxy before one backend.
fn proxy(backend: &Recorder) -> (Manager, String) {
    let manager = Manager::new(ManagerOptions::default()).unwrap();
    let options = RouteOptions { health_check: None, ..RouteOptions::default() };
    manager.add_route("/", [&backend.target], options).unwrap();
    manager.start("127.0.0.1:0").unwrap();
    let address = manager.address().unwrap();
    (manager, address)
}

/// Sends bytes, says that no more come, and reads to the end.
fn exchange(address: &str, bytes: &[u8]) -> Vec<u8> {
    let mut stream = TcpStream::connect(address).unwrap();
    stream.set_read_timeout(Some(DEADLINE)).unwrap();
    // A proxy that has refused the head may close before it has read the rest.
    let _ = stream.write_all(bytes);
    let mut answer = Vec::new();
    let mut buffer = [0; 4096];
    loop {
        match stream.read(&mut buffer) {
            Ok(0) => return answer,
            Ok(count) => answer.extend_from_slice(&buffer[..count]),
            Err(error) if error.kind() == std::io::ErrorKind::ConnectionReset => return answer,
            Err(error) => {
                panic!("no end within the deadline: {error}, after {:?}", answer.escape_ascii().to_string())
            }
        }
    }
}

fn status(answer: &[u8]) -> u16 {
    let line = String::from_utf8_lossy(&answer[..answer.len().min(12)]).into_owned();
    line.strip_prefix("HTTP/1.1 ")
        .and_then(|status| status.parse().ok())
        .unwrap_or_else(|| panic!("no answer: {line:?}"))
}
