use std::fmt;
use std::sync::Arc;
use std::time::{Duration, Instant};

use super::queue::{Entry, Queue};
use super::{Event, LogRecord};
use crate::error::{ErrorKind, Result};

/// The events of a manager, from [`crate::Manager::events`] on, in the order of what has happened.
///
/// Up to 1,024 wait to be taken. What comes when so many wait is lost, and [`super::EventKind::EventsLost`] stands in its
/// place. It may be used from any thread, by several at once: each event goes to one of them. Dropping it unsubscribes.
pub struct Events(Subscription<Event>);

/// The records of a manager's log, from [`crate::Manager::log`] on.
///
/// Up to 1,024 wait to be taken. What comes when so many wait is lost, and a record of the category `log` stands in its
/// place. It may be used from any thread, by several at once: each record goes to one of them. Dropping it unsubscribes.
pub struct Log(Subscription<LogRecord>);

/// What waits for one subscriber.
struct Subscription<T> {
    queue: Arc<Queue<T>>,
    /// What a child of it would take is not meant for the child.
    process: u32,
}

// === impl Events ===

impl Events {
    pub(super) fn of(queue: Arc<Queue<Event>>) -> Self {
        Events(Subscription::of(queue))
    }

    /// Takes the next event, and waits for it if there is none; `None` waits for ever, zero does not wait.
    ///
    /// # Errors
    /// `timed_out`; `stopped` behind the last event, which is [`super::EventKind::Stopped`]; `forked` in a child of the
    /// process that subscribed.
    pub fn next(&self, timeout: Option<Duration>) -> Result<Event> {
        self.0.next(timeout)
    }

    /// A descriptor for hosts that have an event loop: it is readable as long as [`Events::next`] would return at once,
    /// behind the last event for ever. Only look at it; what there is to read is taken out by [`Events::next`].
    ///
    /// The first call makes it. It belongs to the subscription, and closes with it.
    ///
    /// # Errors
    /// `start_failed` if the system gives no descriptor; `forked`.
    #[cfg(unix)]
    pub fn descriptor(&self) -> Result<std::os::fd::BorrowedFd<'_>> {
        self.0.descriptor()
    }

    /// As `next`, for a thread of this process that may have got it from before a fork; none behind the last one.
    pub(crate) fn next_anywhere(&self) -> Option<Event> {
        self.0.queue.next(None).ok()
    }
}

// === impl Log ===

impl Log {
    pub(super) fn of(queue: Arc<Queue<LogRecord>>) -> Self {
        Log(Subscription::of(queue))
    }

    /// Takes the next record, and waits for it if there is none; `None` waits for ever, zero does not wait.
    ///
    /// # Errors
    /// `timed_out`; `stopped` behind the last record; `forked` in a child of the process that subscribed.
    pub fn next(&self, timeout: Option<Duration>) -> Result<LogRecord> {
        self.0.next(timeout)
    }

    /// A descriptor, as [`Events::descriptor`] is one.
    ///
    /// # Errors
    /// `start_failed` if the system gives no descriptor; `forked`.
    #[cfg(unix)]
    pub fn descriptor(&self) -> Result<std::os::fd::BorrowedFd<'_>> {
        self.0.descriptor()
    }

    /// As [`Events::next_anywhere`].
    pub(crate) fn next_anywhere(&self) -> Option<LogRecord> {
        self.0.queue.next(None).ok()
    }
}

// === impl Subscription ===

impl<T: Entry> Subscription<T> {
    fn of(queue: Arc<Queue<T>>) -> Self {
        Subscription { queue, process: std::process::id() }
    }

    fn next(&self, timeout: Option<Duration>) -> Result<T> {
        self.check_not_forked()?;
        // What cannot be counted is for ever.
        self.queue.next(timeout.and_then(|timeout| Instant::now().checked_add(timeout)))
    }

    #[cfg(unix)]
    fn descriptor(&self) -> Result<std::os::fd::BorrowedFd<'_>> {
        self.check_not_forked()?;
        self.queue.descriptor()
    }

    fn check_not_forked(&self) -> Result<()> {
        // A lock that another thread held when the process was forked stays locked in the child.
        if self.process == std::process::id() { Ok(()) } else { Err(ErrorKind::Forked.into()) }
    }
}

impl fmt::Debug for Events {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Events").finish_non_exhaustive()
    }
}

impl fmt::Debug for Log {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Log").finish_non_exhaustive()
    }
}
