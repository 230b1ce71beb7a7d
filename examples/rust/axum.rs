//! A proxy within an axum server, beside the server's own routes, until Ctrl-C or SIGTERM.

use std::error::Error;
use std::net::SocketAddr;
use std::time::Duration;

use axum::Router;
use axum::extract::{ConnectInfo, Request};
use axum::middleware::map_request;
use axum::routing::get;
use proxykit_core::{ClientAddress, Manager, ManagerOptions, RouteOptions};
use tokio::net::TcpListener;
use tokio::signal::unix::{SignalKind, signal};

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let manager = Manager::new(ManagerOptions::default())?;
    let targets = ["http://localhost:8081", "http://localhost:8082"];
    manager.add_route("/proxy/", targets, RouteOptions::default())?;
    // Health checks run from here on; the connections are axum's.
    manager.start_without_listener()?;

    let app = Router::new()
        .route("/ping", get(async || "pong\n"))
        .fallback_service(manager.service())
        .layer(map_request(name_client));
    let listener = TcpListener::bind("127.0.0.1:8080").await?;
    println!("listening on http://{}", listener.local_addr()?);

    let (mut interrupt, mut terminate) = (signal(SignalKind::interrupt())?, signal(SignalKind::terminate())?);
    let asked_to_stop = async move {
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
        }
    };
    let service = app.into_make_service_with_connect_info::<SocketAddr>();
    axum::serve(listener, service).with_graceful_shutdown(asked_to_stop).await?;
    manager.stop(Duration::ZERO)?;
    Ok(())
}

/// Tells the proxy whom it serves, for `X-Forwarded-For`.
async fn name_client(ConnectInfo(address): ConnectInfo<SocketAddr>, mut request: Request) -> Request {
    request.extensions_mut().insert(ClientAddress(address));
    request
}
