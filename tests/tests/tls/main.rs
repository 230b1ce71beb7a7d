//! TLS on both sides: certificates that come and go, clients and backends that do not fit.

mod announced;
mod clients;
mod files;
mod kept;
mod listener;
#[path = "../traffic/process.rs"]
mod process;
mod reload;
mod stalled;
mod upstream;

use proxykit_core::{Manager, ManagerOptions, RouteOptions};
use proxykit_tests::backend::Backend;
use proxykit_tests::client::{Connection, Request, Response};
use proxykit_tests::tls::{Authority, Client, Folder, Issued};

/// A proxy that speaks TLS, with one route for all paths.
struct Proxy {
    manager: Manager,
    address: String,
    authority: Authority,
    folder: Folder,
}

impl Proxy {
    /// With a certificate for `localhost`.
    fn serve(targets: &[String], change: impl FnOnce(&Folder, &Authority, &mut ManagerOptions)) -> Self {
        let (folder, authority) = (Folder::new(), Authority::new("Test CA"));
        let (chain, key) = folder.put("localhost", &authority.issue(&["localhost"]));
        let mut options = ManagerOptions {
            tls_certificates: vec![chain],
            tls_keys: vec![key],
            ..ManagerOptions::default()
        };
        change(&folder, &authority, &mut options);
        let manager = Manager::new(options).unwrap();
        manager.add_route("/", targets, unchecked()).unwrap();
        manager.start("127.0.0.1:0").unwrap();
        let address = manager.address().unwrap();
        Proxy { manager, address, authority, folder }
    }

    fn before(backend: &Backend) -> Self {
        Self::serve(&[backend.target()], |_, _, _| {})
    }

    fn client(&self) -> Client {
        Client::trusting(&self.authority.pem())
    }

    fn connect(&self) -> Connection {
        self.client().connect(&self.address, "localhost").unwrap()
    }

    fn client_with(&self, issued: &Issued) -> Client {
        Client::with_certificate(&self.authority.pem(), issued)
    }
}

fn backend(name: &str) -> Backend {
    Backend::start(env!("CARGO_BIN_EXE_sample-backend"), name).unwrap()
}

fn unchecked() -> RouteOptions {
    RouteOptions { health_check: None, ..RouteOptions::default() }
}

/// The header of the request as the backend saw it, each value in a line of its own.
fn seen(answer: &Response, header: &str) -> Option<String> {
    let values = answer.json()["headers"].get(header)?.as_array()?.clone();
    let values: Vec<_> = values.iter().filter_map(|value| value.as_str()).collect();
    Some(values.join("\n"))
}

fn get(connection: &mut Connection) -> Response {
    connection.exchange(&Request::get("/")).unwrap()
}

/// The kind of error that an answer of the proxy's own reports, and its type in RFC 9209.
fn reported(answer: &Response) -> (String, String) {
    let report = answer.header("proxy-status").unwrap_or_default().to_owned();
    let part = |name: &str| {
        let rest = report.split_once(&format!("{name}=")).map_or("", |(_, rest)| rest);
        rest.split(';').next().unwrap_or_default().trim_matches('"').to_owned()
    };
    (part("details"), part("error"))
}
