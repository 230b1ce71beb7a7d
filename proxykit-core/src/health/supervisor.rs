use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::{Notify, Semaphore};
use tokio::task::AbortHandle;

use super::probe::{Checked, check_for_ever};
use crate::backend::{Backend, BackendId};
use crate::config::Prefix;
use crate::control::Control;

/// The most probes at a time, so that many backends do not use up the host's file descriptors.
const MOST_PROBES: usize = 256;

/// Runs a check for each backend of the table that wants one, and follows the table until the task is ended.
pub(crate) async fn supervise(control: Arc<Control>) {
    let news = Arc::new(News::default());
    // Weak: behind the end of this task nobody takes what is told.
    let heard = Arc::downgrade(&news);
    control.watch(move |prefix, added, removed| {
        if let Some(news) = heard.upgrade() {
            news.tell(prefix, added, removed);
        }
    });
    let permits = Arc::new(Semaphore::new(MOST_PROBES));
    let mut checks = Checks { control, permits, running: HashMap::new() };
    for route in checks.control.snapshot().routes() {
        for backend in route.backends() {
            checks.begin(route.prefix(), backend);
        }
    }
    loop {
        // One permit is kept while nobody waits: what is told between the look and the wait is not lost.
        news.came.notified().await;
        let changes = news.take();
        for (prefix, backend) in &changes.added {
            checks.begin(prefix, backend);
        }
        checks.end(&changes.removed);
    }
}

/// What is told and not yet heard. A change costs what it changes, and not a look at all backends.
#[derive(Default)]
struct News {
    unheard: Mutex<Changes>,
    came: Notify,
}

#[derive(Default)]
struct Changes {
    added: Vec<(Prefix, Arc<Backend>)>,
    removed: Vec<Arc<Backend>>,
}

impl News {
    fn tell(&self, prefix: &Prefix, added: &[Arc<Backend>], removed: &[Arc<Backend>]) {
        {
            let mut unheard = self.lock();
            unheard.added.extend(added.iter().map(|backend| (prefix.clone(), backend.clone())));
            unheard.removed.extend_from_slice(removed);
        }
        self.came.notify_one();
    }

    fn take(&self) -> Changes {
        std::mem::take(&mut *self.lock())
    }

    fn lock(&self) -> MutexGuard<'_, Changes> {
        self.unheard.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The running checks. Dropping them ends them.
struct Checks {
    control: Arc<Control>,
    permits: Arc<Semaphore>,
    running: HashMap<BackendId, AbortHandle>,
}

impl Checks {
    /// Begins that of a backend, if it does not run yet.
    fn begin(&mut self, prefix: &Prefix, backend: &Arc<Backend>) {
        // Of one that went already the news may have come in the other order.
        let (Some(check), false) = (backend.health_check(), backend.live().is_removed()) else {
            return;
        };
        self.running.entry(backend.id()).or_insert_with(|| {
            let (control, prefix, backend) = (self.control.clone(), prefix.clone(), backend.clone());
            let checked = Checked { control, prefix, backend };
            tokio::spawn(check_for_ever(checked, *check, self.permits.clone())).abort_handle()
        });
    }

    fn end(&mut self, backends: &[Arc<Backend>]) {
        for check in backends.iter().filter_map(|backend| self.running.remove(&backend.id())) {
            check.abort();
        }
    }
}

impl Drop for Checks {
    fn drop(&mut self) {
        self.running.values().for_each(AbortHandle::abort);
    }
}
