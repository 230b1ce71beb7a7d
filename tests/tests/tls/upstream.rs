use std::path::PathBuf;
use std::process::Command;

use proxykit_core::{Manager, ManagerOptions, RouteOptions};
use proxykit_tests::backend::Backend;
use proxykit_tests::client::{self, Connection, Request, Response};
use proxykit_tests::tls::{Authority, Folder, Issued};
use proxykit_tests::wait;
use rcgen::date_time_ymd;

use crate::{reported, unchecked};

/// Backends that speak TLS, and who trusts whom.
pub(crate) struct House {
    pub(crate) folder: Folder,
    pub(crate) authority: Authority,
    pub(crate) ca: PathBuf,
}

impl House {
    pub(crate) fn new() -> Self {
        let (folder, authority) = (Folder::new(), Authority::new("Backends"));
        let ca = folder.write("ca.pem", authority.pem());
        House { folder, authority, ca }
    }

    pub(crate) fn backend(&self, name: &str, issued: &Issued, more: &[&str]) -> Backend {
        let (chain, key) = self.folder.put(name, issued);
        let mut options = vec!["--tls-cert", chain.to_str().unwrap(), "--tls-key", key.to_str().unwrap()];
        options.extend(more);
        Backend::start_at(env!("CARGO_BIN_EXE_sample-backend"), name, "127.0.0.1:0", &options).unwrap()
    }

    /// Trusts this house's authority, and expects `backend.example`.
    pub(crate) fn options(&self) -> RouteOptions {
        RouteOptions {
            upstream_ca: Some(self.ca.clone()),
            upstream_server_name: Some("backend.example".into()),
            ..unchecked()
        }
    }

    pub(crate) fn named(&self) -> Issued {
        self.authority.issue(&["backend.example"])
    }
}

/// A proxy without TLS of its own.
pub(crate) struct Proxy {
    pub(crate) address: String,
    _manager: Manager,
}

impl Proxy {
    pub(crate) fn serve(targets: &[String], options: RouteOptions) -> Self {
        let manager = Manager::new(ManagerOptions { workers: 1, ..ManagerOptions::default() }).unwrap();
        manager.add_route("/", targets, options).unwrap();
        manager.start("127.0.0.1:0").unwrap();
        Proxy { address: manager.address().unwrap(), _manager: manager }
    }

    pub(crate) fn send(&self, request: &Request) -> Response {
        client::send(&self.address, request).unwrap()
    }
}

#[test]
fn a_backend_chooses_the_version() {
    let house = House::new();
    for (alpn, version) in [("h2,http/1.1", "HTTP/2.0"), ("http/1.1", "HTTP/1.1"), ("", "HTTP/1.1")] {
        let more: &[_] = if alpn.is_empty() { &[] } else { &["--alpn", alpn] };
        let backend = house.backend("a", &house.named(), more);
        let proxy = Proxy::serve(&[backend.target()], house.options());
        for number in 0..5 {
            let request = Request::post("/x?y", format!("body {number}"))
                .header("Host", "shop.example")
                .header("X-Origin-Host", "evil.example");
            let answer = proxy.send(&request);
            let seen = answer.json();
            assert_eq!((answer.status(), &seen["version"]), (200, &version.into()), "{alpn}");
            assert_eq!(seen["body"], format!("body {number}"));
            let target = if version == "HTTP/2.0" { "https://shop.example/x?y" } else { "/x?y" };
            assert_eq!(seen["target"], target);
            let own = [
                ("x-forwarded-for", "127.0.0.1"),
                ("x-forwarded-host", "shop.example"),
                ("x-forwarded-proto", "http"),
                ("x-origin-host", backend.target().trim_start_matches("https://")),
            ]
            .map(|(name, value)| (name, seen["headers"][name] == serde_json::json!([value])));
            assert!(own.iter().all(|(_, is_told)| *is_told), "{alpn}: {own:?}");
        }
        assert_eq!(backend.counts().unwrap().accepted, 1, "{alpn}: the connection is kept");
    }
}

#[test]
fn many_requests_share_one_connection_of_http2_from_the_first_on() {
    let house = House::new();
    let backend = house.backend("a", &house.named(), &["--alpn", "h2"]);
    let proxy = Proxy::serve(&[backend.target()], house.options());
    let address = proxy.address.clone();
    let requests: Vec<_> = (0..20)
        .map(|_| {
            let address = address.clone();
            let request = Request::get("/").header("x-sample", "gate=g");
            std::thread::spawn(move || client::send(&address, &request).unwrap().status())
        })
        .collect();
    wait::until_true("all requests run", || backend.counts().unwrap().active == 20);
    assert_eq!(backend.counts().unwrap().connections, 1);
    backend.open_gate("g").unwrap();
    assert!(requests.into_iter().all(|request| request.join().unwrap() == 200));
}

