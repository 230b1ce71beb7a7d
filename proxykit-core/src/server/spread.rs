use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use tokio::sync::mpsc;

/// How many connections may wait for a worker that they were handed to.
const MOST_WAITING: usize = 1024;

/// Keeps the workers equally busy: a worker that accepts a connection hands it to an idler one.
///
/// The system spreads connections over accept queues by a hash of their addresses, which with few connections
/// is not even; and where there is one queue for all (unix sockets, systems without such a spread), one worker
/// accepts and hands out to all.
pub(crate) struct Spread<T> {
    seats: Arc<[Seat<T>]>,
    own: usize,
    has_own_queue: bool,
}

struct Seat<T> {
    /// Connections that the worker serves or will.
    connections: Load,
    sender: mpsc::Sender<T>,
}

/// On a cache line of its own: each worker writes its own, and reads the others' when it accepts.
#[derive(Default)]
#[repr(align(64))]
struct Load(AtomicUsize);

/// A connection's place at a worker, until it is dropped.
pub(crate) struct Place<T> {
    seats: Arc<[Seat<T>]>,
    worker: usize,
}

impl<T> Spread<T> {
    /// One for each worker, with what it receives from the others.
    pub(crate) fn new(workers: usize, own_queues: bool) -> Vec<(Self, mpsc::Receiver<T>)> {
        let (senders, receivers): (Vec<_>, Vec<_>) =
            (0..workers).map(|_| mpsc::channel(MOST_WAITING)).unzip();
        let seats: Arc<[Seat<T>]> =
            senders.into_iter().map(|sender| Seat { connections: Load::default(), sender }).collect();
        let spreads = (0..workers).map(|own| Spread { seats: seats.clone(), own, has_own_queue: own_queues });
        spreads.zip(receivers).collect()
    }

    /// The worker that a new connection should be handed to, or none if it is best served here.
    pub(crate) fn idler(&self) -> Option<usize> {
        let load = |index: &usize| self.seats[*index].connections.0.load(Ordering::Relaxed);
        let own = load(&self.own);
        // To wake another worker costs more than a small difference does.
        let slack = if self.has_own_queue { 1 + own / 8 } else { 0 };
        let idlest = (0..self.seats.len()).min_by_key(load)?;
        (load(&idlest) + slack < own).then_some(idlest)
    }

    /// Hands a connection over. It comes back if the worker's line is full, or the worker is gone.
    pub(crate) fn hand_to(&self, worker: usize, connection: T) -> Result<(), T> {
        self.seats[worker].sender.try_send(connection).map_err(|error| match error {
            mpsc::error::TrySendError::Full(connection) | mpsc::error::TrySendError::Closed(connection) => {
                connection
            }
        })
    }

    /// Counts a connection that this worker serves.
    pub(crate) fn sit(&self) -> Place<T> {
        self.seats[self.own].connections.0.fetch_add(1, Ordering::Relaxed);
        Place { seats: self.seats.clone(), worker: self.own }
    }
}

impl<T> Drop for Place<T> {
    fn drop(&mut self) {
        self.seats[self.worker].connections.0.fetch_sub(1, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn loads(spread: &Spread<u32>) -> Vec<usize> {
        spread.seats.iter().map(|seat| seat.connections.0.load(Ordering::Relaxed)).collect()
    }

    /// The first worker accepts all, the others take what they are handed.
    fn accept(workers: &mut [(Spread<u32>, mpsc::Receiver<u32>)], count: u32) -> Vec<Place<u32>> {
        let accepted = (0..count).map(|number| match workers[0].0.idler() {
            None => workers[0].0.sit(),
            Some(idler) => {
                workers[0].0.hand_to(idler, number).unwrap();
                assert_eq!(workers[idler].1.try_recv().unwrap(), number);
                workers[idler].0.sit()
            }
        });
        accepted.collect()
    }

    #[test]
    fn one_queue_is_shared_out_evenly() {
        let mut workers = Spread::new(3, false);
        let places = accept(&mut workers, 30);
        let loads_now = loads(&workers[0].0);
        assert!(loads_now.iter().all(|load| (9..=11).contains(load)), "{loads_now:?}");
        drop(places);
        assert_eq!(loads(&workers[0].0), [0, 0, 0]);
    }

    #[test]
    fn own_queues_differ_by_little() {
        let mut workers = Spread::new(2, true);
        let places = accept(&mut workers, 100);
        let loads = loads(&workers[0].0);
        assert!(loads[0].abs_diff(loads[1]) <= 10, "{loads:?}");
        drop(places);
    }

    #[test]
    fn a_full_line_gives_the_connection_back() {
        let mut workers = Spread::new(2, false);
        (0..MOST_WAITING as u32).for_each(|number| workers[0].0.hand_to(1, number).unwrap());
        assert_eq!(workers[0].0.hand_to(1, 7), Err(7));
        workers.truncate(1);
        assert_eq!(workers[0].0.hand_to(1, 8), Err(8));
    }
}
