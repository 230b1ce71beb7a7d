use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread;
use std::time::Duration;

use proxykit_core::{ErrorKind, EventKind};
use proxykit_tests::client::Request;
use proxykit_tests::tls::{Authority, Client};
use proxykit_tests::wait;

use crate::{Proxy, backend, get};

/// The certificate that is shown now.
fn shown(proxy: &Proxy) -> Vec<u8> {
    let connection = proxy.connect();
    connection.session().unwrap().peer_certificates().unwrap()[0].to_vec()
}

#[test]
fn a_call_puts_new_certificates_in_force_without_a_failed_request() {
    let backend = backend("a");
    let proxy = Proxy::before(&backend);
    let (stop, done) = (AtomicBool::new(false), AtomicUsize::new(0));
    let mut kept = proxy.connect();
    thread::scope(|scope| {
        for number in 0..3 {
            let (proxy, stop, done) = (&proxy, &stop, &done);
            scope.spawn(move || {
                let mut connection = proxy.connect();
                while !stop.load(Ordering::SeqCst) {
                    if number == 0 {
                        connection = proxy.connect();
                    }
                    assert_eq!(get(&mut connection).status(), 200);
                    done.fetch_add(1, Ordering::SeqCst);
                }
            });
        }
        let mut before = shown(&proxy);
        for _ in 0..10 {
            let goal = done.load(Ordering::SeqCst) + 10;
            wait::until_true("requests go on", || done.load(Ordering::SeqCst) >= goal);
            proxy.folder.put("localhost", &proxy.authority.issue(&["localhost"]));
            assert_eq!(shown(&proxy), before, "nothing changes before the call");
            proxy.manager.reload_certificates().unwrap();
            let after = shown(&proxy);
            assert_ne!(after, before);
            before = after;
        }
        stop.store(true, Ordering::SeqCst);
    });
    assert_eq!(get(&mut kept).status(), 200, "the first connection stands");
}

#[test]
fn the_old_certificates_stay_when_the_new_ones_are_bad() {
    let backend = backend("a");
    let proxy = Proxy::before(&backend);
    let before = shown(&proxy);
    let other = proxy.authority.issue(&["localhost"]);
    proxy.folder.write("localhost.pem", &other.chain);
    let error = proxy.manager.reload_certificates().unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidCertificate);
    assert!(error.to_string().contains("localhost.pem"), "{error}");
    assert_eq!(shown(&proxy), before);
    let reply = proxy.manager.manage("POST", "/certificates/reload", b"");
    assert_eq!(reply.status, 400);
    assert!(String::from_utf8_lossy(&reply.body).contains("invalid_certificate"));
    proxy.folder.write("localhost.key", &other.key);
    let answer = proxy.connect().exchange(&Request::post("/certificates/reload", "")).unwrap();
    assert_eq!(answer.status(), 200, "{}", answer.text());
    assert_ne!(shown(&proxy), before);
}

#[test]
fn changed_files_are_found() {
    let backend = backend("a");
    let proxy = Proxy::serve(&[backend.target()], |_, _, options| {
        options.tls_reload_interval = Duration::from_millis(20);
    });
    for _ in 0..3 {
        let before = shown(&proxy);
        let fresh = proxy.authority.issue(&["localhost"]);
        // One after the other, as most tools do: in between, the two are no pair.
        proxy.folder.write("localhost.pem", &fresh.chain);
        assert_eq!(get(&mut proxy.connect()).status(), 200);
        proxy.folder.write("localhost.key", &fresh.key);
        wait::until_true("the new certificate is shown", || shown(&proxy) != before);
    }
}

#[test]
fn what_is_in_force_is_shown_and_why_newer_files_are_not() {
    let backend = backend("a");
    let proxy = Proxy::serve(&[backend.target()], |_, _, options| {
        options.tls_reload_interval = Duration::from_millis(20);
    });
    let list = || {
        let reply = proxy.manager.manage("GET", "/certificates/list", b"");
        serde_json::from_slice::<serde_json::Value>(&reply.body).unwrap()
    };
    let shown = list();
    assert_eq!(shown["certificates"][0]["names"], serde_json::json!(["localhost"]));
    assert_eq!(shown["certificates"][0]["file"], proxy.folder.path("localhost.pem").display().to_string());
    assert_eq!(shown["certificates"][0]["notAfter"], "4096-01-01T00:00:00Z");
    assert_eq!(shown["failure"], serde_json::Value::Null);
    proxy.folder.write("localhost.key", "no key");
    wait::until_true("the look tells", || {
        list()["failure"].as_str().is_some_and(|failure| failure.contains("no private key"))
    });
    assert_eq!(list()["certificates"], shown["certificates"]);
    proxy.folder.put("localhost", &proxy.authority.issue(&["localhost", "other.example"]));
    wait::until_true("the next look is content", || list()["failure"].is_null());
    assert_eq!(list()["certificates"][0]["names"], serde_json::json!(["localhost", "other.example"]));
}

#[test]
fn other_authorities_of_clients_come_in_force_and_old_sessions_do_not_help() {
    let backend = backend("a");
    let (old, new) = (Authority::new("Old"), Authority::new("New"));
    let proxy = Proxy::serve(&[backend.target()], |folder, _, options| {
        options.client_ca = Some(folder.write("clients.pem", old.pem()));
    });
    let config = proxy.client_with(&old.issue(&["alice"])).config();
    let ask = || {
        use proxykit_tests::client::Connection;
        Connection::over_tls(&proxy.address, config.clone(), "localhost")?.exchange(&Request::get("/"))
    };
    assert_eq!(ask().unwrap().status(), 200);
    assert_eq!(ask().unwrap().status(), 200);
    proxy.folder.write("clients.pem", new.pem());
    proxy.manager.reload_certificates().unwrap();
    assert!(ask().is_err());
    let newcomer = Client::with_certificate(&proxy.authority.pem(), &new.issue(&["bob"]));
    assert_eq!(get(&mut newcomer.connect(&proxy.address, "localhost").unwrap()).status(), 200);
}

#[test]
fn without_certificates_there_is_nothing_to_do() {
    let manager = proxykit_core::Manager::new(Default::default()).unwrap();
    manager.reload_certificates().unwrap();
    assert_eq!(manager.manage("POST", "/certificates/reload", b"").status, 200);
    assert_eq!(manager.manage("GET", "/certificates/reload", b"").status, 405);
}

#[test]
fn reloads_are_told() {
    let backend = backend("a");
    let proxy = Proxy::before(&backend);
    let events = proxy.manager.events().unwrap();
    proxy.manager.reload_certificates().unwrap();
    proxy.folder.write("localhost.pem", "no certificate");
    proxy.manager.reload_certificates().unwrap_err();
    proxy.manager.reload_certificates().unwrap_err();
    let next = || events.next(Some(wait::DEADLINE)).unwrap();
    assert_eq!(next().kind, EventKind::CertificatesReloaded);
    for _ in 0..2 {
        let refused = next();
        assert_eq!(refused.kind, EventKind::CertificatesRefused);
        assert!(refused.message.unwrap().contains("localhost.pem"), "it names the file");
    }
}
