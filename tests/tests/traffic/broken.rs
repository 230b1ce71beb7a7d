//! What a client sees when there is no answer, or only the beginning of one.

use std::io::{Read, Write};
use std::net::TcpListener;
use std::thread;

use bytes::Bytes;
use http_body_util::{BodyExt, Empty};
use hyper::client::conn::http2::{self, SendRequest};
use hyper_util::rt::{TokioExecutor, TokioIo};
use proxykit_core::RouteOptions;
use proxykit_tests::client::Request;

use crate::{Proxy, unchecked};

/// A backend that sends this behind each request, and closes: its target.
fn closing(answer: &'static [u8]) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let target = format!("http://{}", listener.local_addr().unwrap());
    thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            // A head fits into one read here; a proxy that is gone does not matter.
            let _ = stream.read(&mut [0; 4096]).and_then(|_| stream.write_all(answer));
        }
    });
    target
}

async fn connect(address: &str) -> SendRequest<Empty<Bytes>> {
    let stream = tokio::net::TcpStream::connect(address).await.unwrap();
    let (sender, connection) = http2::handshake(TokioExecutor::new(), TokioIo::new(stream)).await.unwrap();
    tokio::spawn(connection);
    sender
}

fn block_on(future: impl Future<Output = ()>) {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(future);
}

#[test]
fn a_client_is_told_when_its_body_is_not_read() {
    let proxy = Proxy::serve::<&str>([], RouteOptions::default());
    for body in
        ["Content-Length: 3\r\n\r\nabc", "Transfer-Encoding: chunked\r\n\r\n1\r\na\r\n2\r\nbc\r\n0\r\n\r\n"]
    {
        let mut connection = proxy.connect();
        connection.write(format!("POST / HTTP/1.1\r\nHost: h\r\n{body}").as_bytes()).unwrap();
        let answer = connection.read_response("POST").unwrap();
        assert_eq!((answer.status(), answer.header("connection")), (503, Some("close")));
    }
}

/// All of it comes at once, so that the end is known before anything is passed on.
const BROKEN: [&[u8]; 2] = [
    b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n",
    b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nab\r\n0\r",
];

#[test]
fn the_beginning_of_an_answer_arrives() {
    for answer in BROKEN {
        let proxy = Proxy::serve([closing(answer)], unchecked());
        for _ in 0..50 {
            let mut connection = proxy.connect();
            connection.write(&Request::get("/").to_bytes()).unwrap();
            let head = connection.read_head().expect("the head comes before the break");
            assert_eq!(head.status, 200);
            assert!(connection.read_body(&head, "GET").is_err(), "a cut-off answer looks whole");
        }
    }
}

#[test]
fn the_beginning_of_an_answer_arrives_over_http2() {
    for answer in BROKEN {
        let proxy = Proxy::serve([closing(answer)], unchecked());
        block_on(async {
            let mut sender = connect(&proxy.address).await;
            for _ in 0..50 {
                let request = http::Request::get("http://h/").body(Empty::new()).unwrap();
                let response = sender.send_request(request).await.expect("the head comes before the break");
                assert_eq!(response.status(), 200);
                assert!(response.into_body().collect().await.is_err(), "a cut-off answer looks whole");
            }
        });
    }
}

#[test]
fn an_error_has_no_body_in_answer_to_head() {
    let proxy = Proxy::serve::<&str>([], RouteOptions::default());
    block_on(async {
        let mut sender = connect(&proxy.address).await;
        for (path, status) in [("/", 503), ("/endpoints/list", 403)] {
            let request = http::Request::head(format!("http://h{path}")).body(Empty::new()).unwrap();
            let response = sender.send_request(request).await.unwrap();
            assert_eq!(response.status(), status);
            assert!(response.headers().contains_key("content-length"));
            assert_eq!(response.into_body().collect().await.expect("no body").to_bytes(), "");
        }
    });
}
