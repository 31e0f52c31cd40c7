//! What each request would note of its key: kept in memory, written in batches, so that a read
//! stays a read.

use std::collections::BTreeMap;
use std::sync::PoisonError;

use rollcall_model::Timestamp;
use rollcall_model::ids::AccessKey;

use crate::codec::micros;
use crate::engine::run;
use crate::store::Uses;
use crate::{Store, StoreError};

impl Store {
    /// Counts one request of a key.
    pub fn note_use(&self, access_key: &AccessKey, at: Timestamp) {
        self.add_uses(access_key.clone(), Uses { count: 1, last: at });
    }

    /// Writes what was counted since the last time. What a crash takes is counts, nothing else.
    ///
    /// # Errors
    /// [`StoreError::Query`]; the counts are kept for the next time.
    pub async fn flush_uses(&self) -> Result<(), StoreError> {
        let noted: BTreeMap<AccessKey, Uses> =
            self.uses().lock().unwrap_or_else(PoisonError::into_inner).drain().collect();
        let written = self.write_uses(&noted).await;
        if written.is_err() {
            noted.into_iter().for_each(|(key, uses)| self.add_uses(key, uses));
        }
        written
    }

    fn add_uses(&self, access_key: AccessKey, more: Uses) {
        // A count is whole at every moment, so a panic elsewhere left nothing half-done.
        let mut all = self.uses().lock().unwrap_or_else(PoisonError::into_inner);
        let uses = all.entry(access_key).or_insert(Uses { count: 0, last: more.last });
        uses.count += more.count;
        uses.last = uses.last.max(more.last);
    }

    /// In the order of the keys, so that two processes never wait for each other's rows.
    async fn write_uses(&self, noted: &BTreeMap<AccessKey, Uses>) -> Result<(), StoreError> {
        if noted.is_empty() {
            return Ok(());
        }
        let mut tx = self.begin().await?;
        for (key, uses) in noted {
            run!(
                &mut tx,
                "noting the use of a key",
                "UPDATE keypairs SET num_queries = num_queries + $2, \
                 last_used = CASE WHEN last_used > $3 THEN last_used ELSE $3 END WHERE access_key = $1",
                key.as_str(),
                uses.count,
                micros(uses.last),
            )?;
        }
        tx.commit().await
    }
}
