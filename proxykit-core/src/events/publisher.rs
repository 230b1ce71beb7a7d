use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};

use super::queue::{Entry, Queue};
use super::subscription::{Events, Log};
use super::{Event, LogLevel, LogRecord};

/// Tells all subscribers what happens, and writes the log.
#[derive(Default)]
pub(crate) struct Publisher {
    state: Mutex<State>,
    /// The last level that somebody wants: what nobody wants is not even worded, and takes no lock.
    wanted: AtomicU32,
}

#[derive(Default)]
struct State {
    /// Weak: a subscription ends when its owner drops it, and that must not take this lock, which nobody may ever let go
    /// of in a forked child.
    subscribers: Vec<Weak<Queue<Event>>>,
    logs: Vec<(LogLevel, Weak<Queue<LogRecord>>)>,
    is_ended: bool,
}

/// The right to tell. Whoever holds it while a change comes into force tells of it in the order of the changes.
pub(crate) struct Feed<'a>(MutexGuard<'a, State>);

impl Publisher {
    /// Nobody may wait for anything while it is held.
    pub(crate) fn lock(&self) -> Feed<'_> {
        // What is guarded is whole at any time.
        Feed(self.state.lock().unwrap_or_else(PoisonError::into_inner))
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
        let record = LogRecord::from(last);
        for (level, queue) in feed.0.logs.drain(..) {
            match queue.upgrade() {
                Some(queue) if record.level <= level => queue.end(record.clone()),
                Some(queue) => queue.close(),
                None => {}
            }
        }
    }

    /// Writes a record, if somebody wants those of its level.
    pub(crate) fn log(&self, level: LogLevel, category: &'static str, message: impl FnOnce() -> String) {
        if level as u32 <= self.wanted.load(Ordering::Relaxed) {
            let record = LogRecord::new(level, category, message());
            let mut feed = self.lock();
            feed.log(&record);
            // Who wanted it may be gone.
            self.wanted.store(feed.last_level(), Ordering::Relaxed);
        }
    }

    /// All records from here on, of this level and those before it.
    pub(crate) fn subscribe_to_log(&self, level: LogLevel) -> Log {
        let queue = Arc::new(Queue::default());
        let mut feed = self.lock();
        if feed.0.is_ended {
            queue.close();
        } else {
            feed.0.logs.retain(|(_, queue)| queue.strong_count() > 0);
            feed.0.logs.push((level, Arc::downgrade(&queue)));
            self.wanted.store(feed.last_level(), Ordering::Relaxed);
        }
        Log::of(queue)
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
        if self.0.subscribers.is_empty() && self.0.logs.is_empty() {
            return;
        }
        let event = event();
        self.0.subscribers.retain(|queue| push(queue, &event));
        if !self.0.logs.is_empty() {
            self.log(&LogRecord::from(&event));
        }
    }

    /// The number of the last level that somebody wants; 0 if nobody does.
    fn last_level(&self) -> u32 {
        self.0.logs.iter().map(|(level, _)| *level as u32).max().unwrap_or_default()
    }

    fn log(&mut self, record: &LogRecord) {
        self.0.logs.retain(|(level, queue)| {
            if record.level <= *level { push(queue, record) } else { queue.strong_count() > 0 }
        });
    }
}

/// Whether the subscriber is still there.
fn push<T: Entry + Clone>(queue: &Weak<Queue<T>>, entry: &T) -> bool {
    queue.upgrade().map(|queue| queue.push(entry.clone())).is_some()
}
