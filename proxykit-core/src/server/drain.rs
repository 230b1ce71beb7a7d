use tokio::sync::watch;
use tokio::time::Instant;

/// Tells all connections and workers to come to an end, and until when.
pub(crate) struct Drain(watch::Sender<Option<Instant>>);

/// The listening end of [`Drain`].
#[derive(Clone)]
pub(crate) struct Drained(watch::Receiver<Option<Instant>>);

impl Drain {
    pub(crate) fn new() -> (Self, Drained) {
        let (sender, receiver) = watch::channel(None);
        (Drain(sender), Drained(receiver))
    }

    /// Begins the drain, or brings its end forward: of several deadlines the earliest counts.
    pub(crate) fn begin(&self, deadline: Instant) {
        self.0.send_modify(|present| {
            *present = Some(present.map_or(deadline, |earlier| earlier.min(deadline)));
        });
    }
}

impl Drained {
    /// Waits until the drain begins. A [`Drain`] that is gone has begun as well.
    pub(crate) async fn begun(&mut self) {
        // The error says that the sender is gone.
        self.0.wait_for(Option::is_some).await.ok();
    }

    /// Waits until the deadline of a drain that has begun, wherever it is moved meanwhile.
    pub(crate) async fn deadline(&mut self) {
        loop {
            let Some(deadline) = *self.0.borrow_and_update() else { return };
            tokio::select! {
                () = tokio::time::sleep_until(deadline) => return,
                changed = self.0.changed() => {
                    if changed.is_err() {
                        return tokio::time::sleep_until(deadline).await;
                    }
                }
            }
        }
    }
}
