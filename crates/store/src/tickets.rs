//! Tickets that work once, whichever manager they are brought to.

use rollcall_model::Timestamp;

use crate::codec::micros;
use crate::engine::{retrying, run};
use crate::{Store, StoreError};

impl Store {
    /// Spends a ticket; `false` when it was spent before. Those too old to be brought are forgotten.
    ///
    /// # Errors
    /// [`StoreError::Query`].
    pub async fn spend_ticket(&self, nonce: &[u8], expires_at: Timestamp, now: Timestamp) -> Result<bool, StoreError> {
        retrying!(self.try_spend(nonce, expires_at, now))
    }

    async fn try_spend(&self, nonce: &[u8], expires_at: Timestamp, now: Timestamp) -> Result<bool, StoreError> {
        let mut tx = self.begin().await?;
        let sql = "DELETE FROM spent_tickets WHERE expires_at < $1";
        run!(&mut tx, "forgetting old tickets", sql, micros(now))?;
        let sql = "INSERT INTO spent_tickets (nonce, expires_at) VALUES ($1, $2) ON CONFLICT (nonce) DO NOTHING";
        let spent = run!(&mut tx, "spending a ticket", sql, nonce, micros(expires_at))?;
        // Nobody is woken: it is no news to anyone.
        tx.commit().await?;
        Ok(spent == 1)
    }
}
