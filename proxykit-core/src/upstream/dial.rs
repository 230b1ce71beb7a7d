use std::io;
use std::time::Duration;

use tokio::net::TcpStream;
use tokio::time::timeout;

use super::stream::Socket;
use crate::config::{Endpoint, Target};
use crate::error::{Error, ErrorKind, Result, Retry};

/// Opens a socket to a target. A name is looked up each time, and its addresses are tried in turn.
pub(crate) async fn dial(target: &Target, limit: Duration) -> Result<Socket> {
    match timeout(limit, connect(target.endpoint())).await {
        Ok(Ok(socket)) => Ok(socket),
        Ok(Err(error)) => Err(Error::from(ErrorKind::ConnectFailed).because(error).retry(Retry::Unsent)),
        Err(_) => Err(Error::from(ErrorKind::ConnectTimeout).retry(Retry::Unsent)),
    }
}

async fn connect(endpoint: &Endpoint) -> io::Result<Socket> {
    match endpoint {
        Endpoint::Tcp { host, port } => {
            let stream = TcpStream::connect((host.as_str(), *port)).await?;
            // Heads and bodies are written in whole pieces already; waiting for more would only add delay.
            stream.set_nodelay(true)?;
            Ok(Socket::Tcp(stream))
        }
        #[cfg(unix)]
        Endpoint::Unix(path) => Ok(Socket::Unix(tokio::net::UnixStream::connect(path).await?)),
        #[cfg(not(unix))]
        Endpoint::Unix(_) => Err(io::ErrorKind::Unsupported.into()),
    }
}
