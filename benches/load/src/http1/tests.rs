use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::thread;

use super::*;

/// What a backend does with a request: answers with a status, or closes the connection.
type Reaction = fn(u64) -> Option<u16>;

/// A backend that counts the requests of each connection, and its address.
fn backend(react: Reaction) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    thread::spawn(move || {
        for stream in listener.incoming() {
            let stream = stream.unwrap();
            thread::spawn(move || serve(&stream, react));
        }
    });
    format!("http://{address}/%n")
}

/// The load ends its connections as it likes, so that errors here only end the thread.
fn serve(mut stream: &TcpStream, react: Reaction) {
    let mut lines = BufReader::new(stream).lines().map_while(std::result::Result::ok);
    for number in 0.. {
        if !lines.by_ref().any(|line| line.is_empty()) {
            return;
        }
        let Some(status) = react(number) else { return };
        let answer = format!("HTTP/1.1 {status} Answer\r\nContent-Length: 2\r\n\r\nok");
        if stream.write_all(answer.as_bytes()).is_err() {
            return;
        }
    }
}

/// A hundred requests in a tenth of a second, on three connections.
fn asked(react: Reaction) -> (u64, u64) {
    let options = Options {
        url: backend(react),
        rate: Some(1000.0),
        connections: 3,
        duration: 0.1,
        warmup: 0.0,
        body: 0,
        headers: Vec::new(),
        numbers: 2,
        new_connections: false,
    };
    let report = run(&options).unwrap();
    (report.count, report.errors)
}

#[test]
fn all_that_was_due_is_answered() {
    assert_eq!(asked(|_| Some(200)), (100, 0));
}

#[test]
fn what_is_refused_or_broken_off_is_an_error() {
    assert_eq!(asked(|_| Some(503)), (0, 100));
    assert_eq!(asked(|_| None), (0, 100));
}

#[test]
fn a_connection_that_ends_is_replaced() {
    // The first request on each connection is answered, the second is not: as many answers as errors, or two more where
    // connections are left over at the end.
    let (count, errors) = asked(|number| (number == 0).then_some(200));
    assert_eq!(count + errors, 100);
    assert!((50..=52).contains(&count), "{count}");
}
