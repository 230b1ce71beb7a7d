//! Connections to a backend that are kept, and what lies on them when the next request comes.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::Arc;
use std::thread;

use proxykit_core::RouteOptions;
use proxykit_tests::client::{self, Connection, Request};
use proxykit_tests::tls::{provider, read_certificates, read_key};
use proxykit_tests::wait;
use rustls::{ServerConfig, ServerConnection, StreamOwned};

use crate::process::ProxyProcess;
use crate::upstream::{House, Proxy};

/// A backend that does with each connection what the test says.
struct Server {
    listener: TcpListener,
    config: Arc<ServerConfig>,
}

type Stream = BufReader<StreamOwned<ServerConnection, TcpStream>>;

impl Server {
    fn new(house: &House) -> Self {
        let (chain, key) = house.folder.put("server", &house.named());
        let config = ServerConfig::builder_with_provider(provider())
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(read_certificates(&chain).unwrap(), read_key(&key).unwrap())
            .unwrap();
        Server { listener: TcpListener::bind("127.0.0.1:0").unwrap(), config: Arc::new(config) }
    }

    fn target(&self) -> String {
        format!("https://{}", self.listener.local_addr().unwrap())
    }

    fn accept_plain(&self) -> TcpStream {
        let (socket, _) = self.listener.accept().unwrap();
        socket.set_read_timeout(Some(wait::DEADLINE)).unwrap();
        socket
    }

    fn accept(&self) -> Stream {
        let session = ServerConnection::new(self.config.clone()).unwrap();
        BufReader::new(StreamOwned::new(session, self.accept_plain()))
    }
}

/// Reads a request with a body of four bytes, and answers it.
fn answer(stream: &mut Stream) {
    read_request(stream);
    stream.get_mut().write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok").unwrap();
}

fn read_request(stream: &mut Stream) {
    let mut line = String::new();
    while line != "\r\n" {
        line.clear();
        assert!(stream.read_line(&mut line).unwrap() > 0, "the connection has ended");
    }
    stream.read_exact(&mut [0; 4]).unwrap();
}

fn post() -> Request {
    Request::post("/", "text")
}

#[test]
fn a_connection_that_was_closed_is_replaced_and_the_request_sent_once() {
    let house = House::new();
    let backend = house.backend("a", &house.named(), &[]);
    let ca = format!("upstream_ca={}", house.ca.display());
    let proxy = ProxyProcess::with(&backend, &[&ca, "upstream_server_name=backend.example"]);
    let mut connection = Connection::open(&proxy.address).unwrap();
    for round in 1..=5 {
        assert_eq!(connection.exchange(&post()).unwrap().status(), 200);
        // Asleep, the proxy finds the request first when it wakes up, and the end of the connection after it.
        proxy.fall_asleep();
        connection.write(&post().to_bytes()).unwrap();
        backend.close_idle().unwrap();
        wait::until_true("the connections are closed", || backend.counts().unwrap().connections == 0);
        proxy.wake_up();
        let answer = connection.read_response("POST").unwrap();
        assert_eq!(answer.status(), 200, "in round {round}: {}", answer.text());
        assert_eq!(backend.counts().unwrap().requests, 2 * round);
    }
}

/// RFC 8446, section 6.1: without a farewell, an end may be an attacker's.
#[test]
fn a_connection_ends_with_a_farewell() {
    let house = House::new();
    let server = Server::new(&house);
    let proxy = Proxy::serve(&[server.target()], house.options());
    let address = proxy.address.clone();
    let sending = thread::spawn(move || client::send(&address, &post()).unwrap().status());
    let mut stream = server.accept();
    read_request(&mut stream);
    let answer = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok";
    stream.get_mut().write_all(answer).unwrap();
    assert_eq!(sending.join().unwrap(), 200);
    assert_eq!(stream.read(&mut [0]).unwrap(), 0);
}

/// RFC 8446, section 4.6: what comes behind a handshake and is no end.
#[test]
fn new_keys_on_a_kept_connection_are_no_end() {
    let house = House::new();
    let server = Server::new(&house);
    let ca = format!("upstream_ca={}", house.ca.display());
    let proxy = ProxyProcess::to(&server.target(), &[&ca, "upstream_server_name=backend.example"]);
    let mut client = Connection::open(&proxy.address).unwrap();
    client.write(&post().to_bytes()).unwrap();
    let mut stream = server.accept();
    answer(&mut stream);
    for _ in 0..5 {
        assert_eq!(client.read_response("POST").unwrap().status(), 200);
        proxy.fall_asleep();
        client.write(&post().to_bytes()).unwrap();
        stream.get_mut().conn.refresh_traffic_keys().unwrap();
        stream.get_mut().flush().unwrap();
        proxy.wake_up();
        // On the same connection: there is nobody to accept another one.
        answer(&mut stream);
    }
    assert_eq!(client.read_response("POST").unwrap().status(), 200);
}

#[test]
fn a_backend_of_http1_is_remembered_and_nobody_waits_for_anothers_handshake() {
    let house = House::new();
    let server = Server::new(&house);
    let options = RouteOptions { connect_timeout: wait::DEADLINE, ..house.options() };
    let proxy = Proxy::serve(&[server.target()], options);
    let send = || {
        let address = proxy.address.clone();
        thread::spawn(move || client::send(&address, &post()).unwrap().status())
    };
    let first = send();
    let mut stream = server.accept();
    answer(&mut stream);
    assert_eq!(first.join().unwrap(), 200);
    drop(stream);
    // One whose handshake is left alone for now, and one behind it.
    let hanging = send();
    let socket = server.accept_plain();
    let behind = send();
    answer(&mut server.accept());
    assert_eq!(behind.join().unwrap(), 200);
    let session = ServerConnection::new(server.config.clone()).unwrap();
    answer(&mut BufReader::new(StreamOwned::new(session, socket)));
    assert_eq!(hanging.join().unwrap(), 200);
}
