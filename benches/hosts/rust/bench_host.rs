//! A proxy in a Rust program, until SIGTERM; called as the C program `bench_host` is.

use std::error::Error;
use std::time::Duration;
use std::{env, fs};

use proxykit_core::{Manager, ManagerOptions, RouteOptions};
use signal_hook::consts::{SIGINT, SIGTERM};
use signal_hook::iterator::Signals;

fn main() -> Result<(), Box<dyn Error>> {
    let mut signals = Signals::new([SIGINT, SIGTERM])?;
    let mut arguments = env::args().skip(1);
    let (Some(listen), Some(routes)) = (arguments.next(), arguments.next()) else {
        return Err("usage: LISTEN ROUTES [NAME=VALUE …]".into());
    };
    let mut options = ManagerOptions::default();
    arguments.try_for_each(|setting| options.apply(&setting))?;
    let manager = Manager::new(options)?;
    for route in fs::read_to_string(routes)?.lines() {
        add_route(&manager, route)?;
    }
    manager.start(&listen)?;
    println!("listening {}", manager.address()?);

    signals.forever().next();
    manager.stop(Duration::from_secs(1))?;
    Ok(())
}

/// A route is written `PREFIX [NAME=VALUE …] TARGET …`.
fn add_route(manager: &Manager, route: &str) -> Result<(), Box<dyn Error>> {
    let mut words = route.split_whitespace();
    let prefix = words.next().ok_or("a route without a prefix")?;
    let (targets, settings): (Vec<_>, Vec<_>) = words.partition(|word| word.contains("://"));
    let mut options = RouteOptions::default();
    settings.into_iter().try_for_each(|setting| options.apply(setting))?;
    manager.add_route(prefix, targets, options)?;
    Ok(())
}
