//! Messages that come back as they were sent.

use std::time::Instant;

use bytes::Bytes;
use clap::Args;
use futures_util::{SinkExt, StreamExt};
use http::Uri;
use tokio::net::TcpStream;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::{accept_async, client_async};

use crate::Result;
use crate::closed_loop::{self, Round};
use crate::http1::address;
use crate::report::Report;

#[derive(Args)]
pub(crate) struct Options {
    /// Where to, such as ws://127.0.0.1:8080/
    url: Uri,
    #[command(flatten)]
    closed_loop: closed_loop::Options,
}

pub(crate) async fn run(options: Options) -> Result<Report> {
    let message = Bytes::from(vec![b'x'; options.closed_loop.size]);
    let ask = |_, round| talk(options.url.clone(), message.clone(), round);
    closed_loop::run(&options.closed_loop, options.closed_loop.connections, ask).await
}

async fn talk(url: Uri, message: Bytes, round: Round) -> Result<()> {
    let stream = TcpStream::connect(address(&url)?).await?;
    stream.set_nodelay(true)?;
    let (mut socket, _) = client_async(url, stream).await?;
    while !round.is_over() {
        let since = Instant::now();
        socket.send(Message::Binary(message.clone())).await?;
        match socket.next().await.ok_or("the WebSocket was closed")?? {
            Message::Binary(echo) if echo == message => round.answered(since),
            other => return Err(format!("no echo, but {} bytes", other.len()).into()),
        }
    }
    socket.close(None).await?;
    Ok(())
}

/// The other side: gives each message back.
pub(crate) async fn echo(stream: TcpStream) -> Result<()> {
    let mut socket = accept_async(stream).await?;
    while let Some(message) = socket.next().await {
        let message = message?;
        if message.is_binary() || message.is_text() {
            socket.send(message).await?;
        }
    }
    Ok(())
}
