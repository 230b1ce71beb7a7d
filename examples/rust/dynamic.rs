//! Backends come and go while the proxy serves; each line on standard input is the next step.

use std::error::Error;
use std::io::stdin;

use proxykit_core::{Manager, ManagerOptions, RouteOptions};

fn main() -> Result<(), Box<dyn Error>> {
    let manager = Manager::new(ManagerOptions::default())?;
    manager.add_route("/proxy/", ["http://localhost:8081"], RouteOptions::default())?;
    manager.start("127.0.0.1:8080")?;
    println!("listening on http://{}; press Enter for each step", manager.address()?);

    let mut steps = stdin().lines();
    steps.next();
    println!("added: {}", manager.add_backends("/proxy/", ["http://localhost:8082"], None)?);
    steps.next();
    list(&manager)?;
    steps.next();
    println!("removed: {}", manager.remove_backends("/proxy/", ["http://localhost:8081"])?);
    steps.next();
    list(&manager)?;
    Ok(())
}

fn list(manager: &Manager) -> Result<(), Box<dyn Error>> {
    for backend in manager.list_backends("/proxy/")? {
        println!("{} healthy: {}", backend.target, backend.healthy);
    }
    Ok(())
}
