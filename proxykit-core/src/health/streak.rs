use crate::config::HealthCheck;

/// How many observations in a row contradicted the present health.
#[derive(Debug, Default)]
pub(super) struct Streak(u32);

impl Streak {
    /// Takes one observation in; the new health if it flips.
    ///
    /// A backend falls after `fall` failures in a row and rises after `rise` successes in a row; one observation
    /// that agrees with its present health begins the count anew.
    pub(super) fn observe(&mut self, healthy: bool, success: bool, check: &HealthCheck) -> Option<bool> {
        if success == healthy {
            self.0 = 0;
            return None;
        }
        self.0 += 1;
        let needed = if healthy { check.fall } else { check.rise };
        if self.0 < needed {
            return None;
        }
        self.0 = 0;
        Some(success)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn run(rise: u32, fall: u32, observations: &[bool]) -> Vec<bool> {
        let check = HealthCheck { rise, fall, ..HealthCheck::default() };
        let (mut streak, mut healthy) = (Streak::default(), true);
        let mut history = Vec::new();
        for success in observations {
            healthy = streak.observe(healthy, *success, &check).unwrap_or(healthy);
            history.push(healthy);
        }
        history
    }

    #[test]
    fn it_takes_so_many_in_a_row() {
        let observations = [false, true, false, false, true, false, true, true, true];
        assert_eq!(run(3, 2, &observations), [true, true, true, false, false, false, false, false, true]);
        assert_eq!(run(1, 1, &observations), observations);
    }

    proptest! {
        #[test]
        fn a_flip_follows_a_full_streak(
            rise in 1u32..5, fall in 1u32..5, observations in prop::collection::vec(any::<bool>(), 0..60),
        ) {
            let history = run(rise, fall, &observations);
            for index in 0..history.len() {
                let before = index == 0 || history[index - 1];
                if history[index] != before {
                    let needed = if before { fall } else { rise } as usize;
                    prop_assert!(index + 1 >= needed);
                    prop_assert!(observations[index + 1 - needed..=index].iter().all(|success| *success != before));
                }
            }
        }
    }
}
