//! The sample backend does what the other tests count on.

use std::io::ErrorKind;

use proxykit_tests::backend::Backend;
use proxykit_tests::client::{self, Connection, Request};
use proxykit_tests::wait;
use serde_json::json;

fn start(options: &[&str]) -> Backend {
    Backend::start_at(env!("CARGO_BIN_EXE_sample-backend"), "a", "127.0.0.1:0", options).unwrap()
}

fn asking(plan: &str) -> Request {
    Request::get("/").header("x-sample", plan)
}

#[test]
fn it_describes_the_request() {
    let backend = start(&[]);
    let request =
        Request::post("/a%2Fb?q=1&q", "text").header("X-Two", "1").header("X-Two", "").header("Host", "h");
    let answer = client::send(backend.address(), &request).unwrap();
    assert_eq!(
        answer.json(),
        json!({
            "backend": "a", "method": "POST", "target": "/a%2Fb?q=1&q", "version": "HTTP/1.1", "body": "text",
            "headers": {"x-two": ["1", ""], "host": ["h"], "content-length": ["4"]},
        })
    );
    assert_eq!((answer.status(), answer.backend()), (200, Some("a")));
}

#[test]
fn it_answers_as_asked() {
    let backend = start(&[]);
    let send = |request| client::send(backend.address(), &request).unwrap();
    assert_eq!(send(asking("status=204")).status(), 204);
    assert_eq!(send(asking("bytes=200000")).body.len(), 200_000);
    assert_eq!(send(asking("chunks=200000")).body.len(), 200_000);
    assert_eq!(send(asking("events=2, every=1")).text(), "data: 1\n\ndata: 2\n\n");
    assert_eq!(send(asking("").header("x-sample-reply", "X-Own: yes")).header("x-own"), Some("yes"));
    assert_eq!(send(asking("nonsense")).status(), 400);
    assert_eq!(send(Request::post("/", "up").header("x-sample", "echo")).text(), "up");
    assert_eq!(send(Request::post("/", "four").header("x-sample", "count")).text(), "4");
    let counts = backend.counts().unwrap();
    assert_eq!((counts.requests, counts.active, counts.cancelled), (8, 0, 0), "{counts:?}");
}

#[test]
fn it_breaks_as_asked() {
    let backend = start(&[]);
    let error = client::send(backend.address(), &asking("close")).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::UnexpectedEof);
    let mut connection = Connection::open(backend.address()).unwrap();
    connection.write(&asking("die=1000").to_bytes()).unwrap();
    let head = connection.read_head().unwrap();
    assert_eq!(head.header("content-length"), Some("2000"));
    assert_eq!(connection.read_to_end().unwrap().len(), 1000);
}

#[test]
fn it_holds_back_until_the_gate_opens() {
    let backend = start(&[]);
    let mut connection = Connection::open(backend.address()).unwrap();
    connection.write(&asking("chunks=10, body-gate=g").to_bytes()).unwrap();
    connection.read_head().unwrap();
    assert_eq!(connection.read_chunk().unwrap().unwrap().len(), 5);
    assert_eq!(backend.counts().unwrap().active, 1);
    backend.open_gate("g").unwrap();
    assert_eq!(connection.read_chunk().unwrap().unwrap().len(), 5);
    assert_eq!(connection.read_chunk().unwrap(), None);
}

#[test]
fn it_sees_a_client_leave() {
    let backend = start(&[]);
    let mut connection = Connection::open(backend.address()).unwrap();
    connection.write(&asking("gate=never").to_bytes()).unwrap();
    wait::until_true("the request arrives", || backend.counts().unwrap().active == 1);
    drop(connection);
    wait::until_true("the request is cancelled", || backend.counts().unwrap().cancelled == 1);
}

#[test]
fn it_closes_connections_without_a_word() {
    let backend = start(&["--close-after", "2"]);
    let mut connection = Connection::open(backend.address()).unwrap();
    for _ in 0..2 {
        let answer = connection.exchange(&asking("bytes=3")).unwrap();
        assert_eq!(answer.header("connection"), None);
    }
    assert!(connection.read_to_end().unwrap().is_empty());

    let mut connection = Connection::open(backend.address()).unwrap();
    connection.exchange(&asking("")).unwrap();
    backend.close_idle().unwrap();
    assert!(connection.read_to_end().unwrap().is_empty());
    wait::until_true("the connections are gone", || backend.counts().unwrap().connections == 0);
    drop(Connection::open(backend.address()).unwrap());
    wait::until_true("the probe is counted", || backend.counts().unwrap().probes == 1);
}

#[test]
fn it_echoes_in_a_tunnel() {
    let backend = start(&[]);
    let mut connection = Connection::open(backend.address()).unwrap();
    let request = Request::get("/").header("Connection", "upgrade").header("Upgrade", "echo");
    connection.write(&request.to_bytes()).unwrap();
    let head = connection.read_head().unwrap();
    assert_eq!((head.status, head.header("upgrade")), (101, Some("echo")));
    connection.write(b"hello").unwrap();
    assert_eq!(connection.read_exact(5).unwrap(), b"hello");
    connection.finish_writing().unwrap();
    assert!(connection.read_to_end().unwrap().is_empty());
}

#[test]
fn it_speaks_websocket() {
    use tokio_tungstenite::tungstenite::{self, Message};
    let backend = start(&[]);
    let connection = Connection::open(backend.address()).unwrap();
    let (mut socket, _) = tungstenite::client(format!("ws://{}/", backend.address()), connection).unwrap();
    socket.send(Message::text("hello")).unwrap();
    assert_eq!(socket.read().unwrap(), Message::text("hello"));
    socket.close(None).unwrap();
    while socket.read().is_ok() {}
}

#[test]
fn it_comes_back_where_it_was() {
    let mut backend = Backend::start(env!("CARGO_BIN_EXE_sample-backend"), "b").unwrap();
    let address = backend.address().to_owned();
    backend.kill().unwrap();
    assert!(client::send(&address, &Request::get("/")).is_err());
    backend.restart().unwrap();
    assert_eq!(client::send(&address, &Request::get("/")).unwrap().status(), 200);
}
