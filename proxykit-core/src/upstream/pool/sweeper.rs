use std::sync::{Arc, Weak};
use std::task::Wake;
use std::time::Duration;

use tokio::sync::Notify;
use tokio::time::{Instant, sleep_until, timeout_at};

use super::Pool;

/// The time between two sweeps. What a backend has ended is closed without waiting for one.
pub(super) const SWEEP_INTERVAL: Duration = Duration::from_secs(1);
/// The rest after a look, for each connection that was looked at: a hundred times what the look takes, so that backends
/// which end connections all the time cost little, however many connections are idle.
const REST_FOR_EACH: Duration = Duration::from_micros(10);

/// That something has come on idle connections. The event loop wakes it: to hear of them takes no task for each.
#[derive(Default)]
pub(super) struct News(Notify);

/// Looks after the connections of a pool.
pub(super) struct Sweeper {
    pool: Weak<Pool>,
    news: Arc<News>,
    is_done: bool,
}

impl Wake for News {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        self.0.notify_one();
    }
}

impl Sweeper {
    pub(super) fn new(pool: &Arc<Pool>) -> Self {
        Sweeper { pool: Arc::downgrade(pool), news: pool.news.clone(), is_done: false }
    }

    /// Sweeps until the pool is empty or gone, so that a quiet proxy keeps no timer. What is heard of in between is closed at
    /// once.
    pub(super) async fn sweep_while_needed(mut self) {
        let mut due = Instant::now() + SWEEP_INTERVAL;
        while !self.is_done {
            // Either of the two; which one, the clock says: news without end do not put off a sweep.
            timeout_at(due, self.news.0.notified()).await.ok();
            if Instant::now() >= due {
                due = Instant::now() + SWEEP_INTERVAL;
                self.is_done = !self.pool.upgrade().is_some_and(|pool| pool.sweep());
            } else {
                let looked_at = self.pool.upgrade().map_or(0, |pool| pool.close_dead());
                let rest = REST_FOR_EACH.saturating_mul(looked_at as u32);
                sleep_until(due.min(Instant::now() + rest)).await;
            }
        }
    }
}

/// If the task is ended from outside, it says that it has ended.
impl Drop for Sweeper {
    fn drop(&mut self) {
        if !self.is_done
            && let Some(pool) = self.pool.upgrade()
        {
            pool.lock().is_swept = false;
        }
    }
}
