use std::time::Duration;
use std::{env, fs, iter, process};

use super::*;
use crate::events::EventKind;

#[test]
fn files_that_stay_bad_are_told_once_by_the_look_and_each_time_by_a_call() {
    let folder = env::temp_dir().join(format!("proxykit-tls-{}", process::id()));
    fs::create_dir_all(&folder).unwrap();
    let (chain, key) = (folder.join("site.pem"), folder.join("site.key"));
    let made = rcgen::generate_simple_self_signed(vec!["localhost".to_owned()]).unwrap();
    fs::write(&chain, made.cert.pem()).unwrap();
    fs::write(&key, made.signing_key.serialize_pem()).unwrap();
    let (tls_certificates, tls_keys) = (vec![chain], vec![key.clone()]);
    let options = ManagerOptions { tls_certificates, tls_keys, ..ManagerOptions::default() };
    let publisher = Arc::new(Publisher::default());
    let events = publisher.subscribe();
    let tls = ServerTls::new(&options, &publisher).unwrap().unwrap();
    tls.reload_if_changed().unwrap();
    fs::write(&key, "no key").unwrap();
    for _ in 0..3 {
        tls.reload_if_changed().unwrap_err();
    }
    tls.reload().unwrap_err();
    fs::write(&key, made.signing_key.serialize_pem()).unwrap();
    tls.reload_if_changed().unwrap();
    let told: Vec<_> =
        iter::from_fn(|| events.next(Some(Duration::ZERO)).ok()).map(|event| event.kind).collect();
    use EventKind::{CertificatesRefused, CertificatesReloaded};
    assert_eq!(told, [CertificatesRefused, CertificatesRefused, CertificatesReloaded]);
    fs::remove_dir_all(&folder).unwrap();
}
