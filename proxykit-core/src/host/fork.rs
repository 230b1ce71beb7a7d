use std::sync::atomic::{AtomicU32, Ordering};

use crate::error::{ErrorKind, Result};

/// Remembers the process that threads were started in.
///
/// A fork copies the memory and not the threads: whoever waits for one of them in the child waits for ever, and a
/// lock that one of them held stays locked. So this is asked before any lock is taken.
#[derive(Default)]
pub(super) struct ForkGuard(AtomicU32);

impl ForkGuard {
    /// The present process starts threads.
    pub(super) fn arm(&self) {
        self.0.store(std::process::id(), Ordering::Relaxed);
    }

    /// # Errors
    /// `forked` in a child of the process that started threads.
    pub(super) fn check(&self) -> Result<()> {
        match self.0.load(Ordering::Relaxed) {
            0 => Ok(()),
            process if process == std::process::id() => Ok(()),
            _ => Err(ErrorKind::Forked.into()),
        }
    }
}
