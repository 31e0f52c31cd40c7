//! Until when sessions are left that a limit found overdue: what is told of their end is what the duty goes by.

use std::collections::{HashMap, HashSet};
use std::sync::{Mutex, MutexGuard, PoisonError};

use rollcall_model::Timestamp;
use rollcall_model::ids::SessionId;

/// Those whose end comes later than their limits say.
#[derive(Debug, Default)]
pub(crate) struct Reprieves(Mutex<HashMap<SessionId, Timestamp>>);

impl Reprieves {
    /// A session ends not before this; `None`: when its limits say.
    pub(crate) fn set(&self, session: SessionId, until: Option<Timestamp>) {
        match until {
            Some(until) => self.lock().insert(session, until),
            None => self.lock().remove(&session),
        };
    }

    /// Until when a session is left, where that is later than its limits say.
    pub(crate) fn of(&self, session: SessionId) -> Option<Timestamp> {
        self.lock().get(&session).copied()
    }

    /// Forgets all others.
    pub(crate) fn retain(&self, known: &HashSet<SessionId>) {
        self.lock().retain(|session, _| known.contains(session));
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<SessionId, Timestamp>> {
        // Nothing inside can be left half done, so a panic elsewhere does not spoil it.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
