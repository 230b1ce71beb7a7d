use std::num::NonZeroU64;

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use rustix::thread::set_current_timer_slack;

use crate::Result;

/// Lets this process open as many files as its hard limit allows, and wake up on time.
pub(crate) fn raise() -> Result<()> {
    let limit = getrlimit(Resource::Nofile);
    setrlimit(Resource::Nofile, Rlimit { current: limit.maximum, ..limit })?;
    // Linux lets timers be 50 µs late, which would count as the proxy's latency.
    set_current_timer_slack(NonZeroU64::new(1))?;
    Ok(())
}
