//! The backends: healthy ones, and one for each fault. All run on one thread beside the proxy, in the same process.

mod flap;
mod http1;
mod http2;
mod listen;

use std::collections::BTreeMap;
use std::future::Future;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::thread::{self, JoinHandle};

use tokio::runtime::{Builder, Handle};
use tokio::sync::{oneshot, watch};

use crate::fault::Fault;
use crate::ledger::Ledger;

/// All backends.
pub(crate) struct Fleet {
    shared: Arc<Shared>,
    /// Over TCP, a unix socket and HTTP/2.
    pub(crate) healthy: Vec<String>,
    pub(crate) faulty: BTreeMap<Fault, String>,
    folder: PathBuf,
    /// Keep the queue of a backend full.
    _queued: Vec<std::net::TcpStream>,
    end: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

/// What every connection of a backend knows.
struct Shared {
    runtime: Handle,
    ledger: Arc<Ledger>,
    /// Each change closes all connections.
    rounds: watch::Sender<u32>,
    /// Requests to the one that comes and goes, since it came.
    flaps: AtomicU32,
}

impl Fleet {
    pub(crate) fn start(ledger: Arc<Ledger>) -> std::io::Result<Self> {
        let runtime = Builder::new_current_thread().enable_all().build()?;
        let shared = Arc::new(Shared {
            runtime: runtime.handle().clone(),
            ledger,
            rounds: watch::Sender::new(0),
            flaps: AtomicU32::new(0),
        });
        let (end, ended) = oneshot::channel();
        // The sender's drop ends it as well.
        let thread = thread::spawn(move || drop(runtime.block_on(ended)));
        let folder = std::env::temp_dir().join(format!("proxykit-faults-{}", std::process::id()));
        std::fs::create_dir_all(&folder)?;
        let unix = folder.join("healthy");
        let (stuck, queued) = listen::stuck()?;
        let healthy = vec![
            format!("http://{}", listen::tcp(&shared, None)?),
            format!("unix:{}", listen::unix(&shared, &unix)?),
            format!("h2c://{}", listen::tcp2(&shared, None)?),
        ];
        let mut faulty = BTreeMap::new();
        for fault in Fault::ALL {
            let target = match fault {
                Fault::Refuse => format!("http://{}", listen::nobody()?),
                Fault::Missing => format!("unix:{}", folder.join("missing").display()),
                Fault::Stuck => format!("http://{stuck}"),
                Fault::Flap => format!("http://{}", flap::start(&shared)?),
                fault if fault.speaks_http2() => format!("h2c://{}", listen::tcp2(&shared, Some(fault))?),
                fault => format!("http://{}", listen::tcp(&shared, Some(fault))?),
            };
            faulty.insert(fault, target);
        }
        let (end, thread) = (Some(end), Some(thread));
        Ok(Fleet { shared, healthy, faulty, folder, _queued: queued, end, thread })
    }

    /// Closes all connections.
    pub(crate) fn close_connections(&self) {
        self.shared.rounds.send_modify(|round| *round += 1);
    }
}

impl Drop for Fleet {
    fn drop(&mut self) {
        self.end.take();
        // A backend that panicked has said so.
        let _ = self.thread.take().map(JoinHandle::join);
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}

impl Shared {
    /// Runs a connection until it ends, or all are closed.
    fn spawn(self: &Arc<Self>, connection: impl Future<Output = Result<(), String>> + Send + 'static) {
        let (shared, mut rounds) = (self.clone(), self.rounds.subscribe());
        self.runtime.spawn(async move {
            tokio::select! {
                // The error says that the fleet is gone.
                _ = rounds.changed() => {}
                ended = connection => {
                    if let Err(wrong) = ended {
                        shared.ledger.wrong(wrong);
                    }
                }
            }
        });
    }

    fn committed(&self, fault: Option<Fault>) {
        if let Some(fault) = fault {
            self.ledger.committed(fault);
        }
        if fault == Some(Fault::Flap) {
            self.flaps.fetch_add(1, Ordering::Relaxed);
        }
    }
}
