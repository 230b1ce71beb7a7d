//! Backends for what a web server does not answer by itself.

use std::net::SocketAddr;

use clap::Args;
use tokio::net::{TcpListener, TcpStream};

use crate::Result;

#[derive(Args)]
pub(crate) struct Options {
    /// The address to listen on; with port 0 the system chooses one
    #[arg(long, default_value = "127.0.0.1:0")]
    listen: SocketAddr,
}

/// Prints its address, and gives each connection to `serve` until the process is ended.
pub(crate) async fn run<F>(options: &Options, serve: fn(TcpStream) -> F) -> Result<()>
where
    F: Future<Output = Result<()>> + Send + 'static,
{
    let listener = TcpListener::bind(options.listen).await?;
    println!("{}", listener.local_addr()?);
    loop {
        let (stream, _) = listener.accept().await?;
        stream.set_nodelay(true)?;
        tokio::spawn(async move {
            if let Err(error) = serve(stream).await {
                eprintln!("proxykit-load: a connection broke: {error}");
            }
        });
    }
}
