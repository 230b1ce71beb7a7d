use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Waker};

use http::{HeaderMap, StatusCode};

use super::headers::remove_hop_by_hop;
use super::present::Present;

/// How much may wait for the client. Interim answers are hints: what is beyond it is left out.
const MOST_WAITING: usize = 64 * 1024;

/// The interim answers (1xx) on their way to the client of one connection of HTTP/1.1.
///
/// Who writes to the client takes them here before the answer. Nearly all answers come without: what all of them pass is a
/// few flags, and the lock is for those that have some.
#[derive(Default)]
pub(crate) struct Interim {
    /// Whether something waits.
    needs_a_look: AtomicBool,
    has_waker: AtomicBool,
    /// The number of the turn, which rises with its beginning and with its end: it is odd while one lasts.
    turn: AtomicU64,
    waiting: Mutex<Waiting>,
}

#[derive(Default)]
struct Waiting {
    bytes: Vec<u8>,
    waker: Option<Waker>,
}

/// One request's right to send interim answers, until its final answer is there: one that comes later would be taken for
/// an answer to the next request.
pub(super) struct Turn {
    interim: Arc<Interim>,
    number: u64,
}

/// What a backend's interim answers are given to.
#[derive(Clone)]
pub(super) struct Sender {
    interim: Arc<Interim>,
    turn: u64,
}

impl Interim {
    /// Puts what waits behind `out`. If it is nothing, the task is woken when there is something; it is always the same task,
    /// the connection's own.
    pub(crate) fn take_into(&self, out: &mut Vec<u8>, cx: &Context<'_>) {
        if self.has_waker.load(Ordering::Acquire) && !self.needs_a_look.load(Ordering::Acquire) {
            return;
        }
        let mut waiting = self.lock();
        waiting.waker = Some(cx.waker().clone());
        self.has_waker.store(true, Ordering::Release);
        self.needs_a_look.store(false, Ordering::Release);
        out.append(&mut waiting.bytes);
    }

    fn push(&self, status: StatusCode, headers: &HeaderMap) {
        let mut waiting = self.lock();
        if waiting.bytes.len() > MOST_WAITING {
            return;
        }
        write_head(&mut waiting.bytes, status, headers);
        self.needs_a_look.store(true, Ordering::Release);
        if let Some(waker) = &waiting.waker {
            waker.wake_by_ref();
        }
    }

    fn lock(&self) -> MutexGuard<'_, Waiting> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Turn {
    pub(super) fn new(interim: &Arc<Interim>) -> Self {
        let number = interim.turn.fetch_add(1, Ordering::AcqRel) + 1;
        Turn { interim: interim.clone(), number }
    }

    pub(super) fn sender(&self) -> Sender {
        Sender { interim: self.interim.clone(), turn: self.number }
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        self.interim.turn.fetch_add(1, Ordering::AcqRel);
    }
}

impl Sender {
    pub(super) fn send(&self, status: StatusCode, headers: &HeaderMap) {
        if self.interim.turn.load(Ordering::Acquire) == self.turn {
            self.interim.push(status, headers);
        }
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
    use std::task::Waker;

    use super::*;

    fn taken(interim: &Interim) -> String {
        let mut bytes = Vec::new();
        interim.take_into(&mut bytes, &Context::from_waker(Waker::noop()));
        String::from_utf8(bytes).unwrap()
    }

    #[test]
    fn they_are_sent_before_the_final_answer() {
        let interim = Arc::<Interim>::default();
        let mut headers = HeaderMap::new();
        headers.insert("link", "</a.css>; rel=preload".parse().unwrap());
        headers.insert("connection", "x-own".parse().unwrap());
        headers.insert("x-own", "1".parse().unwrap());
        let turn = Turn::new(&interim);
        let sender = turn.sender();
        sender.send(StatusCode::EARLY_HINTS, &headers);
        sender.send(StatusCode::PROCESSING, &HeaderMap::new());
        let expected =
            "HTTP/1.1 103 Early Hints\r\nlink: </a.css>; rel=preload\r\n\r\nHTTP/1.1 102 Processing\r\n\r\n";
        assert_eq!(taken(&interim), expected);
        assert_eq!(taken(&interim), "");
        drop(turn);
        sender.send(StatusCode::EARLY_HINTS, &headers);
        assert_eq!(taken(&interim), "");
    }

    #[test]
    fn what_waits_is_bounded() {
        let interim = Arc::<Interim>::default();
        let turn = Turn::new(&interim);
        for _ in 0..100_000 {
            turn.sender().send(StatusCode::PROCESSING, &HeaderMap::new());
        }
        assert!(taken(&interim).len() < MOST_WAITING + 1000);
    }
}
