use std::sync::Arc;
use std::time::Duration;

use tokio::sync::Semaphore;
use tokio::time::sleep;

use super::streak::Streak;
use crate::backend::Backend;
use crate::config::{HealthCheck, Prefix, Target};
use crate::control::Control;
use crate::error::Result;
use crate::upstream::dial;

/// A backend, and where what its checks find is noted.
pub(super) struct Checked {
    pub(super) control: Arc<Control>,
    pub(super) prefix: Prefix,
    pub(super) backend: Arc<Backend>,
}

/// Checks one backend until the task is ended.
pub(super) async fn check_for_ever(checked: Checked, check: HealthCheck, permits: Arc<Semaphore>) {
    let Checked { control, prefix, backend } = checked;
    let mut streak = Streak::default();
    // The first probe comes at once, but for the jitter: those of a thousand backends must not go out together.
    sleep(check.interval.mul_f64(check.jitter * fastrand::f64())).await;
    loop {
        let found = {
            let Ok(_permit) = permits.acquire().await else { return };
            probe(backend.target(), check.timeout).await
        };
        if let Some(healthy) = streak.observe(backend.live().is_healthy(), found.is_ok(), &check) {
            let why = found.err().map(|error| error.to_string());
            control.note_health(&prefix, &backend, healthy, why);
        }
        sleep(jittered(check.interval, check.jitter, fastrand::f64())).await;
    }
}

/// Opens a connection, if it can be opened.
async fn probe(target: &Target, timeout: Duration) -> Result<()> {
    dial(target, timeout).await.map(drop)
}

/// The interval, made shorter or longer by up to its `jitter` share; `random` is from 0 to 1.
fn jittered(interval: Duration, jitter: f64, random: f64) -> Duration {
    interval.mul_f64(1.0 + jitter * (2.0 * random - 1.0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn jitter_goes_both_ways() {
        let interval = Duration::from_secs(10);
        assert_eq!(jittered(interval, 0.1, 0.0), Duration::from_secs(9));
        assert_eq!(jittered(interval, 0.1, 0.5), interval);
        assert_eq!(jittered(interval, 0.1, 1.0), Duration::from_secs(11));
        assert_eq!(jittered(interval, 0.0, 0.3), interval);
    }
}
