use std::io::{Read, Write};
use std::os::fd::{AsFd, BorrowedFd};
use std::os::unix::net::UnixStream;
use std::sync::atomic::{AtomicBool, Ordering};

use crate::error::{Error, ErrorKind, Result};

/// A descriptor that is readable or not, as it is told: one end of a pair of sockets, in which lies one byte or none.
///
/// It blocks nobody, and is closed when another program is executed.
pub(super) struct Descriptor {
    shown: UnixStream,
    inner: UnixStream,
    /// Written under the queue's lock.
    is_readable: AtomicBool,
    /// A child of it has the same sockets, and must leave them alone.
    process: u32,
}

impl Descriptor {
    /// # Errors
    /// `start_failed` if the system gives none.
    pub(super) fn new() -> Result<Self> {
        let open = || {
            let (shown, inner) = UnixStream::pair()?;
            shown.set_nonblocking(true)?;
            inner.set_nonblocking(true)?;
            Ok(Descriptor { shown, inner, is_readable: AtomicBool::new(false), process: std::process::id() })
        };
        open().map_err(|error: std::io::Error| {
            Error::new(ErrorKind::StartFailed, "there is no descriptor for events").because(error)
        })
    }

    pub(super) fn set_readable(&self, is_readable: bool) {
        if is_readable == self.is_readable.load(Ordering::Relaxed) || self.process != std::process::id() {
            return;
        }
        self.is_readable.store(is_readable, Ordering::Relaxed);
        // One byte has room, and one byte is there: neither can fail, but for a host that reads from what it should only
        // look at, and then there is nothing to take out.
        if is_readable {
            (&self.inner).write_all(&[0]).ok();
        } else {
            (&self.shown).read_exact(&mut [0]).ok();
        }
    }
}

impl AsFd for Descriptor {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.shown.as_fd()
    }
}
