//! Who opened the terminal of somebody else's session.

use rollcall_model::Timestamp;
use rollcall_model::ids::SessionId;
use rollcall_model::terminal::OpenTerminal;

use super::advance::locked_session;
use super::write::insert_history;
use crate::engine::retrying;
use crate::founding::HistoryEntry;
use crate::{Store, StoreError};

impl Store {
    /// Writes into a session's history that `who` opened its terminal; `false` where the proof reaches no
    /// such session.
    ///
    /// # Errors
    /// [`StoreError::Query`].
    pub async fn note_visit(
        &self,
        may: &OpenTerminal,
        session: SessionId,
        who: &str,
        at: Timestamp,
    ) -> Result<bool, StoreError> {
        retrying!(self.try_note_visit(may, session, who, at))
    }

    async fn try_note_visit(
        &self,
        may: &OpenTerminal,
        id: SessionId,
        who: &str,
        at: Timestamp,
    ) -> Result<bool, StoreError> {
        let mut tx = self.begin().await?;
        let Some(session) = locked_session(&mut tx, may.scope(), id).await? else { return Ok(false) };
        let reason = Some(format!("terminal opened by {who}"));
        let entry = HistoryEntry { step: None, from: Some(session.status), to: session.status, reason, at };
        insert_history(&mut tx, id, &entry).await?;
        self.commit(tx).await?;
        Ok(true)
    }
}
