use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};

use super::Event;
use super::queue::Queue;
use super::subscription::Events;

/// Tells all subscribers what happens.
#[derive(Default)]
pub(crate) struct Publisher(Mutex<State>);

#[derive(Default)]
struct State {
    /// Weak: a subscription ends when its owner drops it, and that must not take this lock, which nobody may ever let go
    /// of in a forked child.
    subscribers: Vec<Weak<Queue>>,
    is_ended: bool,
}

/// The right to tell. Whoever holds it while a change comes into force tells of it in the order of the changes.
pub(crate) struct Feed<'a>(MutexGuard<'a, State>);

impl Publisher {
    /// Nobody may wait for anything while it is held.
    pub(crate) fn lock(&self) -> Feed<'_> {
        // What is guarded is whole at any time.
        Feed(self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Tells one thing that needs no order.
    pub(crate) fn tell(&self, event: impl FnOnce() -> Event) {
        self.lock().tell(event);
    }

    /// Tells the last thing: nothing is told behind it, and all subscriptions end.
    pub(crate) fn end(&self, last: &Event) {
        let mut feed = self.lock();
        if feed.0.is_ended {
            return;
        }
        feed.0.is_ended = true;
        for queue in feed.0.subscribers.drain(..).filter_map(|queue| queue.upgrade()) {
            queue.end(last.clone());
        }
    }

    /// All that is told from here on.
    pub(crate) fn subscribe(&self) -> Events {
        let queue = Arc::new(Queue::default());
        let mut feed = self.lock();
        if feed.0.is_ended {
            queue.close();
        } else {
            feed.0.subscribers.retain(|queue| queue.strong_count() > 0);
            feed.0.subscribers.push(Arc::downgrade(&queue));
        }
        Events::of(queue)
    }
}

impl Feed<'_> {
    /// The event is made only if somebody listens.
    pub(crate) fn tell(&mut self, event: impl FnOnce() -> Event) {
        if self.0.subscribers.is_empty() {
            return;
        }
        let event = event();
        self.0.subscribers.retain(|queue| {
            let queue = queue.upgrade();
            queue.is_some_and(|queue| {
                queue.push(event.clone());
                true
            })
        });
    }
}
