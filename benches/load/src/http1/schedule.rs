use std::time::{Duration, Instant};

/// When each request is due. It is settled before the first one, so that a slow answer cannot put off the requests
/// behind it and hide its own effect (coordinated omission, as Gil Tene calls it).
pub(super) struct Schedule {
    start: Instant,
    end: Instant,
    rate: Option<f64>,
    next: u64,
}

impl Schedule {
    /// With a rate in requests per second; without one a request is due whenever it can be sent.
    pub(super) fn new(start: Instant, duration: Duration, rate: Option<f64>) -> Self {
        Schedule { start, end: start + duration, rate, next: 0 }
    }

    /// When the next request is due; none if all are taken.
    pub(super) fn due(&self, now: Instant) -> Option<Instant> {
        let due = match self.rate {
            Some(rate) => self.start + Duration::from_secs_f64(self.next as f64 / rate),
            None => now,
        };
        (due < self.end).then_some(due)
    }

    /// Takes the next request: its number.
    pub(super) fn take(&mut self) -> u64 {
        self.next += 1;
        self.next - 1
    }

    pub(super) fn end(&self) -> Instant {
        self.end
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn requests_are_due_whatever_the_clock_says() {
        let start = Instant::now();
        let mut schedule = Schedule::new(start, Duration::from_secs(1), Some(4.0));
        let late = start + Duration::from_secs(30);
        let mut due = Vec::new();
        while let Some(at) = schedule.due(late) {
            due.push((at - start).as_millis());
            schedule.take();
        }
        assert_eq!(due, [0, 250, 500, 750]);
    }

    #[test]
    fn without_a_rate_they_are_due_at_once_until_the_end() {
        let start = Instant::now();
        let schedule = Schedule::new(start, Duration::from_secs(1), None);
        assert_eq!(schedule.due(start), Some(start));
        assert_eq!(schedule.due(start + Duration::from_secs(1)), None);
    }
}
