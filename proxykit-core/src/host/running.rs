use std::future::Future;
use std::io;
use std::sync::Arc;
use std::thread::ThreadId;
use std::time::Instant;

use super::thread::{Thread, spawn_plain};
use crate::config::{Listen, Management, ManagerOptions};
use crate::control::Control;
use crate::error::{Error, ErrorKind, Result};
use crate::events::Event;
use crate::handler::Pool;
use crate::health::supervise;
use crate::server::{Drain, Drained, Gate, Service, SocketFile, Worker, bind, watch};
use crate::tls::ServerTls;

/// The threads of a started manager.
pub(super) struct Running {
    drain: Drain,
    threads: Vec<Thread>,
    handlers: Arc<Pool>,
    /// Removed when the last listener is closed.
    _socket_files: Vec<SocketFile>,
}

/// Where the listeners are.
#[derive(Clone, Default)]
pub(super) struct Addresses {
    pub(super) proxy: Option<String>,
    pub(super) management: Option<String>,
}

/// Binds everything, then starts the threads: what can fail for the user's fault fails before any thread runs.
pub(super) fn start(
    control: &Arc<Control>,
    options: &Arc<ManagerOptions>,
    tls: Option<&Arc<ServerTls>>,
    handlers: &Arc<Pool>,
    listen: Option<&Listen>,
) -> Result<(Running, Addresses)> {
    let (drain, drained) = Drain::new();
    let handlers = handlers.clone();
    let mut running = Running { drain, threads: Vec::new(), handlers, _socket_files: Vec::new() };
    let mut addresses = Addresses::default();
    let count = worker_count(options);
    let mut open = |listen: &Listen, queues| {
        let bound = bind(listen, queues)?;
        running._socket_files.extend(bound.file);
        Ok::<_, Error>((bound.queues, bound.address))
    };
    let mut teams = Vec::new();
    if let Some(listen) = listen {
        let (queues, address) = open(listen, count)?;
        addresses.proxy = Some(address);
        let managed = options.management == Management::Same;
        let services = (0..count).map(|_| Service::proxy(control, options, tls, managed)).collect();
        teams = Worker::team(queues, services, &drained, &Gate::new(options, control.counted().door()));
    }
    let mut management = None;
    if let Management::Listener(listen) = &options.management {
        let (queues, address) = open(listen, 1)?;
        addresses.management = Some(address);
        let service = Service::management(control, options, tls);
        // With a gate of its own: clients who fill the proxy's must not shut out who could help.
        management =
            Worker::team(queues, vec![service], &drained, &Gate::new(options, &Arc::default())).pop();
    }
    running.handlers.open(spawn_plain);
    // If one of them fails, the drop of those before it ends them.
    for (index, worker) in teams.into_iter().enumerate() {
        let thread = Thread::spawn(format!("proxykit-{index}"), move || worker.begin());
        running.threads.push(thread.map_err(start_error)?);
    }
    let control = control.clone();
    let interval = options.tls_reload_interval;
    let watched = tls.filter(|_| listen.is_some() && !interval.is_zero()).cloned();
    let watch = watched.map(|tls| watch(tls, interval));
    let address = addresses.proxy.clone();
    let thread = Thread::spawn("proxykit-ctl".into(), move || {
        let management = management.map(Worker::begin).transpose()?;
        // Nothing can fail any more, and no check has run yet.
        control.events().tell(|| Event::started(address));
        Ok(run_control(control, management, watch, drained))
    });
    running.threads.push(thread.map_err(start_error)?);
    Ok((running, addresses))
}

/// Health checks, the look at certificates, and a management listener of its own, on a thread that the workers cannot starve.
async fn run_control(
    control: Arc<Control>,
    management: Option<impl Future<Output = usize>>,
    watch: Option<impl Future<Output = ()> + Send + 'static>,
    drained: Drained,
) -> usize {
    let checks = tokio::spawn(supervise(control));
    let watch = watch.map(tokio::spawn);
    match management {
        // Its calls are not requests of the proxy, and none of them is cut off in the count.
        Some(management) => drop(management.await),
        None => drained.begun().await,
    }
    checks.abort();
    if let Some(watch) = watch {
        watch.abort();
    }
    0
}

fn worker_count(options: &ManagerOptions) -> usize {
    match options.workers {
        0 => std::thread::available_parallelism().map_or(1, usize::from),
        workers => workers,
    }
}

pub(super) fn start_error(error: io::Error) -> Error {
    Error::from(ErrorKind::StartFailed).because(error)
}

impl Running {
    /// Whether a thread is one of these.
    pub(super) fn owns(&self, thread: ThreadId) -> bool {
        self.threads.iter().any(|own| own.id() == thread) || self.handlers.owns(thread)
    }

    /// Has all threads end, by the deadline at the latest.
    pub(super) fn drain(&self, deadline: Instant) {
        self.drain.begin(deadline.into());
        self.handlers.close_by(deadline);
    }

    /// Takes the threads out, to be joined by whoever does not hold a lock.
    pub(super) fn take_threads(&mut self) -> Vec<Thread> {
        std::mem::take(&mut self.threads)
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.drain(Instant::now());
        // A start that failed half-way leaves no socket behind. On one of these threads there is nothing to wait for.
        if self.owns(std::thread::current().id()) {
            return self.handlers.abandon();
        }
        for thread in self.take_threads() {
            thread.join();
        }
        self.handlers.close();
    }
}
