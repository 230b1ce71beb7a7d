use std::sync::Arc;

use http::StatusCode;

use super::*;
use crate::error::ErrorKind;

fn count(answers: &Answers, statuses: &[u16]) {
    for status in statuses {
        answers.count(StatusCode::from_u16(*status).unwrap());
    }
}

#[test]
fn each_answer_is_in_its_class() {
    let tally = Tally::default();
    count(tally.answers(), &[101, 200, 204, 299, 301, 404, 429, 500, 503, 999]);
    let counters = tally.read();
    assert_eq!(counters.requests, 10);
    let classes =
        [counters.responses_2xx, counters.responses_3xx, counters.responses_4xx, counters.responses_5xx];
    assert_eq!(classes, [3, 1, 2, 3]);
}

#[test]
fn failures_are_counted_up_to_the_top() {
    let whole = Arc::new(Whole::default());
    let route = Arc::new(Tally::within(whole.tally()));
    let backends = [Tally::within(&route), Tally::within(&route)];
    backends[0].count_failure(ErrorKind::ConnectFailed);
    backends[1].count_failure(ErrorKind::ConnectTimeout);
    backends[1].count_failure(ErrorKind::ResponseTimeout);
    backends[1].count_failure(ErrorKind::UpstreamClosed);
    backends[1].count_retry();
    // The client's doing.
    backends[1].count_failure(ErrorKind::ClientClosed);
    let failures = |counters: Counters| {
        [counters.connect_failures, counters.timeouts, counters.broken_responses, counters.retries]
    };
    assert_eq!(failures(backends[0].read()), [1, 0, 0, 0]);
    assert_eq!(failures(backends[1].read()), [1, 1, 1, 1]);
    assert_eq!(failures(route.read()), [2, 1, 1, 1]);
    assert_eq!(failures(whole.read().counters), [2, 1, 1, 1]);
}

#[test]
fn what_a_worker_has_counted_outlives_it() {
    let whole = Whole::default();
    let parts = [whole.part(), whole.part()];
    count(parts[0].answers(), &[200, 404]);
    count(parts[1].answers(), &[200]);
    let before = whole.read();
    assert_eq!((before.counters.requests, before.counters.responses_2xx), (3, 2));
    let [first, second] = parts;
    drop(first);
    assert_eq!(whole.read(), before);
    // It goes on where another has left off, and beside the one that is there.
    let third = whole.part();
    count(third.answers(), &[200]);
    count(second.answers(), &[500]);
    let counters = whole.read().counters;
    assert_eq!((counters.requests, counters.responses_4xx, counters.responses_5xx), (5, 1, 1));
    assert_eq!(third.answers().read(), [0, 2, 0, 1, 0]);
}
