use std::convert::Infallible;
use std::io;
use std::sync::Arc;
use std::task::{Context, Poll};

use super::Plain;

/// Other systems have no way to move bytes between any two sockets: there are no pipes, and all bodies are copied.
#[derive(Debug, Default)]
pub(crate) struct Pipes;

#[derive(Debug)]
pub(crate) struct Pipe(Infallible);

impl Pipes {
    pub(crate) fn take(self: &Arc<Self>) -> Option<Pipe> {
        None
    }

    pub(crate) fn close_idle(&self) -> bool {
        false
    }
}

impl Pipe {
    pub(crate) fn is_empty(&self) -> bool {
        match self.0 {}
    }

    pub(crate) fn poll_fill(
        &mut self,
        _: Plain<'_>,
        _: u64,
        _: &mut Context<'_>,
    ) -> Poll<io::Result<Option<usize>>> {
        match self.0 {}
    }

    pub(crate) fn poll_empty(&mut self, _: Plain<'_>, _: &mut Context<'_>) -> Poll<io::Result<usize>> {
        match self.0 {}
    }
}
