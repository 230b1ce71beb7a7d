use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use http::{HeaderMap, StatusCode};

use super::headers::remove_hop_by_hop;
use super::present::Present;

/// How much may wait for the client. Interim answers are hints: what is beyond it is left out.
const MOST_WAITING: usize = 64 * 1024;

/// The interim answers (1xx) on their way to the client of one connection of HTTP/1.1.
///
/// They are put here while the request's own task waits for the final answer, which takes them before it writes that one, or
/// waits on. Nearly all answers come without: what all of them pass is a flag, and the lock is for those that have some.
#[derive(Default)]
pub(crate) struct Interim {
    has_some: AtomicBool,
    waiting: Mutex<Vec<u8>>,
}

impl Interim {
    /// Puts what waits behind `out`.
    pub(crate) fn take_into(&self, out: &mut Vec<u8>) {
        if self.has_some.load(Ordering::Acquire) {
            self.has_some.store(false, Ordering::Release);
            out.append(&mut self.lock());
        }
    }

    pub(super) fn send(&self, status: StatusCode, headers: &HeaderMap) {
        let mut waiting = self.lock();
        if waiting.len() <= MOST_WAITING {
            write_head(&mut waiting, status, headers);
            self.has_some.store(true, Ordering::Release);
        }
    }

    fn lock(&self) -> MutexGuard<'_, Vec<u8>> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The values were parsed: no line ends within one of them.
fn write_head(bytes: &mut Vec<u8>, status: StatusCode, headers: &HeaderMap) {
    let mut headers = headers.clone();
    let present = Present::of(&headers);
    remove_hop_by_hop(&mut headers, present);
    bytes.extend_from_slice(format!("HTTP/1.1 {status}\r\n").as_bytes());
    for (name, value) in &headers {
        bytes.extend_from_slice(name.as_str().as_bytes());
        bytes.extend_from_slice(b": ");
        bytes.extend_from_slice(value.as_bytes());
        bytes.extend_from_slice(b"\r\n");
    }
    bytes.extend_from_slice(b"\r\n");
}

#[cfg(test)]
mod tests {
    use super::*;

    fn taken(interim: &Interim) -> String {
        let mut bytes = Vec::new();
        interim.take_into(&mut bytes);
        String::from_utf8(bytes).unwrap()
    }

    #[test]
    fn they_are_taken_in_order_and_once() {
        let interim = Interim::default();
        let mut headers = HeaderMap::new();
        headers.insert("link", "</a.css>; rel=preload".parse().unwrap());
        headers.insert("connection", "x-own".parse().unwrap());
        headers.insert("x-own", "1".parse().unwrap());
        interim.send(StatusCode::EARLY_HINTS, &headers);
        interim.send(StatusCode::PROCESSING, &HeaderMap::new());
        let expected =
            "HTTP/1.1 103 Early Hints\r\nlink: </a.css>; rel=preload\r\n\r\nHTTP/1.1 102 Processing\r\n\r\n";
        assert_eq!(taken(&interim), expected);
        assert_eq!(taken(&interim), "");
    }

    #[test]
    fn what_waits_is_bounded() {
        let interim = Interim::default();
        for _ in 0..100_000 {
            interim.send(StatusCode::PROCESSING, &HeaderMap::new());
        }
        assert!(taken(&interim).len() < MOST_WAITING + 1000);
    }
}
