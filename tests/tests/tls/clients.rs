use std::io;

use proxykit_core::{ClientCertificate, ManagerOptions};
use proxykit_tests::backend::Backend;
use proxykit_tests::client::{Request, Response};
use proxykit_tests::tls::{Authority, Client};
use rcgen::{DnType, date_time_ymd};

use crate::{Proxy, backend, seen};

const HEADER: &str = "x-client-subject";

fn serve(backend: &Backend, clients: &Authority, kind: Option<ClientCertificate>) -> Proxy {
    Proxy::serve(&[backend.target()], |folder, _, options: &mut ManagerOptions| {
        options.client_ca = Some(folder.write("clients.pem", clients.pem()));
        options.client_certificate = kind;
        options.client_subject_header = Some(HEADER.parse().unwrap());
    })
}

/// A request that says itself who it is from.
fn ask(proxy: &Proxy, client: &Client) -> io::Result<Response> {
    let request = Request::get("/").header(HEADER, "CN=forged").header("X_Client_Subject", "CN=forged too");
    client.connect(&proxy.address, "localhost")?.exchange(&request)
}

#[test]
fn a_required_certificate_lets_its_owner_in_and_names_him() {
    let (backend, clients) = (backend("a"), Authority::new("Clients"));
    let proxy = serve(&backend, &clients, None);
    let alice = clients.issue_with(&["alice"], |params| {
        params.distinguished_name.push(DnType::OrganizationName, "Ex, ample");
    });
    let answer = ask(&proxy, &proxy.client_with(&alice)).unwrap();
    assert_eq!(seen(&answer, HEADER).as_deref(), Some(r"O=Ex\, ample,CN=alice"));
    assert_eq!(seen(&answer, "x_client_subject"), None);
    // Who comes back with a ticket is still who he was.
    let again = proxy.client_with(&alice);
    for _ in 0..2 {
        assert_eq!(seen(&ask(&proxy, &again).unwrap(), HEADER).as_deref(), Some(r"O=Ex\, ample,CN=alice"));
    }
}

#[test]
fn a_required_certificate_keeps_all_others_out() {
    let (backend, clients) = (backend("a"), Authority::new("Clients"));
    let proxy = serve(&backend, &clients, Some(ClientCertificate::Required));
    let expired = clients.issue_with(&["late"], |params| params.not_after = date_time_ymd(2001, 1, 1));
    for (client, alert) in [
        (proxy.client(), "CertificateRequired"),
        (proxy.client_with(&Authority::new("Clients").issue(&["stranger"])), "DecryptError UnknownCA"),
        (proxy.client_with(&expired), "CertificateExpired"),
    ] {
        let error = ask(&proxy, &client).expect_err(alert).to_string();
        assert!(alert.split(' ').any(|alert| error.contains(alert)), "{alert}: {error}");
    }
    assert_eq!(backend.counts().unwrap().requests, 0);
}

#[test]
fn an_optional_certificate_is_a_trusted_one_or_none() {
    let (backend, clients) = (backend("a"), Authority::new("Clients"));
    let proxy = serve(&backend, &clients, Some(ClientCertificate::Optional));
    let answer = ask(&proxy, &proxy.client()).unwrap();
    assert_eq!(
        (answer.status(), seen(&answer, HEADER), seen(&answer, "x_client_subject")),
        (200, None, None)
    );
    let answer = ask(&proxy, &proxy.client_with(&clients.issue(&["bob"]))).unwrap();
    assert_eq!(seen(&answer, HEADER).as_deref(), Some("CN=bob"));
    let stranger = Authority::new("Others").issue(&["eve"]);
    assert!(ask(&proxy, &proxy.client_with(&stranger)).is_err());
}

#[test]
fn switched_off_nobody_is_asked_and_what_is_said_is_removed() {
    let (backend, clients) = (backend("a"), Authority::new("Clients"));
    let proxy = serve(&backend, &clients, Some(ClientCertificate::Off));
    let answer = ask(&proxy, &proxy.client_with(&clients.issue(&["bob"]))).unwrap();
    assert_eq!(
        (answer.status(), seen(&answer, HEADER), seen(&answer, "x_client_subject")),
        (200, None, None)
    );
}
