//! Puts proxies under load and prints what it saw as one line of JSON; `proxykit-load help` lists the kinds.
//!
//! It runs on one thread, since it shares a small machine with the proxy and the backend.

#![allow(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a command for people and scripts, not a part of the library"
)]

mod closed_loop;
mod grpc;
mod http1;
mod idle;
mod limits;
mod report;
mod serve;
mod websocket;

use std::error::Error;
use std::process::ExitCode;

use clap::{Parser, Subcommand};

/// What a command ends with: an error is for people to read.
type Result<T> = std::result::Result<T, Box<dyn Error + Send + Sync>>;

#[derive(Parser)]
#[command(about = "Load for the benchmarks: each kind prints one line of JSON")]
struct Command {
    #[command(subcommand)]
    kind: Kind,
}

#[derive(Subcommand)]
enum Kind {
    /// Requests of HTTP/1.1, at a fixed rate or as fast as they are answered
    Http1(http1::Options),
    /// Messages to a WebSocket that echoes, the next one when the last came back
    Websocket(websocket::Options),
    /// Unary calls of gRPC, the next one when the last was answered
    Grpc(grpc::Options),
    /// Connections that are kept open with nothing on them, until the standard input ends
    Idle(idle::Options),
    /// A backend that echoes WebSocket messages
    ServeWebsocket(serve::Options),
    /// A backend that echoes unary calls of gRPC
    ServeGrpc(serve::Options),
}

fn main() -> ExitCode {
    match run(Command::parse().kind) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("proxykit-load: {error}");
            ExitCode::FAILURE
        }
    }
}

fn run(kind: Kind) -> Result<()> {
    limits::raise()?;
    match kind {
        Kind::Http1(options) => http1::run(&options)?.print(),
        Kind::Websocket(options) => runtime()?.block_on(websocket::run(options))?.print(),
        Kind::Grpc(options) => runtime()?.block_on(grpc::run(options))?.print(),
        Kind::Idle(options) => idle::run(&options)?,
        Kind::ServeWebsocket(options) => runtime()?.block_on(serve::run(&options, websocket::echo))?,
        Kind::ServeGrpc(options) => runtime()?.block_on(serve::run(&options, grpc::echo))?,
    }
    Ok(())
}

fn runtime() -> Result<tokio::runtime::Runtime> {
    Ok(tokio::runtime::Builder::new_current_thread().enable_all().build()?)
}
