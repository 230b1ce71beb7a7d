use std::future::Future;
use std::io;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::mpsc;

use super::connection;
use super::drain::Drained;
use super::gate::Gate;
use super::listener::{Listener, Parked, Queue, Stream};
use super::service::Service;
use super::spread::Spread;
use crate::events::LogLevel;
use crate::proxy::Tracker;

/// How long a listener rests when the system gives no connection for want of descriptors or memory.
const REST: Duration = Duration::from_millis(20);

/// Accepts connections and serves them, all on one thread.
pub(crate) struct Worker {
    queue: Option<Queue>,
    spread: Spread<Parked>,
    handed_over: mpsc::Receiver<Parked>,
    service: Arc<Service>,
    drained: Drained,
    gate: Arc<Gate>,
    connections: Arc<Tracker>,
}

impl Worker {
    /// As many workers as `services`; `queues` are one for each, or one for all.
    pub(crate) fn team(
        queues: Vec<Queue>,
        services: Vec<Service>,
        drained: &Drained,
        gate: &Arc<Gate>,
    ) -> Vec<Self> {
        let spreads = Spread::new(services.len(), queues.len() == services.len());
        let mut queues = queues.into_iter();
        let workers = services.into_iter().zip(spreads).map(|(service, (spread, handed_over))| Worker {
            queue: queues.next(),
            spread,
            handed_over,
            service: Arc::new(service),
            drained: drained.clone(),
            gate: gate.clone(),
            connections: Tracker::new(),
        });
        workers.collect()
    }

    /// Makes ready to accept on the present runtime. What it gives works until the drain is over, and says how many
    /// requests and tunnels it cut off.
    pub(crate) fn begin(mut self) -> io::Result<impl Future<Output = usize>> {
        let listener = self.queue.take().map(Queue::listen).transpose()?;
        Ok(self.run(listener))
    }

    async fn run(mut self, listener: Option<Listener>) -> usize {
        self.accept_until_drained(listener.as_ref()).await;
        // Closed now, so that new clients are refused at once and not left waiting.
        drop(listener);
        self.handed_over.close();
        while self.handed_over.try_recv().is_ok() {}
        let requests = self.service.requests().cloned();
        let finished = async {
            self.connections.finished().await;
            // Tunnels have left their connections behind.
            if let Some(requests) = &requests {
                requests.finished().await;
            }
        };
        tokio::select! {
            biased;
            () = finished => 0,
            () = self.drained.deadline() => requests.map_or(0, |requests| requests.count()),
        }
    }

    async fn accept_until_drained(&mut self, listener: Option<&Listener>) {
        let drained = self.drained.clone();
        let mut is_refused = false;
        loop {
            tokio::select! {
                biased;
                () = drained.begun() => return,
                Some(parked) = self.handed_over.recv() => {
                    // A connection that cannot be taken up is closed by its drop: the client sees it at once.
                    if let Ok(stream) = parked.resume() {
                        self.serve(stream);
                    }
                }
                accepted = accept(listener) => match accepted {
                    Ok(stream) => {
                        is_refused = false;
                        self.place(stream);
                    }
                    Err(error) if is_of_one_connection(&error) => {}
                    Err(error) => {
                        // Told once: it is tried again fifty times a second.
                        if !std::mem::replace(&mut is_refused, true) {
                            self.service.events().log(LogLevel::Error, "lifecycle", || {
                                format!("accept failed: {error}")
                            });
                        }
                        tokio::time::sleep(REST).await;
                    }
                },
            }
        }
    }

    fn place(&self, stream: Stream) {
        let Some(idler) = self.spread.idler() else { return self.serve(stream) };
        // As above: what fails here closes this one connection.
        let Ok(parked) = stream.park() else { return };
        if let Err(parked) = self.spread.hand_to(idler, parked)
            && let Ok(stream) = parked.resume()
        {
            self.serve(stream);
        }
    }

    fn serve(&self, stream: Stream) {
        // A client that is not let in is closed at once, and may try again.
        let peer = stream.peer();
        let client = stream.address().filter(|_| !self.service.is_announced(&peer));
        let Some(admitted) = self.gate.admit(client) else { return };
        let held = (self.spread.sit(), self.connections.track());
        let (service, drained) = (self.service.clone(), self.drained.clone());
        match stream {
            Stream::Tcp(stream, _) => {
                tokio::spawn(connection::serve(stream, peer, admitted, service, drained, held))
            }
            #[cfg(unix)]
            Stream::Unix(stream) => {
                tokio::spawn(connection::serve(stream, peer, admitted, service, drained, held))
            }
        };
    }
}

/// The next connection; never one where there is no listener.
async fn accept(listener: Option<&Listener>) -> io::Result<Stream> {
    match listener {
        Some(listener) => listener.accept().await,
        None => std::future::pending().await,
    }
}

/// Whether an error of accept says something of one connection only, so that the next may be accepted at once.
fn is_of_one_connection(error: &io::Error) -> bool {
    use io::ErrorKind::{ConnectionAborted, ConnectionRefused, ConnectionReset, Interrupted};
    matches!(error.kind(), ConnectionAborted | ConnectionRefused | ConnectionReset | Interrupted)
}
