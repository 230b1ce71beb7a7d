use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

/// How many retries of a route may run at a time, whatever its traffic (Envoy's `min_retry_concurrency`).
const LEAST: usize = 3;

/// The retries of a route that run right now. They may be a share of its traffic only: when backends fail one after the
/// other, retries would otherwise multiply the load on those that are left.
#[derive(Debug, Default)]
pub(crate) struct Retries(AtomicUsize);

/// A retry that runs, until it is dropped.
pub(crate) struct Retrying(Arc<Retries>);

impl Retries {
    /// None if enough of them run: more than `share` of the requests `in_flight`, which are counted only if it depends on
    /// them. A share of 0 allows none.
    pub(crate) fn begin(self: &Arc<Self>, share: f64, in_flight: impl FnOnce() -> usize) -> Option<Retrying> {
        // Made first: its drop takes back the count.
        let retrying = Retrying(self.clone());
        let running = self.0.fetch_add(1, Ordering::Relaxed);
        let is_allowed = share > 0.0 && (running < LEAST || running < (share * in_flight() as f64) as usize);
        is_allowed.then_some(retrying)
    }
}

impl Drop for Retrying {
    fn drop(&mut self) {
        self.0.0.fetch_sub(1, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn retries_are_a_share_of_the_traffic() {
        for (share, in_flight, most) in
            [(0.0, 1000, 0), (0.2, 0, 3), (0.2, 15, 3), (0.2, 100, 20), (1.0, 7, 7)]
        {
            let retries = Arc::new(Retries::default());
            let held: Vec<_> = std::iter::from_fn(|| retries.begin(share, || in_flight)).collect();
            assert_eq!(held.len(), most, "{share} of {in_flight}");
            drop(held);
            assert_eq!(retries.0.load(Ordering::Relaxed), 0);
        }
    }
}
