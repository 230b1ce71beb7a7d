//! A proxy before two servers, until Ctrl-C or SIGTERM.

use std::error::Error;
use std::time::Duration;

use proxykit_core::{HealthCheck, Manager, ManagerOptions, RouteOptions};
use signal_hook::consts::{SIGINT, SIGTERM};
use signal_hook::iterator::Signals;

fn main() -> Result<(), Box<dyn Error>> {
    // Before anything runs, so that no signal is missed.
    let mut signals = Signals::new([SIGINT, SIGTERM])?;

    let manager = Manager::new(ManagerOptions::default())?;
    let check = HealthCheck { interval: Duration::from_secs(5), ..HealthCheck::default() };
    let options = RouteOptions { health_check: Some(check), ..RouteOptions::default() };
    manager.add_route("/proxy/", ["http://localhost:8081", "http://localhost:8082"], options)?;
    manager.start("127.0.0.1:8080")?;
    println!("listening on http://{}", manager.address()?);

    signals.forever().next();
    // Requests in flight have ten seconds to finish.
    manager.stop(Duration::from_secs(10))?;
    Ok(())
}
