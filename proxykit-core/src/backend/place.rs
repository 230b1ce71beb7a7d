use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// What is known of up to 64 backends of a route, a bit for each: so many can be passed over in one look, and picking
/// costs the same however many of them are down.
///
/// A bit follows what its backend says of itself; it may be a moment late, so that whoever found a backend here asks it.
#[derive(Debug, Default)]
pub(super) struct Marks {
    taken: AtomicU64,
    healthy: AtomicU64,
    full: AtomicU64,
}

/// Which backends are looked for.
#[derive(Clone, Copy)]
pub(super) enum Wanted {
    Healthy,
    /// Healthy, and with fewer requests in flight than it may have.
    Ready,
}

/// Where a backend stands among those of its route, until it is dropped. Nobody else gets the place before, so that the
/// requests that a removed backend still has move no other's marks.
#[derive(Debug)]
pub(crate) struct Place {
    marks: Arc<Marks>,
    index: usize,
}

// === impl Marks ===

impl Marks {
    /// How many backends share them.
    pub(super) const WIDTH: usize = u64::BITS as usize;

    /// The first place that is free; `number` is that of these marks among the route's.
    pub(super) fn take_place(self: &Arc<Self>, number: usize) -> Option<Place> {
        // Places are taken by the one writer and given back by anybody, so that one that is free stays free.
        let free = self.taken.load(Ordering::SeqCst).trailing_ones() as usize;
        (free < Self::WIDTH).then(|| Place::new(self.clone(), number * Self::WIDTH + free))
    }

    /// The marks of those that are wanted.
    pub(super) fn of(&self, wanted: Wanted) -> u64 {
        let healthy = self.healthy.load(Ordering::SeqCst);
        match wanted {
            Wanted::Healthy => healthy,
            Wanted::Ready => healthy & !self.full.load(Ordering::SeqCst),
        }
    }
}

// === impl Place ===

impl Place {
    /// The first place of marks that are new; `number` is theirs among the route's.
    pub(super) fn first_of_new(number: usize) -> Self {
        Place::new(Arc::default(), number * Marks::WIDTH)
    }

    fn new(marks: Arc<Marks>, index: usize) -> Self {
        let place = Place { marks, index };
        place.write(&place.marks.taken, true);
        place
    }

    /// Its number among the places of the route.
    pub(super) fn index(&self) -> usize {
        self.index
    }

    pub(super) fn marks(&self) -> &Arc<Marks> {
        &self.marks
    }

    /// Marks the backend as healthy or not, as `is_healthy` says.
    pub(super) fn mark_healthy(&self, is_healthy: impl Fn() -> bool) {
        self.follow(&self.marks.healthy, is_healthy);
    }

    /// Marks the backend as full or not, as `is_full` says.
    pub(super) fn mark_full(&self, is_full: impl Fn() -> bool) {
        self.follow(&self.marks.full, is_full);
    }

    /// Makes the bit what `truth` says, to be called behind each change of that.
    fn follow(&self, word: &AtomicU64, truth: impl Fn() -> bool) {
        loop {
            let value = truth();
            self.write(word, value);
            // Another thread may have changed it and written its bit before this one did. Whoever writes last looks again.
            // That holds only in one order for all, so that the orderings are sequentially consistent, here and at the truth.
            if truth() == value {
                return;
            }
        }
    }

    fn write(&self, word: &AtomicU64, value: bool) {
        let bit = 1 << (self.index % Marks::WIDTH);
        if value {
            word.fetch_or(bit, Ordering::SeqCst);
        } else {
            word.fetch_and(!bit, Ordering::SeqCst);
        }
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        self.write(&self.marks.healthy, false);
        self.write(&self.marks.full, false);
        // Last: the next one to take it finds it clean.
        self.write(&self.marks.taken, false);
    }
}
