//! What the lifecycle loop reads: every session that is not over, and the queue.

use rollcall_model::access::System;
use rollcall_model::ids::SessionId;
use rollcall_model::session::{Kernel, Session};
use serde_json::Value;

use crate::{Store, StoreError};

impl Store {
    /// Sessions that are neither over nor in ERROR, with their kernels, oldest first.
    ///
    /// # Errors
    /// [`StoreError::Query`].
    pub async fn unfinished_sessions(&self, _system: System) -> Result<Vec<(Session, Vec<Kernel>)>, StoreError> {
        todo!()
    }

    /// PENDING sessions, oldest first.
    ///
    /// # Errors
    /// [`StoreError::Query`].
    pub async fn pending_sessions(&self, _system: System) -> Result<Vec<Session>, StoreError> {
        todo!()
    }

    /// Explains why a session still waits. `false` if it no longer does.
    ///
    /// # Errors
    /// [`StoreError::Query`].
    pub async fn note_pending(
        &self,
        _system: System,
        session: SessionId,
        reason: &str,
        status_data: &Value,
    ) -> Result<bool, StoreError> {
        todo!("{session} {reason} {status_data}")
    }
}
