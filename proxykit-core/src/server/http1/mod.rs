//! Serving a connection of HTTP/1: one request after the other, and nothing held in between but the socket.

mod answer;
mod body;
mod date;
mod exchange;
mod half_closed;
mod io;
mod linger;
mod piping;
mod sending;

pub(super) use date::Date;
pub(super) use exchange::Connection;

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
