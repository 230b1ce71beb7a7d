use std::io::{Read, Write};
use std::net::TcpStream;
use std::process::Command;
use std::time::Duration;

use proxykit_core::TlsVersion;
use proxykit_tests::client::{Connection, Request};
use proxykit_tests::tls::Client;
use proxykit_tests::wait::DEADLINE;
use rustls::HandshakeKind;

use crate::{Proxy, backend, get, seen};

#[test]
fn a_request_comes_through_and_says_that_it_was_secure() {
    let backend = backend("a");
    let proxy = Proxy::before(&backend);
    let mut connection = proxy.connect();
    assert_eq!(connection.session().unwrap().alpn_protocol(), Some(&b"http/1.1"[..]));
    for _ in 0..2 {
        let answer = get(&mut connection);
        assert_eq!((answer.status(), answer.backend()), (200, Some("a")));
        assert_eq!(seen(&answer, "x-forwarded-proto").unwrap(), "https");
    }
    let body = "x".repeat(300_000);
    let answer =
        connection.exchange(&Request::post("/", body.as_bytes()).header("x-sample", "echo")).unwrap();
    assert_eq!(answer.text(), body);
}

#[test]
fn the_name_that_is_asked_for_chooses_the_certificate() {
    let backend = backend("a");
    let proxy = Proxy::serve(&[backend.target()], |folder, authority, options| {
        for (name, names) in [("b", ["b.example", "www.b.example"]), ("wild", ["*.b.example", "*.C.example"])]
        {
            let (chain, key) = folder.put(name, &authority.issue(&names));
            options.tls_certificates.push(chain);
            options.tls_keys.push(key);
        }
    });
    for (asked, shown) in [
        ("localhost", "localhost"),
        ("b.example", "b.example"),
        ("www.b.example", "b.example"),
        ("WWW.B.example", "b.example"),
        ("other.b.example", "*.b.example"),
        ("x.c.example", "*.b.example"),
        // These are for nobody's certificate: the first one is shown.
        ("a.other.b.example", "localhost"),
        ("c.example", "localhost"),
        ("unknown.example", "localhost"),
        ("127.0.0.1", "localhost"),
    ] {
        assert_eq!(shown_to(&proxy.address, asked), format!("subject=CN = {shown}"), "{asked}");
    }
}

/// The subject of the certificate that is shown to `openssl s_client`.
fn shown_to(address: &str, name: &str) -> String {
    let name = if name == "127.0.0.1" { "-noservername".into() } else { format!("-servername={name}") };
    let script =
        "openssl s_client -connect $0 ${1%%=*} ${1#*=} </dev/null 2>/dev/null | openssl x509 -noout -subject";
    let script = if name == "-noservername" { script.replace(" ${1#*=}", "") } else { script.into() };
    let output = Command::new("sh").args(["-c", &script, address, &name]).output().unwrap();
    String::from_utf8_lossy(&output.stdout).trim().to_owned()
}

#[test]
fn curl_speaks_both_versions_and_its_choice_counts() {
    let backend = backend("a");
    let proxy = Proxy::before(&backend);
    let authority = proxy.folder.write("ca.pem", proxy.authority.pem());
    let port = proxy.address.rsplit(':').next().unwrap();
    for (flag, version) in [("--http2", "2"), ("--http1.1", "1.1"), ("--no-alpn", "1.1")] {
        let output = Command::new("curl")
            .args(["-sS", flag, "--resolve", &format!("localhost:{port}:127.0.0.1"), "--cacert"])
            .arg(&authority)
            .args(["-w", "\n%{http_version}", &format!("https://localhost:{port}/{version}")])
            .output()
            .unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        let output = String::from_utf8(output.stdout).unwrap();
        let (body, spoken) = output.rsplit_once('\n').unwrap();
        assert_eq!(spoken, version, "{flag}");
        let body: serde_json::Value = serde_json::from_str(body).unwrap();
        assert_eq!(body["target"], format!("/{version}"));
        assert_eq!(body["headers"]["x-forwarded-proto"][0], "https");
    }
}

