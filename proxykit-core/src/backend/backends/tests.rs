use std::sync::atomic::{AtomicBool, Ordering};

use proptest::prelude::*;

use super::*;
use crate::backend::{Capacity, InFlight};
use crate::counters::Tally;

fn target(name: u64) -> Target {
    format!("http://b{name}").parse().unwrap()
}

fn add(backends: &mut Backends, id: u64, name: u64, capacity: Option<Capacity>) {
    let place = backends.take_place();
    backends.insert(Backend::new(place, BackendId(id), target(name), None, None, capacity, Tally::default()));
}

fn ready(backends: &Backends) -> Vec<u64> {
    let mut ready: Vec<_> = backends.ready(0, backends.places()).map(|(_, backend)| backend.id().0).collect();
    ready.sort();
    ready
}

#[test]
fn a_place_is_free_again_when_its_backend_is_gone() {
    let mut backends = Backends::default();
    (0..3).for_each(|id| add(&mut backends, id, id, None));
    let removed = backends.remove(&target(1)).unwrap();
    add(&mut backends, 3, 3, None);
    assert_eq!(backends.places(), 4, "a request may still be on its way to the one that was removed");
    // What its check says last moves nobody else's mark.
    removed.set_healthy(false);
    removed.set_healthy(true);
    drop(removed);
    add(&mut backends, 4, 4, None);
    assert_eq!(backends.places(), 4);
    assert_eq!(ready(&backends), [0, 2, 3, 4]);
}

#[test]
fn a_copy_sees_only_its_own() {
    let mut backends = Backends::default();
    (0..2).for_each(|id| add(&mut backends, id, id, None));
    let copy = backends.clone();
    add(&mut backends, 2, 2, None);
    backends.remove(&target(0));
    assert_eq!((ready(&copy), ready(&backends)), (vec![0, 1], vec![1, 2]));
}

/// Marks that threads write at the same time end as what they stand for.
#[test]
fn marks_follow_under_contention() {
    let capacity = Capacity { limit: 2, queue: Arc::default() };
    let mut backends = Backends::default();
    (0..3).for_each(|id| add(&mut backends, id, id, Some(capacity.clone())));
    let is_over = AtomicBool::new(false);
    std::thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| {
                for _ in 0..5000 {
                    let held: Vec<_> = backends.iter().filter_map(InFlight::begin).collect();
                    drop(held);
                }
                is_over.store(true, Ordering::Relaxed);
            });
        }
        scope.spawn(|| {
            while !is_over.load(Ordering::Relaxed) {
                backends.iter().for_each(|backend| backend.set_healthy(false));
                backends.iter().for_each(|backend| backend.set_healthy(true));
            }
        });
    });
    assert_eq!(ready(&backends), [0, 1, 2]);
    let held: Vec<_> = backends.iter().chain(backends.iter()).filter_map(InFlight::begin).collect();
    assert_eq!((held.len(), ready(&backends)), (6, vec![]));
}

#[derive(Clone, Debug)]
enum Step {
    Add(u64),
    Remove(u64),
    Health(u64, bool),
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        3 => (0u64..300).prop_map(Step::Add),
        2 => (0u64..300).prop_map(Step::Remove),
        1 => (0u64..300, any::<bool>()).prop_map(|(name, healthy)| Step::Health(name, healthy)),
    ]
}

proptest! {
    /// Against a list, with the removed ones kept for a while, as requests keep them.
    #[test]
    fn it_agrees_with_a_list(steps in prop::collection::vec(step(), 0..400)) {
        let mut backends = Backends::default();
        let mut model: Vec<(u64, u64, bool)> = Vec::new();
        let mut most = 0;
        let mut kept = std::collections::VecDeque::new();
        for (id, step) in steps.into_iter().enumerate() {
            match step {
                Step::Add(name) if backends.get(&target(name)).is_none() => {
                    add(&mut backends, id as u64, name, None);
                    model.push((id as u64, name, true));
                }
                Step::Add(_) => {}
                Step::Remove(name) => {
                    kept.extend(backends.remove(&target(name)));
                    model.retain(|(_, other, _)| *other != name);
                    if kept.len() > 20 {
                        kept.pop_front();
                    }
                }
                Step::Health(name, healthy) => {
                    if let Some(backend) = backends.get(&target(name)) {
                        backend.set_healthy(healthy);
                    }
                    for entry in model.iter_mut().filter(|(_, other, _)| *other == name) {
                        entry.2 = healthy;
                    }
                }
            }
            prop_assert_eq!(backends.len(), model.len());
            let ids: Vec<_> = backends.in_order().iter().map(|backend| backend.id().0).collect();
            prop_assert_eq!(ids, model.iter().map(|(id, ..)| *id).collect::<Vec<_>>());
            let healthy: Vec<_> = model.iter().filter(|(.., healthy)| *healthy).map(|(id, ..)| *id).collect();
            prop_assert_eq!(backends.any_healthy(&[]), !healthy.is_empty());
            prop_assert_eq!(ready(&backends), healthy);
            most = most.max(model.len() + kept.len());
            prop_assert!(backends.places() <= most);
        }
    }
}
