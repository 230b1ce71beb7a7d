//! Requests of HTTP/1.1 on connections that are kept.

mod connection;
mod generator;
mod request;
mod response;
mod schedule;
#[cfg(test)]
mod tests;

use std::net::{SocketAddr, ToSocketAddrs};

use clap::Args;
use http::Uri;

use crate::Result;
use crate::report::Report;
use generator::Generator;
pub(crate) use response::Response;

#[derive(Args)]
pub(crate) struct Options {
    /// Where to, such as http://127.0.0.1:8080/small; `%n` in it stands for a number
    pub(crate) url: String,
    /// Requests per second; latency counts from when a request was due. Without it each connection sends the next
    /// request when the last was answered
    #[arg(long)]
    pub(crate) rate: Option<f64>,
    /// Connections
    #[arg(long, default_value_t = 64)]
    pub(crate) connections: usize,
    /// Seconds that are measured
    #[arg(long, default_value_t = 5.0)]
    pub(crate) duration: f64,
    /// Seconds before them
    #[arg(long, default_value_t = 0.5)]
    pub(crate) warmup: f64,
    /// Bytes of body; with some the request is a POST
    #[arg(long, default_value_t = 0)]
    pub(crate) body: usize,
    /// A header line to send; may be given again
    #[arg(long = "header", value_name = "LINE")]
    pub(crate) headers: Vec<String>,
    /// `%n` goes from 0 up to this number, and then round
    #[arg(long, default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..=1_000_000))]
    pub(crate) numbers: u32,
    /// A new connection for each request
    #[arg(long)]
    pub(crate) new_connections: bool,
}

pub(crate) fn run(options: &Options) -> Result<Report> {
    let uri: Uri = options.url.replace("%n", "0").parse()?;
    Generator::new(options, address(&uri)?)?.run()
}

/// The address that an URL leads to.
pub(crate) fn address(uri: &Uri) -> Result<SocketAddr> {
    let host = uri.host().ok_or("the address has no host")?.trim_matches(['[', ']']);
    let mut addresses = (host, uri.port_u16().unwrap_or(80)).to_socket_addrs()?;
    Ok(addresses.next().ok_or("the host has no address")?)
}
