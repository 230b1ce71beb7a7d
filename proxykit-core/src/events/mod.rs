//! What happens in a manager, told to whoever wants to hear it.
//!
//! A change is told by whoever makes it, through the [`Publisher`]. Each subscriber has a queue of its own, which holds so
//! many events and no more: telling never waits for hearing. Nothing here is on the way of a request.

#[cfg(unix)]
mod descriptor;
mod event;
mod log;
mod publisher;
mod queue;
mod subscription;

pub use event::{Event, EventKind};
pub use log::{LogLevel, LogRecord};
pub(crate) use publisher::{Feed, Publisher};
pub use subscription::{Events, Log};

#[cfg(test)]
mod tests;
