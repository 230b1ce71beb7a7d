//! Floods over HTTP/2: frames that cost their sender nothing. The proxy's work and memory stay bounded, and others are served.
#![cfg(target_os = "linux")]

mod peer;

use std::fs;

use proxykit_core::{Manager, ManagerOptions, RouteOptions};
use proxykit_tests::backend::Backend;
use proxykit_tests::client::{self, Request};
use proxykit_tests::wait;

use peer::{
    CONTINUATION, DATA, END_HEADERS, END_STREAM, Flooded, GET, HEADERS, PING, POST, Peer, RST_STREAM,
    SETTINGS, fields, frame, stream,
};

/// How much the memory may grow during a flood, in KiB: the windows and buffers of one connection, and what the heap leaves behind.
const MOST_GROWTH: usize = 24 * 1024;

/// A flood, and whether the proxy has to end the connection.
type Flood = (&'static str, fn(&str) -> (Peer, Flooded), bool);

const FLOODS: &[Flood] = &[
    ("streams that are reset at once (CVE-2023-44487)", rapid_reset, true),
    ("a head without an end (CVE-2024-27316)", continuation, true),
    ("settings", settings, false),
    ("pings", pings, false),
    ("empty pieces of a body that nobody reads", empty_data, true),
    ("fields that grow when they are unpacked", hpack_bomb, true),
    ("answers that are asked for and not taken", closed_windows, false),
    ("windows of one byte", tiny_windows, false),
];

#[test]
fn a_flood_costs_its_sender_only() {
    let backend = Backend::start(env!("CARGO_BIN_EXE_sample-backend"), "a").unwrap();
    let manager = Manager::new(ManagerOptions { workers: 1, ..ManagerOptions::default() }).unwrap();
    let options = RouteOptions { health_check: None, ..RouteOptions::default() };
    manager.add_route("/", [backend.target()], options).unwrap();
    manager.start("127.0.0.1:0").unwrap();
    let address = manager.address().unwrap();
    for (name, flood, must_end) in FLOODS {
        let before = resident();
        let (mut peer, flooded) = flood(&address);
        // The one worker serves others while the connection is there.
        let answer = client::send(&address, &Request::get("/").header("Connection", "close"));
        assert_eq!(answer.unwrap_or_else(|error| panic!("{name}: {error}")).status(), 200, "{name}");
        let grown = resident().saturating_sub(before);
        assert!(grown < MOST_GROWTH, "{name}: the memory grew by {grown} KiB ({flooded:?})");
        if *must_end {
            assert!(flooded == Flooded::Ended || peer.is_ended(wait::DEADLINE), "{name}: {flooded:?}");
        }
        drop(peer);
        wait::until_true("the requests of the flood end", || {
            manager.list_backends("/").unwrap()[0].in_flight == 0
        });
    }
}

fn rapid_reset(address: &str) -> (Peer, Flooded) {
    let mut peer = Peer::connect(address, &[]);
    let head = fields(GET, &[]);
    let flooded = peer.flood(200_000, |number| {
        let reset = frame(RST_STREAM, 0, stream(number), &8u32.to_be_bytes());
        [frame(HEADERS, END_HEADERS | END_STREAM, stream(number), &head), reset].concat()
    });
    (peer, flooded)
}

fn continuation(address: &str) -> (Peer, Flooded) {
    let mut peer = Peer::connect(address, &[]);
    let more = fields(GET, &[("x", "y")])[3..].to_vec().repeat(500);
    let flooded = peer.flood(20_000, |number| match number {
        0 => frame(HEADERS, END_STREAM, 1, &fields(GET, &[])),
        _ => frame(CONTINUATION, 0, 1, &more),
    });
    (peer, flooded)
}

fn settings(address: &str) -> (Peer, Flooded) {
    let mut peer = Peer::connect(address, &[]);
    let flooded = peer.flood(1_000_000, |_| frame(SETTINGS, 0, 0, &[]));
    (peer, flooded)
}

fn pings(address: &str) -> (Peer, Flooded) {
    let mut peer = Peer::connect(address, &[]);
    let flooded = peer.flood(1_000_000, |_| frame(PING, 0, 0, &[0; 8]));
    (peer, flooded)
}

fn empty_data(address: &str) -> (Peer, Flooded) {
    let mut peer = Peer::connect(address, &[]);
    let head = fields(POST, &[("x-sample", "gate=never")]);
    let flooded = peer.flood(1_000_000, |number| match number {
        0 => frame(HEADERS, END_HEADERS, 1, &head),
        _ => frame(DATA, 0, 1, &[]),
    });
    (peer, flooded)
}

fn hpack_bomb(address: &str) -> (Peer, Flooded) {
    let mut peer = Peer::connect(address, &[]);
    // A field of 3000 bytes is put into the table once (RFC 7541, section 6.2.1), and named with one byte each time.
    let mut first = fields(GET, &[]);
    first.extend([0x40, 1, b'x', 0x7f, 0xb9, 0x16]);
    first.extend([b'y'; 3000]);
    let names = [&fields(GET, &[])[..], &[0xbe; 10_000]].concat();
    let flooded = peer.flood(1_000, |number| {
        let block = if number == 0 { &first } else { &names };
        frame(HEADERS, END_HEADERS | END_STREAM, stream(number), block)
    });
    (peer, flooded)
}

/// Asks on many streams for what will not be taken.
fn ask(address: &str, window: u32) -> (Peer, Flooded) {
    // SETTINGS_INITIAL_WINDOW_SIZE.
    let mut peer = Peer::connect(address, &[&4u16.to_be_bytes()[..], &window.to_be_bytes()].concat());
    let head = fields(GET, &[("x-sample", "bytes=10000000")]);
    let flooded = peer.flood(100, |number| frame(HEADERS, END_HEADERS | END_STREAM, stream(number), &head));
    (peer, flooded)
}

fn closed_windows(address: &str) -> (Peer, Flooded) {
    ask(address, 0)
}

fn tiny_windows(address: &str) -> (Peer, Flooded) {
    ask(address, 1)
}

/// The memory that this process has, in KiB.
fn resident() -> usize {
    let status = fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap();
    line.trim().strip_suffix(" kB").unwrap().trim().parse().unwrap()
}
