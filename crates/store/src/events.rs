//! The event feed. Numbers follow commit order: whoever has seen number n has missed nothing
//! below it.

use rollcall_model::access::System;
use rollcall_model::event::Event;

use crate::{Store, StoreError};

impl Store {
    /// Events after a number, oldest first.
    ///
    /// # Errors
    /// [`StoreError::Query`].
    pub async fn events_after(&self, _system: System, number: i64, limit: u32) -> Result<Vec<Event>, StoreError> {
        todo!("{number} {limit}")
    }

    /// The newest number; 0 when nothing happened yet.
    ///
    /// # Errors
    /// [`StoreError::Query`].
    pub async fn last_event(&self, _system: System) -> Result<i64, StoreError> {
        todo!()
    }

    /// Wakes after each change committed by this process. The value only says "look again".
    #[must_use]
    pub fn watch(&self) -> tokio::sync::watch::Receiver<u64> {
        todo!()
    }
}
