//! The clients: each makes a number of calls, and judges every answer.

mod call;
mod http1;
mod http2;
mod tunnel;

use std::sync::Arc;
use std::time::Duration;

use tokio::runtime::Builder;
use tokio::task::JoinSet;

pub(crate) use call::{Answer, Call};

use crate::fault::Outcome;
use crate::ledger::Ledger;
use crate::place::Place;

/// How long a client waits for what must come: far longer than any limit of the proxy's, and than a busy machine needs.
const DEADLINE: Duration = Duration::from_secs(30);

const KEEPING: u64 = 10;
const CLOSING: u64 = 4;
const MULTIPLEXING: u64 = 5;
const TUNNELLING: u64 = 3;

/// What all clients of a phase know.
pub(crate) struct Phase {
    pub(crate) number: u64,
    pub(crate) seed: u64,
    /// How many calls each client makes.
    pub(crate) calls: u64,
    pub(crate) address: String,
    pub(crate) places: Arc<Vec<Place>>,
    pub(crate) ledger: Arc<Ledger>,
}

/// Lets all clients make their calls.
pub(crate) fn run(phase: &Arc<Phase>) -> std::io::Result<()> {
    let runtime = Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(async {
        let mut clients = JoinSet::new();
        for client in 0..KEEPING + CLOSING {
            clients.spawn(http1::client(phase.clone(), client, client < KEEPING));
        }
        for client in 0..MULTIPLEXING {
            clients.spawn(http2::client(phase.clone(), KEEPING + CLOSING + client));
        }
        for client in 0..TUNNELLING {
            clients.spawn(tunnel::client(phase.clone(), KEEPING + CLOSING + MULTIPLEXING + client));
        }
        while let Some(ended) = clients.join_next().await {
            if let Err(panic) = ended {
                phase.ledger.wrong(format!("a client ended: {panic}"));
            }
        }
    });
    Ok(())
}

impl Phase {
    /// The choices of a client: the same for the same seed.
    fn choices(&self, client: u64) -> fastrand::Rng {
        fastrand::Rng::with_seed(self.seed ^ (self.number << 32 | client).wrapping_mul(0x9e37_79b9_7f4a_7c15))
    }

    /// Waits for the end of an exchange, unless its client wants to leave earlier; none if it left.
    async fn see<F>(&self, call: &Call, exchange: F) -> Option<Result<Outcome, String>>
    where
        F: Future<Output = Result<Outcome, String>>,
    {
        let waited = tokio::time::timeout(call.leaves_after.unwrap_or(DEADLINE), exchange).await;
        match waited {
            Ok(seen) => Some(seen),
            Err(_) if call.leaves_after.is_some() => None,
            Err(_) => Some(Err(format!("no end within {DEADLINE:?}"))),
        }
    }

    /// Writes down what a client saw, and whether it may be.
    fn note(&self, call: &Call, seen: Option<Result<Outcome, String>>) {
        let place = &self.places[call.place];
        let wrong = match seen {
            None => return self.ledger.saw(&place.prefix, "left"),
            Some(Ok(outcome)) => {
                self.ledger.saw_outcome(&place.prefix, &outcome);
                let is_allowed = match place.fault {
                    None => outcome == Outcome::Whole,
                    Some(fault) if call.hides(fault) && outcome == Outcome::Whole => true,
                    Some(fault) => fault.allows(&outcome, place.is_among_others, call.is_repeatable()),
                };
                if is_allowed {
                    return;
                }
                format!("{outcome:?}")
            }
            Some(Err(wrong)) => wrong,
        };
        self.ledger.wrong(format!("{call:?} at {}: {wrong}", place.prefix));
    }
}
