//! Single sessions, their kernels, history and kept logs, inside a scope.

use std::collections::HashMap;

use rollcall_model::access::Scope;
use rollcall_model::ids::{KernelId, SessionId};
use rollcall_model::session::{Kernel, Session};

use crate::founding::HistoryEntry;
use crate::{Store, StoreError};

impl Store {
    /// A session by id; `None` outside the scope.
    ///
    /// # Errors
    /// [`StoreError::Query`].
    pub async fn session(&self, scope: &Scope, id: SessionId) -> Result<Option<Session>, StoreError> {
        todo!("{scope:?} {id}")
    }

    /// The kernels of sessions inside the scope, the main one first.
    ///
    /// # Errors
    /// [`StoreError::Query`].
    pub async fn kernels_of(
        &self,
        scope: &Scope,
        sessions: &[SessionId],
    ) -> Result<HashMap<SessionId, Vec<Kernel>>, StoreError> {
        todo!("{scope:?} {sessions:?}")
    }

    /// A kernel by id; `None` outside the scope.
    ///
    /// # Errors
    /// [`StoreError::Query`].
    pub async fn kernel(&self, scope: &Scope, id: KernelId) -> Result<Option<Kernel>, StoreError> {
        todo!("{scope:?} {id}")
    }

    /// How a session came to its state, oldest first; empty outside the scope.
    ///
    /// # Errors
    /// [`StoreError::Query`].
    pub async fn history(&self, scope: &Scope, id: SessionId) -> Result<Vec<HistoryEntry>, StoreError> {
        todo!("{scope:?} {id}")
    }

    /// The log kept of an ended kernel.
    ///
    /// # Errors
    /// [`StoreError::Query`].
    pub async fn kernel_log(&self, scope: &Scope, id: KernelId) -> Result<Option<Vec<u8>>, StoreError> {
        todo!("{scope:?} {id}")
    }
}
