//! What each request would note of its key: kept in memory, written in batches, so that a read
//! stays a read.

use rollcall_model::Timestamp;
use rollcall_model::ids::AccessKey;

use crate::{Store, StoreError};

impl Store {
    /// Counts one request of a key.
    pub fn note_use(&self, access_key: &AccessKey, at: Timestamp) {
        todo!("{access_key} {at}")
    }

    /// Writes what was counted since the last time. What a crash takes is counts, nothing else.
    ///
    /// # Errors
    /// [`StoreError::Query`]; the counts are kept for the next time.
    pub async fn flush_uses(&self) -> Result<(), StoreError> {
        todo!()
    }
}
