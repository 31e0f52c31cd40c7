//! When a lost connection is made again: soon at first, then ever later.

use std::time::Duration;

use tokio::time::Instant;

use crate::repeat::fraction;

/// About the first pause; it doubles with each failure in a row.
const FIRST: Duration = Duration::from_millis(500);

/// The pauses of one connection that is kept.
#[derive(Debug)]
pub(crate) struct Backoff {
    longest: Duration,
    /// In a row.
    failures: u32,
    due: Instant,
}

impl Backoff {
    /// The first attempt is due at once.
    pub(crate) fn new(longest: Duration) -> Self {
        Self { longest, failures: 0, due: Instant::now() }
    }

    /// Waits until the next attempt is due. Dropping the future loses nothing.
    pub(crate) async fn wait(&self) {
        tokio::time::sleep_until(self.due).await;
    }

    /// The connection was lost, or could not be made; the server may ask for a longer pause.
    pub(crate) fn failed(&mut self, asked: Option<Duration>) {
        let pause = FIRST.saturating_mul(1 << self.failures.min(8)).min(self.longest);
        // Those who lost it together must not come again together: half of the pause is random.
        let pause = pause / 2 + pause.mul_f64(fraction() / 2.0);
        self.failures = self.failures.saturating_add(1);
        self.due = Instant::now() + pause.max(asked.unwrap_or_default());
    }

    /// Something came over it.
    pub(crate) fn works(&mut self) {
        self.failures = 0;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn pauses_grow_to_a_bound_and_begin_anew() {
        let mut backoff = Backoff::new(Duration::from_secs(4));
        let pause = |backoff: &Backoff| backoff.due - Instant::now();
        assert_eq!(pause(&backoff), Duration::ZERO);
        for (least, most) in [(250, 500), (500, 1000), (1000, 2000), (2000, 4000), (2000, 4000)] {
            backoff.failed(None);
            let pause = pause(&backoff);
            assert!((Duration::from_millis(least)..=Duration::from_millis(most)).contains(&pause), "{pause:?}");
        }
        backoff.works();
        backoff.failed(None);
        assert!(pause(&backoff) <= Duration::from_millis(500));
        backoff.failed(Some(Duration::from_secs(9)));
        assert_eq!(pause(&backoff), Duration::from_secs(9));
        backoff.wait().await;
        assert_eq!(pause(&backoff), Duration::ZERO);
    }
}
