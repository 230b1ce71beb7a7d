use std::io;
use std::time::Duration;

use tokio::net::TcpStream;
use tokio::time::timeout;

use super::stream::Socket;
use crate::config::{Scheme, Target};
use crate::error::{Error, ErrorKind, Result, Retry};

/// Opens a socket to a target. A name is looked up each time, and its addresses are tried in turn.
pub(crate) async fn dial(target: &Target, limit: Duration) -> Result<Socket> {
    match timeout(limit, connect(target.scheme())).await {
        Ok(Ok(socket)) => Ok(socket),
        Ok(Err(error)) => Err(Error::from(ErrorKind::ConnectFailed).because(error).retry(Retry::Unsent)),
        Err(_) => Err(Error::from(ErrorKind::ConnectTimeout).retry(Retry::Unsent)),
    }
}

async fn connect(scheme: &Scheme) -> io::Result<Socket> {
    match scheme {
        Scheme::Http { host, port } => {
            let stream = TcpStream::connect((host.as_str(), *port)).await?;
            // Heads and bodies are written in whole pieces already; waiting for more would only add delay.
            stream.set_nodelay(true)?;
            Ok(Socket::Tcp(stream))
        }
        #[cfg(unix)]
        Scheme::Unix(path) => Ok(Socket::Unix(tokio::net::UnixStream::connect(path).await?)),
        #[cfg(not(unix))]
        Scheme::Unix(_) => Err(io::ErrorKind::Unsupported.into()),
    }
}
