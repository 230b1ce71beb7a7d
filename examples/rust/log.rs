//! Prints the log, from a callback on a thread of its own, until Ctrl-C or SIGTERM.

use std::error::Error;
use std::time::Duration;

use proxykit_core::{LogLevel, Manager, ManagerOptions, RouteOptions};
use signal_hook::consts::{SIGINT, SIGTERM};
use signal_hook::iterator::Signals;

fn main() -> Result<(), Box<dyn Error>> {
    let mut signals = Signals::new([SIGINT, SIGTERM])?;

    let manager = Manager::new(ManagerOptions::default())?;
    manager.on_log(LogLevel::Info, |record| {
        println!("{} {}: {}", record.level, record.category, record.message);
    })?;
    let targets = ["http://localhost:8081", "http://localhost:8082"];
    manager.add_route("/proxy/", targets, RouteOptions::default())?;
    manager.start("127.0.0.1:8080")?;

    signals.forever().next();
    // It returns behind the last call.
    manager.stop(Duration::from_secs(10))?;
    Ok(())
}
