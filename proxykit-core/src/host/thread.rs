use std::future::Future;
use std::io;
use std::sync::mpsc;
use std::thread::{Builder, JoinHandle, ThreadId};
use std::time::Duration;

/// How many threads a runtime may use for looking up names. A look-up that hangs takes one of them up.
const MOST_LOOKUPS: usize = 8;

/// A thread with a runtime of its own.
pub(super) struct Thread(JoinHandle<usize>);

impl Thread {
    /// Starts a thread that runs what `work` makes, and returns when that is made: what fails until then fails here.
    pub(super) fn spawn<W, F>(name: String, work: W) -> io::Result<Self>
    where
        W: FnOnce() -> io::Result<F> + Send + 'static,
        F: Future<Output = usize>,
    {
        let (ready, started) = mpsc::sync_channel(1);
        let thread = Builder::new().name(name).spawn(move || {
            leave_signals_to_the_host();
            let runtime = tokio::runtime::Builder::new_current_thread()
                .enable_io()
                .enable_time()
                .max_blocking_threads(MOST_LOOKUPS)
                .build();
            let begun = runtime.and_then(|runtime| {
                let entered = runtime.enter();
                let work = work()?;
                drop(entered);
                Ok((runtime, work))
            });
            let (runtime, work) = match begun {
                Ok(begun) => begun,
                Err(error) => {
                    // The starter waits for just this; if it is gone, nobody is left to tell.
                    ready.send(Err(error)).ok();
                    return 0;
                }
            };
            ready.send(Ok(())).ok();
            let cut_off = runtime.block_on(work);
            // A look-up that hangs must not hold up the stop.
            runtime.shutdown_timeout(Duration::ZERO);
            cut_off
        })?;
        let started = started.recv().unwrap_or_else(|_| Err(io::Error::other("the thread ended at once")));
        started.map(|()| Thread(thread))
    }

    pub(super) fn id(&self) -> ThreadId {
        self.0.thread().id()
    }

    /// Waits for its end; how many requests it cut off. A thread that panicked has none left to count.
    pub(super) fn join(self) -> usize {
        self.0.join().unwrap_or(0)
    }
}

/// Starts a thread without a runtime.
pub(super) fn spawn_plain(name: String, work: Box<dyn FnOnce() + Send>) -> io::Result<JoinHandle<()>> {
    Builder::new().name(name).spawn(|| {
        leave_signals_to_the_host();
        work();
    })
}

/// Blocks all signals on the present thread but those that its own faults raise.
///
/// The host's handlers then run on the host's threads, as before there was a proxy, and a write to a closed
/// socket cannot kill a host that leaves SIGPIPE at its default.
#[cfg(unix)]
pub(super) fn leave_signals_to_the_host() {
    use nix::sys::signal::{SigSet, Signal};
    let mut signals = SigSet::all();
    for fault in [
        Signal::SIGBUS,
        Signal::SIGFPE,
        Signal::SIGILL,
        Signal::SIGSEGV,
        Signal::SIGABRT,
        Signal::SIGSYS,
        Signal::SIGTRAP,
    ] {
        signals.remove(fault);
    }
    // It can fail only for a bad argument, and there is none.
    signals.thread_block().ok();
}

#[cfg(not(unix))]
pub(super) fn leave_signals_to_the_host() {}
