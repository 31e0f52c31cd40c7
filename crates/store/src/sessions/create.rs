//! Making and renaming sessions.

use rollcall_model::access::{Create, Permit, Rename};
use rollcall_model::ids::SessionId;
use rollcall_model::session::{Kernel, Session};

use crate::{Store, StoreError};

/// A session to be made, PENDING, with its kernels.
#[derive(Clone, Debug)]
pub struct NewSession {
    /// The session. Owner key, person and domain must be the permit's; e-mail and project name are
    /// not stored with it.
    pub session: Session,
    /// Its kernels, the main one first.
    pub kernels: Vec<Kernel>,
}

/// What came of it.
#[derive(Clone, Debug, PartialEq)]
pub enum CreateOutcome {
    /// Made.
    Created,
    /// The key has a live session of that name: this one. Nothing was changed.
    NameTaken(Session),
}

/// What came of renaming.
#[derive(Clone, Debug, PartialEq)]
pub enum RenameOutcome {
    /// Renamed.
    Renamed,
    /// The key has a live session of that name. Nothing was changed.
    NameTaken,
    /// The session is not RUNNING. Nothing was changed.
    NotRunning,
    /// The permit's key has no such session.
    Gone,
}

impl Store {
    /// Writes a PENDING session with kernels, history, counters and event.
    ///
    /// # Errors
    /// [`StoreError::Query`]; [`StoreError::NotTheirs`] when the session is not of the permit's key.
    pub async fn create_session(&self, permit: &Permit<Create>, new: &NewSession) -> Result<CreateOutcome, StoreError> {
        todo!("{:?} {new:?}", permit.owner())
    }

    /// Gives a RUNNING session another name.
    ///
    /// # Errors
    /// [`StoreError::Query`].
    pub async fn rename_session(
        &self,
        permit: &Permit<Rename>,
        session: SessionId,
        name: &str,
    ) -> Result<RenameOutcome, StoreError> {
        todo!("{:?} {session} {name}", permit.owner())
    }
}
