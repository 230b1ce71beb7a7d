use std::future::Future;
use std::pin::{Pin, pin};
use std::time::Duration;

use tokio::time::{Instant, sleep_until};

use super::activity::{Activity, Wait};
use super::drain::Drained;
use crate::config::ManagerOptions;

/// How long a connection that was told to end may go on without a request: enough for a round trip around the world.
const FAREWELL: Duration = Duration::from_secs(1);

/// How long a client may be waited for.
#[derive(Clone, Copy)]
pub(super) struct Patience {
    /// None where bytes may come without a request, as in HTTP/2: a head counts as idle time there.
    pub(super) head: Option<Duration>,
    pub(super) idle: Duration,
    pub(super) stall: Duration,
}

impl Patience {
    pub(super) fn new(options: &ManagerOptions) -> Self {
        Patience {
            head: Some(options.request_head_timeout),
            idle: options.idle_timeout,
            stall: options.client_stall_timeout,
        }
    }

    pub(super) fn without_heads(self) -> Self {
        Patience { head: None, ..self }
    }

    /// What to say of a wait that is over, and how long it may last.
    fn of(&self, wait: Wait) -> (Wait, Duration) {
        match (wait, self.head) {
            (Wait::Head, Some(head)) => (Wait::Head, head),
            (Wait::Head, None) | (Wait::Idle, _) => (Wait::Idle, self.idle),
            (Wait::Stalled, _) => (Wait::Stalled, self.stall),
        }
    }

    fn shortest(&self) -> Duration {
        self.head.unwrap_or(self.idle).min(self.idle).min(self.stall)
    }

    /// Returns when the client was waited for too long.
    ///
    /// The timer is set only when it has run out, not with each request. It never sleeps longer than the shortest
    /// limit, so that a wait which begins meanwhile is seen before its own limit is over.
    async fn ends(&self, activity: &Activity) -> Wait {
        loop {
            let now = Instant::now();
            let latest = now + self.shortest();
            let mut wake = latest;
            if let Some((wait, since)) = activity.waits() {
                let (wait, limit) = self.of(wait);
                if since + limit <= now {
                    return wait;
                }
                wake = latest.min(since + limit);
            }
            sleep_until(wake).await;
        }
    }
}

/// Runs a connection until it ends, the client is waited for too long, or the drain has it end.
///
/// Whether it ends in an error is the client's affair: what concerned a request was answered there.
pub(super) async fn run<C: Future>(
    connection: C,
    shut_down: impl Fn(Pin<&mut C>),
    activity: &Activity,
    patience: Patience,
    mut drained: Drained,
) {
    let mut connection = pin!(connection);
    tokio::select! {
        biased;
        _ = connection.as_mut() => return,
        wait = patience.ends(activity) => if wait != Wait::Idle { return },
        () = drained.begun() => {}
    }
    shut_down(connection.as_mut());
    // A request that came meanwhile is still answered, and a client that says nothing is not waited for.
    let patience = Patience { head: patience.head.map(|_| FAREWELL), idle: FAREWELL, ..patience };
    tokio::select! {
        biased;
        _ = connection.as_mut() => {}
        () = farewell(&patience, activity) => {}
    }
}

/// Returns when a connection that was told to end has done nothing for long enough.
async fn farewell(patience: &Patience, activity: &Activity) {
    let begin = Instant::now();
    loop {
        let wait = patience.ends(activity).await;
        let end = begin + FAREWELL;
        if wait == Wait::Stalled || Instant::now() >= end {
            return;
        }
        sleep_until(end).await;
    }
}