#[test]
fn many_requests_to_a_backend_of_http1_do_not_wait_for_each_other() {
    let house = House::new();
    let backend = house.backend("a", &house.named(), &[]);
    let proxy = Proxy::serve(&[backend.target()], house.options());
    let address = proxy.address.clone();
    let requests: Vec<_> = (0..20)
        .map(|_| {
            let address = address.clone();
            let request = Request::get("/").header("x-sample", "gate=g");
            std::thread::spawn(move || client::send(&address, &request).unwrap().status())
        })
        .collect();
    wait::until_true("all requests run", || backend.counts().unwrap().active == 20);
    backend.open_gate("g").unwrap();
    assert!(requests.into_iter().all(|request| request.join().unwrap() == 200));
}

#[test]
fn an_upgrade_goes_by_http1_where_http2_is_preferred() {
    let house = House::new();
    let backend = house.backend("a", &house.named(), &["--alpn", "h2,http/1.1"]);
    let proxy = Proxy::serve(&[backend.target()], house.options());
    assert_eq!(proxy.send(&Request::get("/")).json()["version"], "HTTP/2.0");
    let mut connection = Connection::open(&proxy.address).unwrap();
    let request = Request::get("/").header("Connection", "upgrade").header("Upgrade", "echo");
    assert_eq!(connection.exchange(&request).unwrap().status(), 101);
    connection.write(&[5; 50_000]).unwrap();
    assert_eq!(connection.read_exact(50_000).unwrap(), [5; 50_000]);
    assert_eq!(proxy.send(&Request::get("/")).json()["version"], "HTTP/2.0");
}

#[test]
fn only_a_certificate_that_fits_is_trusted() {
    let house = House::new();
    let by_address = house.authority.issue(&["127.0.0.1"]);
    let late = house
        .authority
        .issue_with(&["backend.example"], |params| params.not_after = date_time_ymd(2001, 1, 1));
    let by_others = Authority::new("Others").issue(&["backend.example"]);
    let named = house.options();
    let unnamed = RouteOptions { upstream_server_name: None, ..named.clone() };
    let anybody = RouteOptions { upstream_verify: false, upstream_ca: None, ..unnamed.clone() };
    let by_platform = RouteOptions { upstream_ca: None, ..named.clone() };
    let has_platform_roots = std::path::Path::new("/etc/ssl/certs/ca-certificates.crt").exists();
    for (issued, options, is_trusted) in [
        (&house.named(), &named, true),
        (&by_address, &unnamed, true),
        (&house.named(), &unnamed, false),
        (&by_address, &named, false),
        (&late, &named, false),
        (&by_others, &named, false),
        (&house.named(), &by_platform, false),
        (&late, &anybody, true),
        (&by_others, &anybody, true),
    ] {
        if options.upstream_ca.is_none() && options.upstream_verify && !has_platform_roots {
            continue;
        }
        let backend = house.backend("a", issued, &[]);
        let proxy = Proxy::serve(&[backend.target()], options.clone());
        let answer = proxy.send(&Request::post("/", "text"));
        if is_trusted {
            assert_eq!(answer.status(), 200, "{}", answer.text());
        } else {
            assert_eq!(answer.status(), 502);
            assert_eq!(reported(&answer), ("tls_failed".into(), "tls_certificate_error".into()));
            assert_eq!(backend.counts().unwrap().requests, 0);
        }
    }
}

#[test]
fn an_upgrade_is_no_reason_to_fail_where_http2_is_all_there_is() {
    let house = House::new();
    let backend = house.backend("a", &house.named(), &["--alpn", "h2"]);
    let proxy = Proxy::serve(&[backend.target()], house.options());
    let request = Request::get("/").header("Connection", "upgrade").header("Upgrade", "echo");
    let answer = proxy.send(&request);
    assert_eq!((answer.status(), answer.json()["headers"].get("upgrade")), (200, None));
}

/// As `openssl req -x509` makes them: signed by itself, an authority and a server's certificate in one.
#[test]
fn a_certificate_that_is_named_itself_is_trusted_for_its_own_names_and_time() {
    let house = House::new();
    let itself = Authority::with_names(&["backend.example"], |_| {});
    let late =
        Authority::with_names(&["backend.example"], |params| params.not_after = date_time_ymd(2001, 1, 1));
    for (shown, trusted, name, is_trusted) in [
        (&itself, &itself, "backend.example", true),
        (&itself, &itself, "other.example", false),
        (&itself, &house.authority, "backend.example", false),
        (&late, &late, "backend.example", false),
    ] {
        let backend = house.backend("a", &shown.itself(), &[]);
        let options = RouteOptions {
            upstream_ca: Some(house.folder.write("trusted.pem", trusted.pem())),
            upstream_server_name: Some(name.into()),
            ..unchecked()
        };
        let proxy = Proxy::serve(&[backend.target()], options);
        let answer = proxy.send(&Request::get("/"));
        match is_trusted {
            true => assert_eq!(answer.status(), 200, "{}", answer.text()),
            false => assert_eq!(reported(&answer).1, "tls_certificate_error"),
        }
    }
}

