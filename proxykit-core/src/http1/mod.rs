//! HTTP/1.1 on the wire: heads, framing, bodies. Both sides of the proxy speak it through this module.
//!
//! What stands here is a message's form alone: it is read from a buffer and written to one, so that it can be tested, and
//! attacked by fuzzers, without a connection. What a head *means* for a proxy is [`crate::proxy`]'s affair.
//!
//! It is our own, and not hyper's, for what it costs: hyper keeps a task, two channels and a buffer for each connection, and
//! a proxy has two connections for each request.

mod begun;
mod buffer;
mod chunked;
mod decoder;
mod framing;
mod head;
mod malformed;
mod names;
mod outgoing;
mod passed;
mod pipe;
mod request;
mod response;
mod unfinished;
mod upgrade;
mod write;

pub(crate) use begun::Begun;
pub(crate) use buffer::ReadBuffer;
pub(crate) use decoder::Decoder;
pub(crate) use framing::{Framing, Lengths};
pub(crate) use head::HeadLimits;
pub(crate) use malformed::Malformed;
#[cfg(test)]
pub(crate) use names::is_asked_for;
pub(crate) use outgoing::Outgoing;
pub(crate) use passed::Passed;
pub(crate) use pipe::{MaybePlain, Pipe, Pipes, Plain};
pub(crate) use request::{RequestHead, parse_request};
pub(crate) use response::{ResponseHead, parse_response};
pub(crate) use unfinished::Unfinished;
pub(crate) use upgrade::{BoxedStream, OnUpgrade, Upgrader};
pub(crate) use write::{write_header, write_headers, write_request_line, write_status_line};
