//! Serving a connection of HTTP/1: one request after the other, and nothing held in between but the socket.

mod answer;
mod body;
mod date;
mod exchange;
mod half_closed;
mod io;
mod linger;
mod sending;

use tokio::io::{AsyncRead, AsyncWrite};

pub(super) use date::Date;
use exchange::{Connection, NoRequest};

use crate::server::begun::Begun;
use crate::server::connection::Answerer;

type BoxError = Box<dyn std::error::Error + Send + Sync>;

/// How a connection ends.
enum Ending {
    /// All that was to be said is written.
    Done,
    /// It is no connection of HTTP any more, or nobody is there.
    Gone,
    /// The client may still send what nobody reads.
    Unread,
}

/// Serves a connection until one side ends it. `stream` may have been read from already.
pub(super) async fn serve<S>(stream: Begun<S>, answerer: Answerer)
where
    S: AsyncRead + AsyncWrite + Send + Unpin + 'static,
{
    let mut connection = Connection::new(stream, answerer);
    let ending = loop {
        match connection.next().await {
            Ok(head) => {
                if let Some(ending) = connection.exchange(head).await {
                    break ending;
                }
            }
            Err(NoRequest::Malformed(error)) => break connection.refuse(error).await,
            Err(NoRequest::End) => break Ending::Done,
            Err(NoRequest::Broken) => break Ending::Gone,
        }
    };
    connection.end(ending).await;
}
