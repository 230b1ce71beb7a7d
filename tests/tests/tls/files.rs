use std::fs;
use std::path::PathBuf;

use proxykit_core::{ErrorKind, Manager, ManagerOptions, RouteOptions};
use proxykit_tests::tls::{Authority, Folder};
use rcgen::date_time_ymd;

struct Files {
    folder: Folder,
    authority: Authority,
}

impl Files {
    fn new() -> Self {
        Files { folder: Folder::new(), authority: Authority::new("CA") }
    }

    /// What a manager says of these files.
    fn refused(&self, chain: PathBuf, key: PathBuf) -> String {
        let (tls_certificates, tls_keys) = (vec![chain], vec![key]);
        let options = ManagerOptions { tls_certificates, tls_keys, ..ManagerOptions::default() };
        let error = Manager::new(options).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidCertificate, "{error}");
        error.to_string()
    }
}

#[test]
fn each_bad_file_is_named_with_its_reason() {
    let files = Files::new();
    let good = files.authority.issue(&["localhost"]);
    let (chain, key) = files.folder.put("good", &good);
    let write = |name: &str, content: &str| files.folder.write(name, content);
    let expired = files.authority.issue_with(&["x"], |params| params.not_after = date_time_ymd(2001, 2, 3));
    let early = files.authority.issue_with(&["x"], |params| params.not_before = date_time_ymd(3001, 2, 3));
    let expired = files.folder.put("expired", &expired);
    let early = files.folder.put("early", &early);
    let (_, other_key) = files.folder.put("other", &files.authority.issue(&["localhost"]));
    let encrypted = "-----BEGIN ENCRYPTED PRIVATE KEY-----\nAAAA\n-----END ENCRYPTED PRIVATE KEY-----\n";
    let broken = good.key.replace("-----END", "!!!!\n-----END");
    let no_key = "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n";
    let no_certificate = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";
    for (chain, key, file, why) in [
        (files.folder.path("none.pem"), key.clone(), "none.pem", "it cannot be read: No such file"),
        (chain.clone(), files.folder.path("none.key"), "none.key", "it cannot be read: No such file"),
        (std::env::temp_dir(), key.clone(), "", "it is not a file"),
        (write("empty.pem", ""), key.clone(), "empty.pem", "there is no certificate in it"),
        (write("no.pem", no_certificate), key.clone(), "no.pem", "it is not X.509"),
        (write("cut.pem", &good.chain[..200]), key.clone(), "cut.pem", "a section has no end"),
        (write("large.pem", &" ".repeat(2 << 20)), key.clone(), "large.pem", "larger than 1 MiB"),
        (chain.clone(), write("text.key", "hello"), "text.key", "there is no private key in it"),
        (chain.clone(), write("enc.key", encrypted), "enc.key", "must be stored without a passphrase"),
        (chain.clone(), write("broken.key", &broken), "broken.key", "a section is not base64"),
        (chain.clone(), write("no.key", no_key), "no.key", "its key cannot be used"),
        (chain.clone(), other_key, "good.pem", "its first certificate does not belong to the key in"),
        (expired.0, expired.1, "expired.pem", "it expired at 2001-02-03T00:00:00Z"),
        (early.0, early.1, "early.pem", "it is not valid before 3001-02-03T00:00:00Z"),
    ] {
        let message = files.refused(chain, key);
        assert!(message.contains(file) && message.contains(why), "{file} {why}: {message}");
        let secret = good.key.lines().nth(1).unwrap();
        assert!(!message.contains(&secret[..20]), "{message}");
    }
}

#[test]
fn an_unreadable_file_is_named() {
    let files = Files::new();
    let (chain, key) = files.folder.put("good", &files.authority.issue(&["localhost"]));
    // A loop of links cannot be read by anybody, not even by root.
    let link = files.folder.path("loop.pem");
    std::os::unix::fs::symlink(&link, &link).unwrap();
    assert!(files.refused(link, key.clone()).contains("loop.pem"));
    fs::remove_file(&key).unwrap();
    assert!(files.refused(chain, key).contains("good.key"));
}

#[test]
fn a_pipe_does_not_hold_anybody_up() {
    let files = Files::new();
    let pipe = files.folder.path("pipe");
    nix_mkfifo(&pipe);
    assert!(files.refused(pipe.clone(), pipe).contains("it is not a file"));
}

fn nix_mkfifo(path: &PathBuf) {
    assert!(std::process::Command::new("mkfifo").arg(path).status().unwrap().success());
}

#[test]
fn files_of_a_route_are_read_when_it_is_added() {
    let files = Files::new();
    let manager = Manager::new(ManagerOptions::default()).unwrap();
    let missing = Some(files.folder.path("none.pem"));
    let text = Some(files.folder.write("text.pem", "hello"));
    let (chain, _) = files.folder.put("a", &files.authority.issue(&["a"]));
    let (_, key) = files.folder.put("b", &files.authority.issue(&["b"]));
    for (options, file) in [
        (RouteOptions { upstream_ca: missing, ..RouteOptions::default() }, "none.pem"),
        (RouteOptions { upstream_ca: text, ..RouteOptions::default() }, "text.pem"),
        (
            RouteOptions {
                upstream_certificate: Some(chain),
                upstream_key: Some(key),
                upstream_verify: false,
                ..RouteOptions::default()
            },
            "a.pem",
        ),
    ] {
        let error = manager.add_route("/", ["http://h"], options).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidCertificate);
        assert!(error.to_string().contains(file), "{error}");
        assert!(manager.routes().is_empty());
    }
    let error = RouteOptions::default().set("upstream_server_name", "a b").unwrap_err();
    assert_eq!(
        error.to_string(),
        "invalid upstream_server_name \"a b\": it must be a host name or an address"
    );
}
