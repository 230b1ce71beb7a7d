//! A look at the clock that each request can afford.

use std::time::{Duration, Instant};

#[cfg(target_os = "linux")]
use nix::time::{ClockId, clock_getres, clock_gettime};

/// A clock for limits of seconds, which goes in steps.
///
/// On Linux it reads what the kernel noted at its last tick, a few milliseconds ago (`CLOCK_MONOTONIC_COARSE` of clock_gettime(2)): that
/// takes 15 ns where reading the time takes 100, as it does on many virtual machines. It runs ahead by a step, so that no limit
/// ends before its time. Elsewhere it is the system's clock.
#[derive(Debug)]
pub(crate) struct Clock {
    begin: Instant,
    /// How far the time of the last tick is behind at most.
    #[cfg(target_os = "linux")]
    step: Duration,
    /// What the kernel's clock showed at the beginning.
    #[cfg(target_os = "linux")]
    zero: Duration,
}

impl Clock {
    pub(crate) fn now(&self) -> Instant {
        self.begin + self.elapsed()
    }

    /// How many milliseconds have passed since the clock was made, rounded up.
    pub(crate) fn milliseconds(&self) -> u64 {
        self.elapsed().as_micros().div_ceil(1000) as u64
    }

    /// When so many milliseconds had passed.
    pub(crate) fn at(&self, milliseconds: u64) -> Instant {
        self.begin + Duration::from_millis(milliseconds)
    }

    #[cfg(target_os = "linux")]
    fn elapsed(&self) -> Duration {
        match clock_gettime(ClockId::CLOCK_MONOTONIC_COARSE) {
            Ok(tick) => (Duration::from(tick) + self.step).saturating_sub(self.zero),
            Err(_) => self.begin.elapsed(),
        }
    }

    #[cfg(not(target_os = "linux"))]
    fn elapsed(&self) -> Duration {
        self.begin.elapsed()
    }
}

impl Default for Clock {
    #[cfg(target_os = "linux")]
    fn default() -> Self {
        let step = clock_getres(ClockId::CLOCK_MONOTONIC_COARSE).map_or(Duration::ZERO, Duration::from);
        let zero = clock_gettime(ClockId::CLOCK_MONOTONIC).map_or(Duration::ZERO, Duration::from);
        Clock { begin: Instant::now(), step, zero }
    }

    #[cfg(not(target_os = "linux"))]
    fn default() -> Self {
        Clock { begin: Instant::now() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_goes_with_the_time() {
        let clock = Clock::default();
        let far = Duration::from_secs(10);
        for _ in 0..100 {
            let (before, shown) = (Instant::now(), clock.now());
            assert!(shown < Instant::now() + far && shown + far > before);
            let milliseconds = clock.milliseconds();
            assert!(clock.at(milliseconds) >= shown && clock.at(milliseconds) <= clock.now() + far);
        }
        let begin = clock.milliseconds();
        let end = Instant::now() + far;
        while clock.milliseconds() == begin {
            assert!(Instant::now() < end, "it stands");
        }
    }
}
