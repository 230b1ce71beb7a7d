//! Large answers, which the system moves from one socket to the other where it can: every byte arrives, and every way to
//! end is seen.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener};
use std::thread;
use std::time::{Duration, Instant};

use proxykit_tests::client::{Connection, Request};
use proxykit_tests::wait::{self, DEADLINE};

use crate::{Proxy, asking, backend, unchecked, wait_for_active};

const MEBIBYTE: usize = 1024 * 1024;

/// Bytes of which no part looks like another.
fn content(length: usize) -> Vec<u8> {
    let mut state = 1_u64;
    let words = std::iter::repeat_with(|| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 32) as u32
    });
    words.flat_map(u32::to_ne_bytes).take(length).collect()
}

/// Reads heads of requests until the connection ends, and answers each by `answer`.
fn converse<S: Read + Write>(mut stream: S, answer: impl Fn(&mut S) -> std::io::Result<()>) {
    loop {
        let mut head = Vec::new();
        while !head.ends_with(b"\r\n\r\n") {
            let mut byte = [0];
            match stream.read(&mut byte) {
                Ok(1..) => head.push(byte[0]),
                _ => return,
            }
        }
        if answer(&mut stream).is_err() {
            return;
        }
    }
}

/// A backend that answers every request with this content.
fn content_server(all: &'static [u8]) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    thread::spawn(move || {
        for stream in listener.incoming().map_while(Result::ok) {
            thread::spawn(move || converse(stream, |stream| answer_with(stream, all)));
        }
    });
    address
}

fn answer_with(stream: &mut impl Write, all: &[u8]) -> std::io::Result<()> {
    write!(stream, "HTTP/1.1 200 OK\r\ncontent-length: {}\r\n\r\n", all.len())?;
    stream.write_all(all)
}

#[test]
fn every_byte_arrives_in_its_place() {
    let all: &'static [u8] = content(5 * MEBIBYTE + 4321).leak();
    let proxy = Proxy::serve([format!("http://{}", content_server(all))], unchecked());
    let mut connection = proxy.connect();
    for _ in 0..3 {
        let answer = connection.exchange(&Request::get("/")).unwrap();
        assert!(answer.status() == 200 && answer.body == all, "{} bytes", answer.body.len());
    }
}

