//! What the lifecycle loop reads: every session that is not over, and the queue.

use rollcall_model::access::System;
use rollcall_model::ids::SessionId;
use rollcall_model::session::{Kernel, Session, Waiting};
use serde_json::Value;

use super::rows::{SessionRow, select_sessions, sessions};
use crate::codec::text;
use crate::engine::{reading, retrying, run};
use crate::error::Doing;
use crate::{Store, StoreError};

/// Why a session still waits.
#[derive(Clone, Debug, PartialEq)]
pub struct PendingNote {
    /// For people.
    pub waiting: Waiting,
    /// What a try came to; `None` if it was not tried.
    pub tried: Option<FailedTry>,
}

/// What a try to schedule a session came to, in the contract's words.
#[derive(Clone, Debug, PartialEq)]
pub struct FailedTry {
    /// Reason.
    pub status_info: String,
    /// Details (`session-lifecycle.md` §4.1, §4.3).
    pub status_data: Value,
}

impl Store {
    /// Sessions that are neither over nor in ERROR, with their kernels, oldest first.
    ///
    /// # Errors
    /// [`StoreError::Query`].
    pub async fn unfinished_sessions(&self, system: System) -> Result<Vec<(Session, Vec<Kernel>)>, StoreError> {
        let sql = select_sessions!("WHERE s.status IN (0, 1, 2, 3, 4, 5, 6, 7, 8, 9) ORDER BY s.created_at, s.id");
        let rows = reading!(self, db => sqlx::query_as::<_, SessionRow>(sql).fetch_all(db).await);
        let sessions = sessions(rows.doing("reading unfinished sessions")?)?;
        let ids: Vec<SessionId> = sessions.iter().map(|session| session.id).collect();
        let mut kernels = self.kernels_of(&system.scope(), &ids).await?;
        let with_kernels = |session: Session| {
            let own = kernels.remove(&session.id).unwrap_or_default();
            (session, own)
        };
        Ok(sessions.into_iter().map(with_kernels).collect())
    }

    /// PENDING sessions, oldest first.
    ///
    /// # Errors
    /// [`StoreError::Query`].
    pub async fn pending_sessions(&self, _system: System) -> Result<Vec<Session>, StoreError> {
        let sql = select_sessions!("WHERE s.status = 0 ORDER BY s.created_at, s.id");
        let rows = reading!(self, db => sqlx::query_as::<_, SessionRow>(sql).fetch_all(db).await);
        sessions(rows.doing("reading the queue")?)
    }

    /// Explains why a session still waits. `false` if it no longer does.
    ///
    /// # Errors
    /// [`StoreError::Query`].
    pub async fn note_pending(&self, _system: System, id: SessionId, note: &PendingNote) -> Result<bool, StoreError> {
        retrying!(self.try_note_pending(id, note))
    }

    async fn try_note_pending(&self, id: SessionId, note: &PendingNote) -> Result<bool, StoreError> {
        let mut tx = self.begin().await?;
        let act = "UPDATE sessions SET waiting = $2 WHERE id = $1 AND status = 0";
        let noted = run!(&mut tx, "telling people why a session waits", act, id.0, text(&note.waiting))?;
        if let Some(tried) = &note.tried {
            let (info, data) = (tried.status_info.as_str(), text(&tried.status_data));
            let act = "UPDATE sessions SET status_info = $2, status_data = $3 WHERE id = $1 AND status = 0";
            run!(&mut tx, "explaining why a session waits", act, id.0, info, data.as_str())?;
            let act = "UPDATE kernels SET status_info = $2, status_data = $3 WHERE session_id = $1 AND status = 0";
            run!(&mut tx, "explaining why a kernel waits", act, id.0, info, data.as_str())?;
        }
        // Nobody is woken: the queue's own notes must not make the loop look at the queue again.
        tx.commit().await?;
        Ok(noted > 0)
    }
}
