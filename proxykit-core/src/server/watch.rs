use std::future::{Future, poll_fn};
use std::pin::{Pin, pin};
use std::task::{Context, Poll, ready};
use std::time::Duration;

use tokio::time::{Instant, Sleep, sleep_until};

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
}

/// Looks now and then whether the client is waited for too long.
///
/// The timer is set only when it has run out, not with each request. It never sleeps longer than the shortest
/// limit, so that a wait which begins meanwhile is seen before its own limit is over.
struct Watch<'a> {
    activity: &'a Activity,
    patience: Patience,
    is_set: bool,
}

impl Watch<'_> {
    /// Ready when the client was waited for too long. The same task polls it always: the timer, once it was told whom to wake,
    /// is left alone until it has run out.
    fn poll_over(&mut self, mut timer: Pin<&mut Sleep>, cx: &mut Context<'_>) -> Poll<Wait> {
        while !self.is_set || timer.is_elapsed() {
            let now = Instant::now();
            let latest = now + self.patience.shortest();
            let mut wake = latest;
            if let Some((wait, since)) = self.activity.waits() {
                let (wait, limit) = self.patience.of(wait);
                if since + limit <= now {
                    return Poll::Ready(wait);
                }
                wake = latest.min(since + limit);
            }
            timer.as_mut().reset(wake);
            self.is_set = timer.as_mut().poll(cx).is_pending();
        }
        Poll::Pending
    }

    /// From now on the client is waited for as long only as one that says goodbye.
    fn say_farewell(&mut self) {
        self.patience.head = self.patience.head.map(|_| FAREWELL);
        self.patience.idle = FAREWELL;
        self.is_set = false;
    }

    /// Ready when a connection that was told to end has done nothing for long enough.
    fn poll_farewell(
        &mut self,
        begin: Instant,
        mut timer: Pin<&mut Sleep>,
        cx: &mut Context<'_>,
    ) -> Poll<()> {
        let wait = ready!(self.poll_over(timer.as_mut(), cx));
        let end = begin + FAREWELL;
        if wait == Wait::Stalled || Instant::now() >= end {
            return Poll::Ready(());
        }
        timer.as_mut().reset(end);
        self.is_set = timer.poll(cx).is_pending();
        Poll::Pending
    }
}

/// Runs a connection until it ends, the client is waited for too long, or the drain has it end.
///
/// Whether it ends in an error is the client's affair: what concerned a request was answered there.
pub(super) fn run<'a, C: Future>(
    mut connection: Pin<&'a mut C>,
    shut_down: impl Fn(Pin<&mut C>) + 'a,
    activity: &'a Activity,
    patience: Patience,
    drained: &'a Drained,
) -> impl Future<Output = ()> {
    let mut watch = Watch { activity, patience, is_set: false };
    // What a block captures it uses where it lies; an async function would keep all that it is given twice.
    async move {
        let mut timer = pin!(sleep_until(Instant::now()));
        let mut begins = pin!(drained.begun());
        let mut is_awaited = false;
        let is_over = poll_fn(|cx| {
            if connection.as_mut().poll(cx).is_ready() {
                return Poll::Ready(true);
            }
            if let Poll::Ready(wait) = watch.poll_over(timer.as_mut(), cx) {
                return Poll::Ready(wait != Wait::Idle);
            }
            // As with the timer: it is told once whom to wake.
            if !is_awaited || drained.has_begun() {
                is_awaited = true;
                ready!(begins.as_mut().poll(cx));
                return Poll::Ready(false);
            }
            Poll::Pending
        })
        .await;
        if is_over {
            return;
        }
        shut_down(connection.as_mut());
        // A request that came meanwhile is still answered, and a client that says nothing is not waited for.
        watch.say_farewell();
        let begin = Instant::now();
        poll_fn(|cx| match connection.as_mut().poll(cx) {
            Poll::Ready(_) => Poll::Ready(()),
            Poll::Pending => watch.poll_farewell(begin, timer.as_mut(), cx),
        })
        .await;
    }
}
