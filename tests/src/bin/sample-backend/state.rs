use std::collections::HashMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use serde_json::{Value, json};
use tokio::sync::watch;

/// What all connections share.
pub(crate) struct State {
    pub(crate) name: String,
    pub(crate) close_after: Option<usize>,
    /// Changes when idle connections are to be closed.
    pub(crate) close_idle: watch::Sender<u64>,
    pub(crate) connections: AtomicUsize,
    pub(crate) accepted: AtomicUsize,
    pub(crate) probes: AtomicUsize,
    active: AtomicUsize,
    most_active: AtomicUsize,
    requests: AtomicUsize,
    cancelled: AtomicUsize,
    gates: Mutex<HashMap<String, watch::Sender<bool>>>,
}

/// A request that runs: counted as cancelled if it is dropped before it has finished.
pub(crate) struct Active {
    state: Arc<State>,
    finished: bool,
}

// === impl State ===

impl State {
    pub(crate) fn new(name: String, close_after: Option<usize>) -> Self {
        State {
            name,
            close_after,
            close_idle: watch::Sender::new(0),
            connections: AtomicUsize::new(0),
            accepted: AtomicUsize::new(0),
            probes: AtomicUsize::new(0),
            active: AtomicUsize::new(0),
            most_active: AtomicUsize::new(0),
            requests: AtomicUsize::new(0),
            cancelled: AtomicUsize::new(0),
            gates: Mutex::default(),
        }
    }

    pub(crate) fn counts(&self) -> Value {
        let get = |counter: &AtomicUsize| counter.load(Ordering::SeqCst);
        json!({
            "connections": get(&self.connections),
            "accepted": get(&self.accepted),
            "probes": get(&self.probes),
            "active": get(&self.active),
            "most_active": get(&self.most_active),
            "requests": get(&self.requests),
            "cancelled": get(&self.cancelled),
        })
    }

    pub(crate) fn open_gate(&self, name: &str) {
        self.gate(name).send_replace(true);
    }

    /// Waits until the gate is open; it stays open then.
    pub(crate) async fn pass_gate(&self, name: &str) {
        let mut gate = self.gate(name).subscribe();
        // The sender lives in the map as long as the process does.
        let _ = gate.wait_for(|open| *open).await;
    }

    fn gate(&self, name: &str) -> watch::Sender<bool> {
        let mut gates = self.gates.lock().unwrap_or_else(PoisonError::into_inner);
        gates.entry(name.to_owned()).or_insert_with(|| watch::Sender::new(false)).clone()
    }
}

// === impl Active ===

impl Active {
    pub(crate) fn new(state: Arc<State>) -> Self {
        let active = state.active.fetch_add(1, Ordering::SeqCst) + 1;
        state.most_active.fetch_max(active, Ordering::SeqCst);
        state.requests.fetch_add(1, Ordering::SeqCst);
        Active { state, finished: false }
    }

    pub(crate) fn finish(&mut self) {
        self.finished = true;
    }
}

impl Drop for Active {
    fn drop(&mut self) {
        if !self.finished {
            self.state.cancelled.fetch_add(1, Ordering::SeqCst);
        }
        self.state.active.fetch_sub(1, Ordering::SeqCst);
    }
}