#[test]
fn without_alpn_the_first_bytes_tell_the_version() {
    let backend = backend("a");
    let proxy = Proxy::before(&backend);
    let client = proxy.client().asking_for(&[]);
    let mut connection = client.connect(&proxy.address, "localhost").unwrap();
    assert_eq!(connection.session().unwrap().alpn_protocol(), None);
    assert_eq!(get(&mut connection).status(), 200);
    let mut connection = client.connect(&proxy.address, "localhost").unwrap();
    connection.write(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0").unwrap();
    // The server's own preface: a frame of SETTINGS (RFC 9113, section 3.4).
    assert_eq!(connection.read_exact(9).unwrap()[3], 4);
}

#[test]
fn a_protocol_that_is_not_spoken_is_refused() {
    let backend = backend("a");
    let proxy = Proxy::before(&backend);
    let error = proxy.client().asking_for(&["spdy/3"]).connect(&proxy.address, "localhost").err().unwrap();
    assert!(error.to_string().contains("NoApplicationProtocol"), "{error}");
}

#[test]
fn sessions_are_taken_up_again() {
    let backend = backend("a");
    let proxy = Proxy::before(&backend);
    for client in [proxy.client(), Client::of_tls12(&proxy.authority.pem())] {
        let config = client.config();
        let connect = || {
            let mut connection = Connection::over_tls(&proxy.address, config.clone(), "localhost").unwrap();
            assert_eq!(get(&mut connection).status(), 200);
            connection.session().unwrap().handshake_kind()
        };
        assert_eq!(connect(), Some(HandshakeKind::Full));
        // Wherever the connection is served: the workers share what they have of sessions.
        for _ in 0..8 {
            assert_eq!(connect(), Some(HandshakeKind::Resumed));
        }
    }
}

#[test]
fn the_oldest_version_is_what_was_set() {
    let backend = backend("a");
    let both = Proxy::before(&backend);
    let old = Client::of_tls12(&both.authority.pem());
    assert_eq!(get(&mut old.connect(&both.address, "localhost").unwrap()).status(), 200);
    let new = Proxy::serve(&[backend.target()], |_, _, options| {
        options.tls_minimum_version = TlsVersion::Tls13;
    });
    let old = Client::of_tls12(&new.authority.pem());
    let error = old.connect(&new.address, "localhost").err().unwrap();
    assert!(error.to_string().contains("ProtocolVersion"), "{error}");
    assert_eq!(get(&mut new.connect()).status(), 200);
}

#[test]
fn plain_http_is_told_so_and_other_bytes_are_not_answered() {
    let backend = backend("a");
    let proxy = Proxy::before(&backend);
    let mut connection = Connection::open(&proxy.address).unwrap();
    // More than is read of it, so that a careless end would reset the connection.
    let request = Request::post("/", vec![b'x'; 10 << 20]);
    let answer = connection.exchange(&request).unwrap();
    assert_eq!((answer.status(), answer.header("connection")), (400, Some("close")));
    assert!(answer.text().contains("HTTPS"), "{}", answer.text());
    let mut socket = TcpStream::connect(&proxy.address).unwrap();
    socket.set_read_timeout(Some(DEADLINE)).unwrap();
    socket.write_all(b"\x01\x02 no TLS and no HTTP").unwrap();
    let mut answer = Vec::new();
    assert_eq!(socket.read_to_end(&mut answer).unwrap(), 0);
    assert_eq!(backend.counts().unwrap().requests, 0);
}

#[test]
fn a_handshake_that_never_ends_costs_only_its_own_connection() {
    let backend = backend("a");
    let proxy = Proxy::serve(&[backend.target()], |_, _, options| {
        options.workers = 1;
        options.tls_handshake_timeout = Duration::from_millis(200);
    });
    // Silent ones, and ones that stop in the middle of their first record.
    let stalled: Vec<_> = (0..40)
        .map(|number| {
            let mut socket = TcpStream::connect(&proxy.address).unwrap();
            socket.set_read_timeout(Some(DEADLINE)).unwrap();
            if number % 2 == 0 {
                socket.write_all(b"\x16\x03\x01\x02\x00\x01").unwrap();
            }
            socket
        })
        .collect();
    assert_eq!(get(&mut proxy.connect()).status(), 200);
    for mut socket in stalled {
        let mut rest = Vec::new();
        socket.read_to_end(&mut rest).unwrap();
        assert_eq!(rest, b"");
    }
    assert_eq!(proxy.manager.stop(Duration::from_secs(10)).unwrap(), 0);
}

#[test]
fn management_and_tunnels_work_over_tls() {
    let backend = backend("a");
    let proxy = Proxy::before(&backend);
    let answer = proxy.connect().exchange(&Request::get("/endpoints/list?prefixPath=/")).unwrap();
    assert_eq!(answer.json()["targets"][0]["target"], backend.target());
    let mut connection = proxy.connect();
    let request = Request::get("/").header("Connection", "upgrade").header("Upgrade", "echo");
    assert_eq!(connection.exchange(&request).unwrap().status(), 101);
    for message in [&b"one"[..], &[7; 100_000], b"two"] {
        connection.write(message).unwrap();
        assert_eq!(connection.read_exact(message.len()).unwrap(), message);
    }
}

#[test]
fn a_body_that_breaks_off_does_not_end_as_if_it_were_whole() {
    let backend = backend("a");
    let proxy = Proxy::before(&backend);
    let mut connection = proxy.connect();
    connection.write(&Request::get("/").header("x-sample", "die=70000").to_bytes()).unwrap();
    let head = connection.read_head().unwrap();
    assert_eq!((head.status, head.header("content-length")), (200, Some("140000")));
    let mut body = Vec::new();
    // No `close_notify`: the end is none (RFC 8446, section 6.1).
    let error = std::io::Read::read_to_end(&mut connection, &mut body).unwrap_err();
    assert_eq!((error.kind(), body.len()), (std::io::ErrorKind::UnexpectedEof, 70_000));
}