#[test]
fn a_backend_that_fails_in_tls_is_followed_by_another_one() {
    let house = House::new();
    let bad = house.backend("bad", &Authority::new("Others").issue(&["backend.example"]), &[]);
    let good = house.backend("good", &house.named(), &[]);
    let proxy = Proxy::serve(&[bad.target(), good.target()], house.options());
    for _ in 0..4 {
        assert_eq!(proxy.send(&Request::post("/", "text")).backend(), Some("good"));
    }
}

#[test]
fn a_backend_that_speaks_no_tls_is_a_bad_gateway() {
    let house = House::new();
    let plain = crate::backend("plain");
    let proxy = Proxy::serve(&[format!("https://{}", plain.address())], house.options());
    let answer = proxy.send(&Request::get("/"));
    assert_eq!(reported(&answer), ("tls_failed".into(), "tls_protocol_error".into()));
}

#[test]
fn a_handshake_that_hangs_is_held_to_the_time_limit_also_for_those_who_wait() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let target = format!("https://{}", listener.local_addr().unwrap());
    let options = RouteOptions {
        connect_timeout: std::time::Duration::from_secs(1),
        upstream_verify: false,
        ..unchecked()
    };
    let proxy = Proxy::serve(&[target], options);
    // One after the other would take longer than a client waits here.
    let requests: Vec<_> = (0..2 * wait::DEADLINE.as_secs())
        .map(|_| {
            let address = proxy.address.clone();
            std::thread::spawn(move || client::send(&address, &Request::get("/")).unwrap())
        })
        .collect();
    for request in requests {
        assert_eq!(reported(&request.join().unwrap()).0, "connect_timeout");
    }
}

#[test]
fn a_certificate_is_shown_to_a_backend_that_asks() {
    let house = House::new();
    let clients = Authority::new("Clients");
    let client_ca = house.folder.write("clients.pem", clients.pem());
    let (chain, key) = house.folder.put("proxy", &clients.issue(&["proxy"]));
    for alpn in ["h2", "http/1.1"] {
        let more = ["--client-ca", client_ca.to_str().unwrap(), "--alpn", alpn];
        let backend = house.backend("a", &house.named(), &more);
        let with = RouteOptions {
            upstream_certificate: Some(chain.clone()),
            upstream_key: Some(key.clone()),
            ..house.options()
        };
        let proxy = Proxy::serve(&[backend.target()], with);
        assert_eq!(proxy.send(&Request::get("/")).status(), 200, "{alpn}");
        let proxy = Proxy::serve(&[backend.target()], house.options());
        let answer = proxy.send(&Request::get("/"));
        // With TLS 1.3 the backend says it after the handshake, and the engine of HTTP/2 does not pass on what it said.
        let expected = if alpn == "h2" { "upstream_closed" } else { "tls_failed" };
        assert_eq!(reported(&answer).0, expected, "{alpn}");
    }
}

#[test]
fn a_backend_that_closes_behind_each_answer_fails_no_get() {
    let house = House::new();
    for most in ["1", "3"] {
        let backend = house.backend("a", &house.named(), &["--close-after", most]);
        let proxy = Proxy::serve(&[backend.target()], house.options());
        let mut connection = Connection::open(&proxy.address).unwrap();
        for _ in 0..100 {
            let answer = connection.exchange(&Request::get("/")).unwrap();
            assert_eq!(answer.status(), 200, "{}", answer.text());
        }
    }
}

/// OpenSSL sends its tickets behind the handshake, in writes of their own.
#[test]
fn a_server_of_openssl_is_kept_connected() {
    let house = House::new();
    let (chain, key) = house.folder.put("openssl", &house.named());
    let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let mut server = Command::new("openssl")
        .args(["s_server", "-quiet", "-www", "-accept", &format!("127.0.0.1:{port}"), "-cert"])
        .arg(&chain)
        .arg("-key")
        .arg(&key)
        .spawn()
        .unwrap();
    let proxy = Proxy::serve(&[format!("https://127.0.0.1:{port}")], house.options());
    let answer = wait::until(|| {
        let answer = proxy.send(&Request::get("/"));
        if answer.status() == 200 { Ok(answer) } else { Err(answer.text()) }
    });
    let ended = server.kill().and_then(|()| server.wait());
    assert!(answer.unwrap().text().contains("TLSv1.3"));
    ended.unwrap();
}
