//! How many streams may be open: of one key or person, and in all. An open stream keeps its connection from
//! giving way to others, so their number is bounded and one more is refused in words.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use rollcall_model::ids::{AccessKey, UserId};
use rollcall_wire::problem::ProblemType;

use crate::error::ApiError;
use crate::settings::Settings;

/// Whose a stream is: the compatible ones count by key, our own by person.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Holder {
    /// A stream of events.
    Key(AccessKey),
    /// A list that is followed, or a terminal.
    Person(UserId),
}

/// All seats.
#[derive(Debug)]
pub(crate) struct Seats {
    taken: Arc<Mutex<HashMap<Holder, usize>>>,
    of_key: usize,
    of_person: usize,
    of_all: usize,
}

/// One open stream's.
#[derive(Debug)]
pub(crate) struct Seat {
    taken: Arc<Mutex<HashMap<Holder, usize>>>,
    holder: Holder,
}

fn lock(taken: &Mutex<HashMap<Holder, usize>>) -> MutexGuard<'_, HashMap<Holder, usize>> {
    taken.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Seats {
    /// Half of the connections are kept for requests that end.
    pub(crate) fn new(settings: &Settings) -> Self {
        let of_all = (settings.max_connections / 2).max(1);
        let (of_key, of_person) = (settings.streams_per_key, settings.streams_per_person);
        Self { taken: Arc::default(), of_key, of_person, of_all }
    }

    /// A seat for one more stream of events of this key.
    pub(crate) fn take(&self, key: &AccessKey) -> Result<Seat, ApiError> {
        let full = format!("At most {} event streams may be open at once for one key.", self.of_key);
        self.seat(Holder::Key(key.clone()), self.of_key, full)
    }

    /// A seat for one more list that this person follows, or terminal that they open.
    pub(crate) fn take_for(&self, person: UserId) -> Result<Seat, ApiError> {
        let full = format!("You have {} streams open, which is the most: close some.", self.of_person);
        self.seat(Holder::Person(person), self.of_person, full)
    }

    fn seat(&self, holder: Holder, most: usize, full: String) -> Result<Seat, ApiError> {
        let mut taken = lock(&self.taken);
        if taken.get(&holder).copied().unwrap_or(0) >= most {
            return Err(ApiError::msg(ProblemType::RateLimitExceeded, full));
        }
        if taken.values().sum::<usize>() >= self.of_all {
            return Err(ApiError::msg(ProblemType::ServiceUnavailable, "Too many event streams are open."));
        }
        *taken.entry(holder.clone()).or_default() += 1;
        Ok(Seat { taken: Arc::clone(&self.taken), holder })
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        let mut taken = lock(&self.taken);
        match taken.get_mut(&self.holder) {
            Some(count) if *count > 1 => *count -= 1,
            _ => drop(taken.remove(&self.holder)),
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
        let _five = seats.take(&"C".into()).unwrap();
        // All kinds share what there is.
        assert_eq!(seats.take_for(UserId::random()).unwrap_err().into_problem().status(), 503);
    }
}
