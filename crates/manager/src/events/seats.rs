//! How many streams may be open: of one key, and in all. An open stream keeps its connection from
//! giving way to others, so their number is bounded and one more is refused in words.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use rollcall_model::ids::AccessKey;
use rollcall_wire::problem::ProblemType;

use crate::error::ApiError;
use crate::settings::Settings;

/// All seats.
#[derive(Debug)]
pub(crate) struct Seats {
    taken: Arc<Mutex<HashMap<AccessKey, usize>>>,
    of_one: usize,
    of_all: usize,
}

/// One open stream's.
#[derive(Debug)]
pub(crate) struct Seat {
    taken: Arc<Mutex<HashMap<AccessKey, usize>>>,
    key: AccessKey,
}

fn lock(taken: &Mutex<HashMap<AccessKey, usize>>) -> MutexGuard<'_, HashMap<AccessKey, usize>> {
    taken.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Seats {
    /// Half of the connections are kept for requests that end.
    pub(crate) fn new(settings: &Settings) -> Self {
        let of_all = (settings.max_connections / 2).max(1);
        Self { taken: Arc::default(), of_one: settings.streams_per_key, of_all }
    }

    /// A seat for one more stream of this key.
    pub(crate) fn take(&self, key: &AccessKey) -> Result<Seat, ApiError> {
        let mut taken = lock(&self.taken);
        if taken.get(key).copied().unwrap_or(0) >= self.of_one {
            let text = format!("At most {} event streams may be open at once for one key.", self.of_one);
            return Err(ApiError::msg(ProblemType::RateLimitExceeded, text));
        }
        if taken.values().sum::<usize>() >= self.of_all {
            return Err(ApiError::msg(ProblemType::ServiceUnavailable, "Too many event streams are open."));
        }
        *taken.entry(key.clone()).or_default() += 1;
        Ok(Seat { taken: Arc::clone(&self.taken), key: key.clone() })
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        let mut taken = lock(&self.taken);
        match taken.get_mut(&self.key) {
            Some(count) if *count > 1 => *count -= 1,
            _ => drop(taken.remove(&self.key)),
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn seats_are_bounded_and_given_back() {
        let seats = Seats::new(&Settings { max_connections: 6, streams_per_key: 2, ..Settings::default() });
        let refused = |key: &str| seats.take(&key.into()).unwrap_err().into_problem().status();
        let one = seats.take(&"A".into()).unwrap();
        let _two = seats.take(&"A".into()).unwrap();
        assert_eq!(refused("A"), 429);
        let three = seats.take(&"B".into()).unwrap();
        assert_eq!(refused("B"), 503);
        drop(one);
        let _four = seats.take(&"A".into()).unwrap();
        assert_eq!((refused("A"), refused("C")), (429, 503));
        drop(three);
        assert!(seats.take(&"C".into()).is_ok());
    }
}
