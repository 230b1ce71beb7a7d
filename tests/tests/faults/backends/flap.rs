use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use proxykit_tests::backend::own_address;
use tokio::net::TcpListener;
use tokio::sync::watch;

use super::{Shared, http1};
use crate::fault::Fault;

/// How many requests it takes until it goes.
const REQUESTS: u32 = 15;
const AWAY: Duration = Duration::from_millis(30);
const LOOK: Duration = Duration::from_millis(2);

/// A backend that goes after some requests, with all its connections, and comes back a little later. Without requests it stays.
pub(super) fn start(shared: &Arc<Shared>) -> io::Result<SocketAddr> {
    let first = std::net::TcpListener::bind((own_address(), 0))?;
    let address = first.local_addr()?;
    shared.runtime.spawn(flap(shared.clone(), first));
    Ok(address)
}

async fn flap(shared: Arc<Shared>, first: std::net::TcpListener) {
    let address = first.local_addr().expect("a bound socket has an address");
    drop(first);
    let gone = watch::Sender::new(0);
    loop {
        // The address is this backend's own: it is free again at once.
        let Ok(listener) = TcpListener::bind(address).await else { continue };
        shared.flaps.store(0, Ordering::Relaxed);
        while shared.flaps.load(Ordering::Relaxed) < REQUESTS {
            tokio::select! {
                Ok((stream, _)) = listener.accept() => {
                    let served = http1::serve(stream, Some(Fault::Flap), shared.clone());
                    let mut gone = gone.subscribe();
                    shared.spawn(async move {
                        tokio::select! {
                            _ = gone.changed() => Ok(()),
                            ended = served => ended,
                        }
                    });
                }
                () = tokio::time::sleep(LOOK) => {}
            }
        }
        drop(listener);
        gone.send_modify(|round| *round += 1);
        tokio::time::sleep(AWAY).await;
    }
}
