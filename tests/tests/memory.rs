//! What a transfer costs whose reader has stopped reading: in a process of its own, so that nothing else is measured.

use std::io::{ErrorKind, Write};
use std::net::TcpStream;

use proxykit_core::{Manager, ManagerOptions, RouteOptions};
use proxykit_tests::backend::Backend;
use proxykit_tests::wait;

/// How many transfers stall in each direction.
const TRANSFERS: usize = 64;
/// The most that one may cost, in bytes.
const MOST: usize = 400 * 1024;

#[cfg(target_os = "linux")]
#[test]
fn a_stalled_transfer_costs_little() {
    let backend = Backend::start(env!("CARGO_BIN_EXE_sample-backend"), "a").unwrap();
    let manager = Manager::new(ManagerOptions { workers: 1, ..ManagerOptions::default() }).unwrap();
    let options = RouteOptions { health_check: None, ..RouteOptions::default() };
    manager.add_route("/", [backend.target()], options).unwrap();
    manager.start("127.0.0.1:0").unwrap();
    let address = manager.address().unwrap();
    // What the process needs once is not counted.
    let warm: Vec<_> = (0..TRANSFERS).map(|_| TcpStream::connect(&address).unwrap()).collect();
    drop(warm);
    let mut held: Vec<Vec<TcpStream>> = Vec::new();
    for request in [
        "GET / HTTP/1.1\r\nHost: a\r\nX-Sample: bytes=1073741824\r\n\r\n",
        "POST / HTTP/1.1\r\nHost: a\r\nX-Sample: gate=never\r\nContent-Length: 1073741824\r\n\r\n",
    ] {
        let before = resident();
        let mut sockets: Vec<TcpStream> = Vec::new();
        for _ in 0..TRANSFERS {
            let mut socket = TcpStream::connect(&address).unwrap();
            socket.write_all(request.as_bytes()).unwrap();
            socket.set_nonblocking(true).unwrap();
            sockets.push(socket);
        }
        let running = (held.len() + 1) * TRANSFERS;
        wait::until_true("the requests run", || backend.counts().unwrap().active == running);
        if request.starts_with("POST") {
            fill(&mut sockets);
        }
        // Nobody reads: the pieces that are under way fill the buffers, and then no more comes.
        let mut largest = 0;
        let mut same = 0;
        wait::until_true("nothing grows any more", || {
            let now = resident();
            same = if now > largest { 0 } else { same + 1 };
            largest = largest.max(now);
            same == 40
        });
        let each = largest.saturating_sub(before) / TRANSFERS;
        assert!(each < MOST, "{each} bytes each: {request}");
        assert_eq!(backend.counts().unwrap().active, running);
        held.push(sockets);
    }
}

/// Sends until no socket has taken anything for a while.
fn fill(sockets: &mut [TcpStream]) {
    let piece = vec![b'x'; 1 << 18];
    let mut idle = 0;
    wait::until_true("the buffers are full", || {
        idle += 1;
        for socket in &mut *sockets {
            match socket.write(&piece) {
                Ok(1..) => idle = 0,
                Ok(0) => panic!("the connection is closed"),
                Err(error) => assert_eq!(error.kind(), ErrorKind::WouldBlock),
            }
        }
        idle == 40
    });
}

/// The process's memory, in bytes.
fn resident() -> usize {
    let statm = std::fs::read_to_string("/proc/self/statm").unwrap();
    let pages: usize = statm.split(' ').nth(1).unwrap().parse().unwrap();
    pages * 4096
}