#[cfg(unix)]
#[test]
fn every_byte_arrives_by_unix_sockets() {
    use std::os::unix::net::{UnixListener, UnixStream};
    let folder = std::env::temp_dir().join(format!("proxykit-large-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let path = |name: &str| format!("unix:{}", folder.join(name).display());
    let all: &'static [u8] = content(3 * MEBIBYTE + 1).leak();
    let listener = UnixListener::bind(folder.join("backend")).unwrap();
    thread::spawn(move || {
        for stream in listener.incoming().map_while(Result::ok) {
            converse(stream, |stream| answer_with(stream, all));
        }
    });
    let manager = proxykit_core::Manager::new(proxykit_core::ManagerOptions::default()).unwrap();
    manager.add_route("/", [path("backend")], unchecked()).unwrap();
    manager.start(&path("proxy")).unwrap();
    let mut stream = UnixStream::connect(folder.join("proxy")).unwrap();
    stream.set_read_timeout(Some(DEADLINE)).unwrap();
    stream.write_all(b"GET / HTTP/1.1\r\nhost: h\r\nconnection: close\r\n\r\n").unwrap();
    let (mut reader, mut line) = (BufReader::new(stream), String::new());
    while line != "\r\n" {
        line.clear();
        assert!(reader.read_line(&mut line).unwrap() > 0);
    }
    let mut body = Vec::new();
    reader.read_to_end(&mut body).unwrap();
    assert!(body == all, "{} bytes", body.len());
    manager.stop(DEADLINE).unwrap();
    std::fs::remove_dir_all(&folder).unwrap();
}

/// More at a time than there are pipes, so that some are copied; and clients that take little at a time.
#[test]
fn many_at_a_time_arrive_whole() {
    let all: &'static [u8] = content(MEBIBYTE / 2).leak();
    let mut options = proxykit_core::ManagerOptions::default();
    options.set("workers", "1").unwrap();
    let proxy = Proxy::with(options, [format!("http://{}", content_server(all))], unchecked());
    let mut connections: Vec<_> = (0..200).map(|_| proxy.connect()).collect();
    for connection in &mut connections {
        connection.write(&Request::get("/").to_bytes()).unwrap();
    }
    // All of them are under way now, since none has been read.
    for connection in &mut connections {
        let answer = connection.read_response("GET").unwrap();
        assert!(answer.body == all);
    }
    assert_eq!(proxy.manager.list_backends("/").unwrap()[0].in_flight, 0);
}

#[test]
fn a_backend_that_breaks_off_breaks_the_answer() {
    let script = crate::scripted::backend(|script| {
        script.read_head();
        script.write("HTTP/1.1 200 OK\r\ncontent-length: 3000000\r\n\r\n");
        script.write(&"x".repeat(MEBIBYTE));
    });
    let proxy = Proxy::serve([&script.target], unchecked());
    let mut connection = proxy.connect();
    connection.write(&Request::get("/").to_bytes()).unwrap();
    assert_eq!(connection.read_head().unwrap().status, 200);
    // What it did send arrives, and then the break.
    assert_eq!(connection.read_exact(MEBIBYTE).unwrap(), "x".repeat(MEBIBYTE).as_bytes());
    assert!(connection.read_to_end().map_or(true, |rest| rest.is_empty()));
    script.end();
}

#[test]
fn a_backend_that_pauses_too_long_breaks_the_answer() {
    let script = crate::scripted::backend(|script| {
        script.read_head();
        script.write("HTTP/1.1 200 OK\r\ncontent-length: 3000000\r\n\r\n");
        script.write(&"x".repeat(MEBIBYTE));
        script.read_to_end()
    });
    let mut options = unchecked();
    options.set("backend_stall_timeout", "200ms").unwrap();
    let proxy = Proxy::serve([&script.target], options);
    let mut connection = proxy.connect();
    connection.write(&Request::get("/").to_bytes()).unwrap();
    connection.read_head().unwrap();
    let begin = Instant::now();
    assert_eq!(connection.read_exact(MEBIBYTE).unwrap().len(), MEBIBYTE);
    assert!(connection.read_to_end().map_or(true, |rest| rest.is_empty()));
    assert!(begin.elapsed() < DEADLINE);
    assert!(script.end().is_empty());
}

/// A connection on which the first part of a long answer has come.
fn under_way(address: &str) -> Connection {
    let mut connection = Connection::open(address).unwrap();
    connection.write(&asking("bytes=1000000000").to_bytes()).unwrap();
    connection.read_head().unwrap();
    connection.read_exact(MEBIBYTE).unwrap();
    connection
}

#[test]
fn a_client_that_leaves_cancels_its_request() {
    let a = backend("a");
    let proxy = Proxy::before(&a);
    let connection = under_way(&proxy.address);
    drop(connection);
    wait::until_true("the backend sees the break", || a.counts().unwrap().cancelled == 1);
    wait_for_active(&a, 0);
}

#[test]
fn a_stop_cuts_it_off() {
    let a = backend("a");
    let proxy = Proxy::before(&a);
    let _connection = under_way(&proxy.address);
    assert_eq!(proxy.manager.stop(Duration::from_millis(100)).unwrap(), 1);
    wait::until_true("the backend sees the break", || a.counts().unwrap().cancelled == 1);
}

/// Nothing that a client sees tells which way the bytes went.
#[cfg(target_os = "linux")]
#[test]
fn they_go_through_a_pipe() {
    let a = backend("a");
    let proxy = crate::process::ProxyProcess::before(&a);
    let before = proxy.pipes();
    let _connection = under_way(&proxy.address);
    assert_eq!(proxy.pipes(), before + 2);
}
