use std::collections::HashMap;
use std::sync::Arc;

use tokio::sync::{Notify, Semaphore};
use tokio::task::AbortHandle;

use super::probe::check_for_ever;
use crate::backend::{Backend, BackendId};
use crate::control::Control;

/// The most probes at a time, so that many backends do not use up the host's file descriptors.
const MOST_PROBES: usize = 256;

/// Runs a check for each backend of the table that wants one, and follows the table until the task is ended.
pub(crate) async fn supervise(control: Arc<Control>) {
    let changed = Arc::new(Notify::new());
    let waker = changed.clone();
    // One permit is kept while nobody waits: a change between a look at the table and the wait is not lost.
    control.watch(move || waker.notify_one());
    let permits = Arc::new(Semaphore::new(MOST_PROBES));
    let mut checks = Checks::default();
    loop {
        checks.follow(&control, &permits);
        changed.notified().await;
    }
}

/// The running checks. Dropping them ends them.
#[derive(Default)]
struct Checks(HashMap<BackendId, AbortHandle>);

impl Checks {
    fn follow(&mut self, control: &Control, permits: &Arc<Semaphore>) {
        let table = control.snapshot();
        let mut gone = std::mem::take(&mut self.0);
        for backend in table.routes().into_iter().flat_map(|route| route.backends()) {
            if let Some(running) = gone.remove(&backend.id()).or_else(|| begin(backend, permits)) {
                self.0.insert(backend.id(), running);
            }
        }
        gone.into_values().for_each(|check| check.abort());
    }
}

fn begin(backend: &Arc<Backend>, permits: &Arc<Semaphore>) -> Option<AbortHandle> {
    let check = *backend.health_check()?;
    Some(tokio::spawn(check_for_ever(backend.clone(), check, permits.clone())).abort_handle())
}

impl Drop for Checks {
    fn drop(&mut self) {
        self.0.values().for_each(AbortHandle::abort);
    }
}
