use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::task::{Context, Waker};

use http::{HeaderMap, StatusCode};

use super::headers::remove_hop_by_hop;

/// How much may wait for the client. Interim answers are hints: what is beyond it is left out.
const MOST_WAITING: usize = 64 * 1024;

/// The interim answers (1xx) on their way to the client of one connection of HTTP/1.1.
///
/// hyper's server has no way to send them, so that they are written below it, between two of its own messages: whoever
/// writes takes them here, and says when nothing of an earlier message is left.
#[derive(Default)]
pub(crate) struct Interim(Mutex<State>);

#[derive(Default)]
struct State {
    bytes: Vec<u8>,
    waker: Option<Waker>,
    /// Whether something was written that may not be the whole of what is due.
    is_within_message: bool,
}

/// One request's right to send interim answers, until its final answer is there: one that comes later would be taken for
/// an answer to the next request.
pub(super) struct Turn {
    interim: Arc<Interim>,
    alive: Arc<()>,
}

/// What a backend's interim answers are given to.
#[derive(Clone)]
pub(super) struct Sender {
    interim: Arc<Interim>,
    alive: Weak<()>,
}

impl Interim {
    /// What is to be written now. If it is nothing, the task is woken when there is something.
    pub(crate) fn take(&self, cx: &Context<'_>) -> Vec<u8> {
        let mut state = self.lock();
        if state.bytes.is_empty() && !state.waker.as_ref().is_some_and(|waker| waker.will_wake(cx.waker())) {
            state.waker = Some(cx.waker().clone());
        }
        std::mem::take(&mut state.bytes)
    }

    /// Says whether the writer stands within a message.
    pub(crate) fn set_within_message(&self, is_within: bool) {
        self.lock().is_within_message = is_within;
    }

    fn push(&self, status: StatusCode, headers: &HeaderMap) {
        let mut state = self.lock();
        // A client that has not even taken the answer before is in no need of hints.
        if state.is_within_message || state.bytes.len() > MOST_WAITING {
            return;
        }
        write_head(&mut state.bytes, status, headers);
        if let Some(waker) = state.waker.take() {
            waker.wake();
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Turn {
    pub(super) fn new(interim: &Arc<Interim>) -> Self {
        Turn { interim: interim.clone(), alive: Arc::new(()) }
    }

    pub(super) fn sender(&self) -> Sender {
        Sender { interim: self.interim.clone(), alive: Arc::downgrade(&self.alive) }
    }
}

impl Sender {
    pub(super) fn send(&self, status: StatusCode, headers: &HeaderMap) {
        if self.alive.strong_count() > 0 {
            self.interim.push(status, headers);
        }
    }
}

/// The values were parsed: no line ends within one of them.
fn write_head(bytes: &mut Vec<u8>, status: StatusCode, headers: &HeaderMap) {
    let mut headers = headers.clone();
    remove_hop_by_hop(&mut headers);
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
        String::from_utf8(interim.take(&Context::from_waker(Waker::noop()))).unwrap()
    }

    #[test]
    fn they_are_sent_between_messages_and_before_the_final_answer() {
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
        interim.set_within_message(true);
        sender.send(StatusCode::EARLY_HINTS, &headers);
        interim.set_within_message(false);
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
