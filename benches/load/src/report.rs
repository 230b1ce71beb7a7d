use std::time::Duration;

use hdrhistogram::Histogram;
use serde_json::{Map, Value, json};

use crate::Result;

/// A latency beyond this one counts as this one.
const LONGEST: Duration = Duration::from_secs(120);

const QUANTILES: [(&str, f64); 5] =
    [("p50", 0.5), ("p90", 0.9), ("p99", 0.99), ("p99.9", 0.999), ("max", 1.0)];

/// What a run saw.
pub(crate) struct Report {
    /// Answers that came, whole and with the status that was hoped for, those of the warm-up included.
    pub(crate) count: u64,
    /// Requests that had no such answer by the end.
    pub(crate) errors: u64,
    /// From the first request to the last answer.
    pub(crate) elapsed: Duration,
    latencies: Histogram<u64>,
}

impl Report {
    pub(crate) fn new() -> Result<Self> {
        let latencies = Histogram::new_with_max(LONGEST.as_nanos() as u64, 3)?;
        Ok(Report { count: 0, errors: 0, elapsed: Duration::ZERO, latencies })
    }

    /// Counts an answer, and with a latency puts it among those that are measured.
    pub(crate) fn answered(&mut self, latency: Option<Duration>) {
        self.count += 1;
        if let Some(latency) = latency {
            self.latencies.saturating_record(latency.as_nanos() as u64);
        }
    }

    pub(crate) fn print(&self) {
        println!("{}", self.to_json());
    }

    fn to_json(&self) -> Value {
        let quantiles: Map<_, _> = QUANTILES
            .iter()
            .map(|(name, quantile)| {
                (name.to_string(), micros(self.latencies.value_at_quantile(*quantile)).into())
            })
            .collect();
        let seconds = self.elapsed.as_secs_f64();
        json!({
            "count": self.count,
            "errors": self.errors,
            "seconds": seconds,
            "rate": if seconds > 0.0 { self.count as f64 / seconds } else { 0.0 },
            "measured": self.latencies.len(),
            "latency_us": quantiles,
        })
    }
}

fn micros(nanos: u64) -> f64 {
    nanos as f64 / 1e3
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_measured_answers_are_in_the_quantiles() {
        let mut report = Report::new().unwrap();
        report.answered(None);
        for micros in 1..=100 {
            report.answered(Some(Duration::from_micros(micros)));
        }
        let json = report.to_json();
        assert_eq!((json["count"].as_u64(), json["measured"].as_u64()), (Some(101), Some(100)));
        let p50 = json["latency_us"]["p50"].as_f64().unwrap();
        assert!((49.9..50.2).contains(&p50), "{p50}");
    }
}
