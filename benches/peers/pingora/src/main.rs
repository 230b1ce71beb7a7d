//! A reverse proxy of Pingora's crates: prefixes, round robin, health checks.
//!
//! `pingora-proxy --workers N --upstream http|h2c [--tls CHAIN KEY] PREFIX=HOST:PORT[,HOST:PORT…] …`

mod arguments;
mod proxy;

use std::error::Error;
use std::net::{TcpListener, TcpStream};
use std::thread;
use std::time::Duration;

use pingora::apps::HttpServerOptions;
use pingora::listeners::tls::TlsSettings;
use pingora::proxy::ProxyServiceBuilder;
use pingora::server::Server;
use pingora::server::configuration::ServerConf;

use arguments::Arguments;
use proxy::{Proxy, Route};

fn main() -> Result<(), Box<dyn Error>> {
    let arguments = Arguments::parse(std::env::args().skip(1))?;
    let configuration = ServerConf {
        threads: arguments.workers,
        upstream_keepalive_pool_size: 2000,
        ..ServerConf::default()
    };
    let mut server = Server::new_with_opt_and_conf(None, configuration);
    server.bootstrap();
    let mut routes = Vec::new();
    for (prefix, backends) in arguments.routes {
        let (route, checks) = Route::new(prefix, &backends)?;
        server.add_service(checks);
        routes.push(route);
    }
    let proxy = Proxy::new(routes, arguments.is_http2_upstream);
    let mut options = HttpServerOptions::default();
    options.h2c = true;
    let mut service = ProxyServiceBuilder::new(&server.configuration, proxy).server_options(options).build();
    let address = TcpListener::bind("127.0.0.1:0")?.local_addr()?;
    match arguments.tls {
        Some((chain, key)) => {
            let mut tls = TlsSettings::intermediate(&chain, &key)?;
            tls.enable_h2();
            service.add_tls_with_settings(&address.to_string(), None, tls);
        }
        None => service.add_tcp(&address.to_string()),
    }
    server.add_service(service);
    // Pingora chooses no port, and does not tell when it listens.
    thread::spawn(move || {
        while TcpStream::connect(address).is_err() {
            thread::sleep(Duration::from_millis(2));
        }
        println!("listening {address}");
    });
    server.run_forever()
}
