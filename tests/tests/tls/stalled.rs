//! What a transfer in TLS costs whose reader has stopped reading.

use proxykit_tests::client::{Connection, Request};
use proxykit_tests::tls::Client;
use proxykit_tests::wait;

use crate::process::ProxyProcess;
use crate::upstream::House;

/// How many transfers stall.
const TRANSFERS: usize = 40;
/// The most that one may cost, in bytes.
const MOST: usize = 400 * 1024;

#[test]
fn a_stalled_transfer_costs_little_on_both_sides() {
    let house = House::new();
    let site = house.folder.put("site", &house.authority.issue(&["localhost"]));
    let [chain, key] =
        [format!("tls_certificates={}", site.0.display()), format!("tls_keys={}", site.1.display())];
    let ca = format!("upstream_ca={}", house.ca.display());
    let plain = crate::backend("plain");
    let http1 = house.backend("http1", &house.named(), &[]);
    let http2 = house.backend("http2", &house.named(), &["--alpn", "h2"]);
    let trust: &[&str] = &[&ca, "upstream_server_name=backend.example"];
    for (backend, options) in [(&plain, &[][..]), (&http1, trust), (&http2, trust)] {
        let proxy = ProxyProcess::of(&[&chain, &key], &backend.target(), options);
        let client = Client::trusting(&house.authority.pem());
        let connect = || client.connect(&proxy.address, "localhost").unwrap();
        // What the process needs once is not counted.
        let warm: Vec<_> = (0..TRANSFERS).map(|_| connect()).collect();
        for mut connection in warm {
            assert_eq!(connection.exchange(&Request::get("/")).unwrap().status(), 200);
        }
        let before = proxy.peak_memory();
        let request = Request::get("/").header("x-sample", "bytes=1073741824").to_bytes();
        let mut stalled: Vec<Connection> = (0..TRANSFERS).map(|_| connect()).collect();
        stalled.iter_mut().for_each(|connection| connection.write(&request).unwrap());
        wait::until_true("the requests run", || backend.counts().unwrap().active == TRANSFERS);
        // Nobody reads: the pieces that are under way fill the buffers, and then no more comes.
        let (mut largest, mut same) = (0, 0);
        wait::until_true("nothing grows any more", || {
            let now = proxy.peak_memory();
            same = if now > largest { 0 } else { same + 1 };
            largest = largest.max(now);
            same == 40
        });
        let each = largest.saturating_sub(before) / TRANSFERS;
        assert!(each < MOST, "{each} bytes each, {}", backend.target());
        assert_eq!(backend.counts().unwrap().active, TRANSFERS);
    }
}
