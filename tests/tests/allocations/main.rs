//! What a request that is passed on allocates: in a process of its own, whose allocator counts.

mod counter;
mod peer;

use std::io::Write;
use std::net::TcpStream;

use counter::{Counter, Counts};
use proxykit_core::{Manager, ManagerOptions, RouteOptions};

/// The most allocations that a request may cost. Whoever lowers what it costs lowers this too.
const MOST_ALLOCATIONS: f64 = 9.5;
/// The most bytes that it may allocate.
const MOST_BYTES: f64 = 3100.0;

const WARM_UP: usize = 200;
const REQUESTS: usize = 2000;

#[global_allocator]
static COUNTER: Counter = Counter;

#[test]
#[allow(clippy::print_stdout, reason = "who lowers the figure wants to see it")]
fn a_request_allocates_little() {
    // The client is this thread, and the backend another one that does not count itself: what is left is the proxy.
    counter::leave_this_thread_out();
    let backend = peer::serve();
    let manager = Manager::new(ManagerOptions { workers: 1, ..ManagerOptions::default() }).unwrap();
    let options = RouteOptions { health_check: None, ..RouteOptions::default() };
    manager.add_route("/x/", [format!("http://{backend}")], options).unwrap();
    manager.start("127.0.0.1:0").unwrap();
    let mut client = TcpStream::connect(manager.address().unwrap()).unwrap();
    let mut ask = |times| {
        for _ in 0..times {
            client.write_all(b"GET /x/path HTTP/1.1\r\nHost: example\r\nAccept: */*\r\n\r\n").unwrap();
            assert!(peer::read_to(&mut client, peer::BODY));
        }
    };
    ask(WARM_UP);
    let before = Counts::now();
    ask(REQUESTS);
    let all = Counts::now().since(before);
    let each = |count: usize| count as f64 / REQUESTS as f64;
    let (allocations, bytes) = (each(all.allocations), each(all.bytes));
    println!("{allocations:.2} allocations and {bytes:.0} bytes for each request");
    assert!(allocations > 0.0, "nothing was counted");
    assert!(allocations <= MOST_ALLOCATIONS, "{allocations:.2} allocations for each request");
    assert!(bytes <= MOST_BYTES, "{bytes:.0} bytes for each request");
}
