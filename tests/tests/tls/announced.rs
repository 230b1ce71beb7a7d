use proxykit_core::{Manager, ManagerOptions, RouteOptions, SendProxyProtocol};
use proxykit_tests::client::{self, Request};

use crate::{Proxy, backend, seen, unchecked};

/// The header stands before the handshake, on both sides.
#[test]
fn a_proxy_may_be_told_of_the_client_before_the_handshake() {
    let a = backend("a");
    let second = Proxy::serve(&[a.target()], |_, _, options| {
        options.proxy_protocol = vec!["127.0.0.1".parse().unwrap()];
    });
    let ca = second.folder.write("ca.pem", second.authority.pem());
    let port = second.address.rsplit_once(':').unwrap().1;
    for version in [SendProxyProtocol::V1, SendProxyProtocol::V2] {
        let options =
            RouteOptions { send_proxy_protocol: version, upstream_ca: Some(ca.clone()), ..unchecked() };
        let first = Manager::new(ManagerOptions::default()).unwrap();
        first.add_route("/", [format!("https://localhost:{port}")], options).unwrap();
        first.start("127.0.0.1:0").unwrap();
        let request = Request::get("/").header("X-Forwarded-For", "6.6.6.6");
        let answer = client::send(&first.address().unwrap(), &request).unwrap();
        assert_eq!(answer.backend(), Some("a"), "{}", answer.text());
        assert_eq!(seen(&answer, "x-forwarded-for").unwrap(), "6.6.6.6, 127.0.0.1, 127.0.0.1");
        assert_eq!(seen(&answer, "x-forwarded-proto").unwrap(), "https");
    }
    // Without the header there is no handshake.
    assert!(
        second
            .client()
            .connect(&second.address, "localhost")
            .and_then(|mut connection| { connection.exchange(&Request::get("/")) })
            .is_err()
    );
}
