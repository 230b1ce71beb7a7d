//! TLS before two servers: `tls CHAIN KEY`. SIGHUP reads the two files again; Ctrl-C and SIGTERM end it.

use std::error::Error;
use std::time::Duration;

use proxykit_core::{Manager, ManagerOptions, RouteOptions};
use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};
use signal_hook::iterator::Signals;

fn main() -> Result<(), Box<dyn Error>> {
    // Before anything runs, so that no signal is missed.
    let mut signals = Signals::new([SIGINT, SIGTERM, SIGHUP])?;
    let mut files = std::env::args_os().skip(1);
    let (Some(chain), Some(key)) = (files.next(), files.next()) else { return Err("tls CHAIN KEY".into()) };

    let manager = Manager::new(ManagerOptions {
        tls_certificates: vec![chain.into()],
        tls_keys: vec![key.into()],
        ..ManagerOptions::default()
    })?;
    let targets = ["http://localhost:8081", "http://localhost:8082"];
    manager.add_route("/proxy/", targets, RouteOptions::default())?;
    manager.start("127.0.0.1:8443")?;
    println!("listening on https://{}", manager.address()?);

    for signal in signals.forever() {
        if signal != SIGHUP {
            break;
        }
        if let Err(error) = manager.reload_certificates() {
            // What was in force stays.
            eprintln!("{error}");
        }
    }
    manager.stop(Duration::from_secs(10))?;
    Ok(())
}
