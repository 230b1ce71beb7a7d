//! Waiting for a condition, with a deadline.

use std::fmt::Display;
use std::thread;
use std::time::{Duration, Instant};

/// How long a test waits for what must come: far longer than a busy machine needs.
pub const DEADLINE: Duration = Duration::from_secs(20);

const PAUSE: Duration = Duration::from_millis(5);

/// Tries again until `attempt` succeeds; its last error if it does not before the deadline.
pub fn until<T, E: Display>(mut attempt: impl FnMut() -> Result<T, E>) -> Result<T, String> {
    let end = Instant::now() + DEADLINE;
    loop {
        match attempt() {
            Ok(value) => return Ok(value),
            Err(error) if Instant::now() > end => return Err(format!("after {DEADLINE:?}: {error}")),
            Err(_) => thread::sleep(PAUSE),
        }
    }
}

/// Waits until `condition` holds, and panics with `what` if it does not before the deadline.
#[track_caller]
pub fn until_true(what: &str, mut condition: impl FnMut() -> bool) {
    if let Err(error) = until(|| if condition() { Ok(()) } else { Err(what) }) {
        panic!("{error}");
    }
}
