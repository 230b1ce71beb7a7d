use std::future::Future;
use std::time::Duration;

use rustls::ServerConfig;
use rustls::crypto::ring;
use rustls_pki_types::PrivateKeyDer;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::yield_now;
use tokio::time::advance;
use tokio_rustls::TlsAcceptor;

use super::sweeper::SWEEP_INTERVAL;
use super::*;
use crate::backend::Backends;
use crate::config::{RouteOptions, Target};
use crate::counters::Tally;
use crate::tls::{BackendTls, ClientTls, PlatformRoots};

const DEADLINE: Duration = Duration::from_secs(20);

/// A pool, and the far end of a connection.
struct Bench<P> {
    pool: Arc<Pool>,
    backend: Arc<Backend>,
    connection: Connection,
    peer: P,
}

fn backend(target: &str, tls: Option<BackendTls>) -> Arc<Backend> {
    let place = Backends::default().take_place();
    Backend::new(place, BackendId(1), target.parse().unwrap(), None, tls, None, Tally::default())
}

async fn open(backend: &Backend) -> Connection {
    Connection::open(backend, &[], Protocols::Http1, DEADLINE).await.unwrap()
}

async fn plain() -> Bench<TcpStream> {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let backend = backend(&format!("http://{}", listener.local_addr().unwrap()), None);
    let connection = open(&backend).await;
    let (peer, _) = listener.accept().await.unwrap();
    Bench { pool: Arc::default(), backend, connection, peer }
}

async fn secure() -> Bench<tokio_rustls::server::TlsStream<TcpStream>> {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let target: Target = format!("https://{}", listener.local_addr().unwrap()).parse().unwrap();
    let options = RouteOptions { upstream_verify: false, ..RouteOptions::default() };
    let tls = ClientTls::new(&options, &PlatformRoots::default()).unwrap().to(&target).unwrap();
    let own = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
    let key = PrivateKeyDer::Pkcs8(own.signing_key.serialize_der().into());
    let config = ServerConfig::builder_with_provider(ring::default_provider().into())
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![own.cert.der().clone()], key)
        .unwrap();
    let backend = backend(target.as_str(), Some(tls));
    let accept = async {
        let (stream, _) = listener.accept().await.unwrap();
        TlsAcceptor::from(Arc::new(config)).accept(stream).await.unwrap()
    };
    let (connection, peer) = tokio::join!(open(&backend), accept);
    Bench { pool: Arc::default(), backend, connection, peer }
}

/// The clock stands still meanwhile, since the runtime has always something to do: no sweep can come.
async fn without_time<F: Future>(future: F) -> F::Output {
    let begin = std::time::Instant::now();
    let busy = async {
        while begin.elapsed() < DEADLINE {
            yield_now().await;
        }
    };
    tokio::select! {
        biased;
        output = future => output,
        () = busy => panic!("it waits for the clock"),
    }
}

/// In TLS the peer is told before, or reading fails.
async fn ends(peer: &mut (impl AsyncRead + Unpin)) {
    assert_eq!(peer.read(&mut [0]).await.unwrap(), 0);
}

/// Enough for all tasks that are woken.
async fn rounds() {
    for _ in 0..10 {
        yield_now().await;
    }
}

fn has_dead(pool: &Pool) -> bool {
    pool.lock()
        .shelves
        .values_mut()
        .any(|shelf| shelf.connections.iter_mut().any(|kept| kept.connection.is_closed()))
}

fn is_empty(pool: &Pool) -> bool {
    pool.lock().shelves.values().all(|shelf| shelf.connections.is_empty())
}

#[tokio::test(start_paused = true)]
async fn what_a_backend_ends_is_closed_at_once() {
    let Bench { pool, backend, connection, mut peer } = plain().await;
    without_time(async {
        pool.put(&backend, connection);
        peer.shutdown().await.unwrap();
        ends(&mut peer).await;
    })
    .await;
    assert!(is_empty(&pool));
}

#[tokio::test(start_paused = true)]
async fn one_that_speaks_tls_is_told() {
    let Bench { pool, backend, connection, mut peer } = secure().await;
    without_time(async {
        pool.put(&backend, connection);
        peer.shutdown().await.unwrap();
        ends(&mut peer).await;
    })
    .await;
    assert!(is_empty(&pool));
}

#[tokio::test(start_paused = true)]
async fn what_had_ended_before_is_not_kept() {
    let Bench { pool, backend, mut connection, mut peer } = plain().await;
    without_time(async {
        peer.shutdown().await.unwrap();
        while !connection.is_closed() {
            yield_now().await;
        }
        pool.put(&backend, connection);
        ends(&mut peer).await;
    })
    .await;
    assert!(is_empty(&pool) && !pool.lock().is_swept);
}

/// However much there is to hear, looks are not made without a rest, in which nothing is missed.
#[tokio::test(start_paused = true)]
async fn a_look_is_followed_by_a_rest() {
    let Bench { pool, backend, connection, mut peer } = plain().await;
    let Bench { connection: second, peer: mut second_peer, .. } = plain().await;
    without_time(async {
        pool.put(&backend, connection);
        pool.put(&backend, second);
        peer.shutdown().await.unwrap();
        ends(&mut peer).await;
        second_peer.shutdown().await.unwrap();
        while !has_dead(&pool) {
            yield_now().await;
        }
        rounds().await;
        assert!(!is_empty(&pool));
        advance(Duration::from_millis(2)).await;
        ends(&mut second_peer).await;
    })
    .await;
    assert_eq!(pool.lock().sweeps, 0);
}

#[tokio::test(start_paused = true)]
async fn what_is_idle_for_a_minute_is_closed() {
    let Bench { pool, backend, connection, mut peer } = plain().await;
    without_time(async {
        pool.put(&backend, connection);
        for sweeps in 1..=SWEEPS_TO_LIVE {
            // News do not make it older.
            pool.waker.wake_by_ref();
            rounds().await;
            advance(SWEEP_INTERVAL).await;
            rounds().await;
            assert_eq!(pool.lock().sweeps, sweeps);
            assert!(!is_empty(&pool));
        }
        advance(SWEEP_INTERVAL).await;
        ends(&mut peer).await;
    })
    .await;
    assert!(is_empty(&pool) && !pool.lock().is_swept);
}
