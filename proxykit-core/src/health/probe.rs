use std::sync::Arc;
use std::time::Duration;

use tokio::sync::Semaphore;
use tokio::time::sleep;

use super::streak::Streak;
use crate::backend::Backend;
use crate::config::{HealthCheck, Target};
use crate::upstream::dial;

/// Checks one backend until the task is ended.
pub(super) async fn check_for_ever(backend: Arc<Backend>, check: HealthCheck, permits: Arc<Semaphore>) {
    let mut streak = Streak::default();
    // The first probe comes at once, but for the jitter: those of a thousand backends must not go out together.
    sleep(check.interval.mul_f64(check.jitter * fastrand::f64())).await;
    loop {
        let success = {
            let Ok(_permit) = permits.acquire().await else { return };
            probe(backend.target(), check.timeout).await
        };
        if let Some(healthy) = streak.observe(backend.live().is_healthy(), success, &check) {
            backend.set_healthy(healthy);
        }
        sleep(jittered(check.interval, check.jitter, fastrand::f64())).await;
    }
}

/// Whether a connection can be opened.
async fn probe(target: &Target, timeout: Duration) -> bool {
    dial(target, timeout).await.is_ok()
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
