use std::sync::Arc;

use rpds::HashTrieMapSync;

use super::place::{Marks, Place, Wanted};
use super::{Backend, BackendId};
use crate::config::Target;

/// The backends of a route, which never change: a changed copy shares all that stayed with the one before it, so that a
/// change costs about the same whether there are ten of them or ten thousand.
///
/// Each has a place that it keeps. Places that were given up are taken again, so that there are few empty ones.
#[derive(Clone, Debug, Default)]
pub(crate) struct Backends {
    blocks: Vec<Block>,
    by_target: HashTrieMapSync<Target, Arc<Backend>>,
}

/// The backends that share their marks.
#[derive(Clone, Debug)]
struct Block {
    marks: Arc<Marks>,
    places: Arc<[Option<Arc<Backend>>]>,
}

/// Goes through places in their order, from the last to the first again, and gives the backends that are wanted.
struct Round<'a> {
    blocks: &'a [Block],
    /// How many places there are.
    places: usize,
    wanted: Wanted,
    next: usize,
    /// How many places are left to be looked at.
    left: usize,
}

// === impl Backends ===

impl Backends {
    /// How many there are.
    pub(crate) fn len(&self) -> usize {
        self.by_target.size()
    }

    /// The one with this target.
    pub(crate) fn get(&self, target: &Target) -> Option<&Arc<Backend>> {
        self.by_target.get(target)
    }

    /// All of them, in no order that means anything.
    pub(crate) fn iter(&self) -> impl Iterator<Item = &Arc<Backend>> {
        self.blocks.iter().flat_map(|block| block.places.iter().flatten())
    }

    /// All of them, in the order in which they were added.
    pub(crate) fn in_order(&self) -> Vec<&Arc<Backend>> {
        let mut backends = Vec::with_capacity(self.len());
        backends.extend(self.iter());
        backends.sort_by_key(|backend| backend.id());
        backends
    }

    /// How many places there are, the empty ones among them.
    pub(crate) fn places(&self) -> usize {
        self.blocks.last().map_or(0, |last| (self.blocks.len() - 1) * Marks::WIDTH + last.places.len())
    }

    /// The backends that are ready at `count` places from `first` on, going round, each with its place. A mark may be a
    /// moment late: whoever takes one asks the backend itself.
    #[inline]
    pub(crate) fn ready(&self, first: usize, count: usize) -> impl Iterator<Item = (usize, &Arc<Backend>)> {
        self.round(Wanted::Ready, first, count)
    }

    /// Whether one is healthy, be it full, and not in `tried`.
    pub(crate) fn any_healthy(&self, tried: &[BackendId]) -> bool {
        let mut healthy = self.round(Wanted::Healthy, 0, self.places());
        healthy.any(|(_, backend)| backend.live().is_healthy() && !tried.contains(&backend.id()))
    }

    /// A place for one more, to be put there with [`Backends::insert`].
    pub(crate) fn take_place(&mut self) -> Place {
        let taken = self.blocks.iter().enumerate().find_map(|(number, block)| block.marks.take_place(number));
        taken.unwrap_or_else(|| {
            let place = Place::first_of_new(self.blocks.len());
            self.blocks.push(Block { marks: place.marks().clone(), places: Arc::default() });
            place
        })
    }

    /// Puts a backend at the place that was taken for it here.
    pub(crate) fn insert(&mut self, backend: Arc<Backend>) {
        self.put(backend.place().index(), Some(backend.clone()));
        self.by_target.insert_mut(backend.target().clone(), backend);
    }

    /// Takes the one with this target out.
    pub(crate) fn remove(&mut self, target: &Target) -> Option<Arc<Backend>> {
        let backend = self.get(target)?.clone();
        self.by_target.remove_mut(target);
        self.put(backend.place().index(), None);
        while self.blocks.last().is_some_and(|block| block.places.iter().all(Option::is_none)) {
            self.blocks.pop();
        }
        Some(backend)
    }

    fn round(&self, wanted: Wanted, first: usize, count: usize) -> Round<'_> {
        Round { blocks: &self.blocks, places: self.places(), wanted, next: first, left: count }
    }

    fn put(&mut self, index: usize, backend: Option<Arc<Backend>>) {
        let Some(block) = self.blocks.get_mut(index / Marks::WIDTH) else { return };
        let mut places = block.places.to_vec();
        places.resize(places.len().max(index % Marks::WIDTH + 1), None);
        places[index % Marks::WIDTH] = backend;
        let used = places.iter().rposition(Option::is_some).map_or(0, |last| last + 1);
        places.truncate(used);
        block.places = places.into();
    }
}

// === impl Round ===

impl<'a> Iterator for Round<'a> {
    type Item = (usize, &'a Arc<Backend>);

    // A balancer takes this step for each backend that it compares.
    #[inline]
    fn next(&mut self) -> Option<Self::Item> {
        while self.left > 0 {
            if self.next >= self.places {
                self.next = 0;
            }
            let (number, offset) = (self.next / Marks::WIDTH, self.next % Marks::WIDTH);
            let block = self.blocks.get(number)?;
            let marked = block.marks.of(self.wanted) >> offset;
            if marked & 1 == 0 {
                self.skip(marked, offset);
                continue;
            }
            let place = self.next;
            self.next += 1;
            self.left -= 1;
            // A mark may be that of a backend which came later than this copy was made, or went before.
            if let Some(Some(backend)) = block.places.get(offset) {
                return Some((place, backend));
            }
        }
        None
    }
}

impl Round<'_> {
    /// Goes to the next mark, or behind the marks of this block.
    fn skip(&mut self, marked: u64, offset: usize) {
        let room = (Marks::WIDTH - offset).min(self.places - self.next).min(self.left);
        let skipped = room.min(marked.trailing_zeros() as usize);
        self.next += skipped;
        self.left -= skipped;
    }
}

#[cfg(test)]
mod tests;
