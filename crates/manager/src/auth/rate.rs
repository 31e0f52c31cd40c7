//! How many requests a key may make: `rate_limit` in any 900 seconds, counted in this process.
//!
//! A window is made of slices of ten seconds, so that a key costs the same memory at ten requests
//! as at ten thousand.

use std::collections::{HashMap, VecDeque};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use rollcall_model::ids::AccessKey;

/// Length of the window in seconds, as the headers tell it.
pub(crate) const WINDOW_SECONDS: u64 = 900;
const SLICE_SECONDS: u64 = 10;
/// Above this many keys, those that have not asked for a whole window are forgotten.
const PRUNE_ABOVE: usize = 1024;

/// Where a key stands after a request was counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Standing {
    pub(crate) limit: u64,
    pub(crate) remaining: u64,
}

/// The counts of all keys.
#[derive(Debug)]
pub(crate) struct RateLimits {
    origin: Instant,
    windows: Mutex<HashMap<AccessKey, VecDeque<(u64, u64)>>>,
}

impl Default for RateLimits {
    fn default() -> Self {
        Self { origin: Instant::now(), windows: Mutex::default() }
    }
}

impl RateLimits {
    /// Counts a request of `key`; `None` if it is one too many, which is then not counted.
    pub(crate) fn count(&self, key: &AccessKey, limit: u64) -> Option<Standing> {
        self.count_at(key, limit, self.origin.elapsed())
    }

    fn count_at(&self, key: &AccessKey, limit: u64, at: Duration) -> Option<Standing> {
        let slice = at.as_secs() / SLICE_SECONDS;
        let oldest = slice.saturating_sub(WINDOW_SECONDS / SLICE_SECONDS);
        let mut windows = self.windows.lock().unwrap_or_else(PoisonError::into_inner);
        if windows.len() > PRUNE_ABOVE && !windows.contains_key(key) {
            windows.retain(|_, slices| slices.back().is_some_and(|(last, _)| *last > oldest));
        }
        let slices = windows.entry(key.clone()).or_default();
        while slices.front().is_some_and(|(first, _)| slice >= *first + WINDOW_SECONDS / SLICE_SECONDS) {
            slices.pop_front();
        }
        let used: u64 = slices.iter().map(|(_, count)| count).sum();
        if used >= limit {
            return None;
        }
        match slices.back_mut() {
            Some((last, count)) if *last == slice => *count += 1,
            _ => slices.push_back((slice, 1)),
        }
        Some(Standing { limit, remaining: limit - used - 1 })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_window_rolls() {
        let limits = RateLimits::default();
        let key = AccessKey::from("AKIA");
        let at = |seconds| limits.count_at(&key, 2, Duration::from_secs(seconds)).map(|standing| standing.remaining);
        assert_eq!(at(0), Some(1));
        assert_eq!(at(450), Some(0));
        assert_eq!(at(899), None);
        assert_eq!(at(900), Some(0));
        assert_eq!(at(1349), None);
        assert_eq!(at(1350), Some(0));
    }

    #[test]
    fn a_limit_of_none_lets_nothing_through() {
        assert_eq!(RateLimits::default().count(&AccessKey::from("AKIA"), 0), None);
    }
}
