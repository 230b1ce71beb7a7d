//! Calls from threads of the core's into Python, which must all be over when the interpreter ends.
//!
//! A thread that asks for the interpreter lock behind that is ended by Python in the middle of whatever it does, which
//! Rust answers with an abort. So the end closes the door first, and then waits for those that are inside.

use std::mem;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use pyo3::prelude::*;

use crate::enter::wait;

/// Set when the interpreter ends.
const CLOSED: usize = 1 << (usize::BITS - 1);

/// How many threads are inside or wait for the lock, and whether more may come. No lock: a fork could leave it held.
static CALLS: AtomicUsize = AtomicUsize::new(0);

/// One who is inside.
struct Call;

/// Dropped only by an unwinding.
struct Stay;

/// Runs `work` with the interpreter lock; not at all if the interpreter ends.
pub(crate) fn call<T>(work: impl FnOnce(Python<'_>) -> T) -> Option<T> {
    let count = |calls| (calls & CLOSED == 0).then_some(calls + 1);
    CALLS.fetch_update(Ordering::AcqRel, Ordering::Acquire, count).ok()?;
    let _call = Call;
    Python::try_attach(|py| stay(|| work(py)))
}

/// Runs `work`, in which Python's code runs. If a signal cuts the end's waiting short, Python ends the thread there, by an
/// unwinding that is no panic: it is held here for ever, before it drops what only who has the lock may drop.
pub(crate) fn stay<T>(work: impl FnOnce() -> T) -> T {
    let stay = Stay;
    let result = work();
    mem::forget(stay);
    result
}

/// Lets no call in any more, and waits for those that run, as Python does for its own threads.
pub(crate) fn end(py: Python<'_>) -> PyResult<()> {
    CALLS.fetch_or(CLOSED, Ordering::AcqRel);
    // At the end of a process only, and only if something runs: nothing is worth being woken for it.
    wait(py, |slice| {
        if CALLS.load(Ordering::Acquire) == CLOSED {
            return Ok(Some(()));
        }
        thread::sleep(slice / 20);
        Ok(None)
    })
}

/// In a forked child those who were inside are not there.
pub(crate) fn forget() {
    CALLS.store(0, Ordering::Release);
}

impl Drop for Call {
    fn drop(&mut self) {
        // In a child that was forked inside a call nothing is counted.
        let count = |calls| (calls & !CLOSED != 0).then(|| calls - 1);
        CALLS.fetch_update(Ordering::AcqRel, Ordering::Acquire, count).ok();
    }
}

impl Drop for Stay {
    fn drop(&mut self) {
        while !thread::panicking() {
            thread::park();
        }
    }
}
