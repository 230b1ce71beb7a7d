//! What asks again when it was answered: how many answers there are says how fast the other side is.

use std::cell::RefCell;
use std::rc::Rc;
use std::time::{Duration, Instant};

use clap::Args;
use tokio::task::LocalSet;

use crate::Result;
use crate::report::Report;

#[derive(Args)]
pub(crate) struct Options {
    /// Connections
    #[arg(long, default_value_t = 64)]
    pub(crate) connections: usize,
    /// Bytes of a message
    #[arg(long, default_value_t = 128)]
    pub(crate) size: usize,
    /// Seconds that are measured
    #[arg(long, default_value_t = 5.0)]
    duration: f64,
    /// Seconds before them
    #[arg(long, default_value_t = 0.5)]
    warmup: f64,
}

/// What the askers share.
#[derive(Clone)]
pub(crate) struct Round {
    report: Rc<RefCell<Report>>,
    measured_from: Instant,
    end: Instant,
}

impl Round {
    pub(crate) fn is_over(&self) -> bool {
        Instant::now() >= self.end
    }

    /// Counts an answer to what was asked at `since`.
    pub(crate) fn answered(&self, since: Instant) {
        let latency = (since >= self.measured_from).then(|| since.elapsed());
        self.report.borrow_mut().answered(latency);
    }
}

/// Runs `askers` at once, each until the round is over; one that fails counts as one error.
pub(crate) async fn run<F>(
    options: &Options,
    askers: usize,
    ask: impl Fn(usize, Round) -> F,
) -> Result<Report>
where
    F: Future<Output = Result<()>> + 'static,
{
    let start = Instant::now();
    let measured_from = start + Duration::from_secs_f64(options.warmup);
    let report = Rc::new(RefCell::new(Report::new()?));
    let end = measured_from + Duration::from_secs_f64(options.duration);
    let round = Round { report: report.clone(), measured_from, end };
    let tasks = LocalSet::new();
    for number in 0..askers {
        let (asker, report) = (ask(number, round.clone()), report.clone());
        tasks.spawn_local(async move {
            if let Err(error) = asker.await {
                eprintln!("proxykit-load: {error}");
                report.borrow_mut().errors += 1;
            }
        });
    }
    tasks.await;
    drop(round);
    let mut report = Rc::into_inner(report).ok_or("an asker outlived its round")?.into_inner();
    report.elapsed = start.elapsed();
    Ok(report)
}
