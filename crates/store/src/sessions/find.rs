//! Sessions by what people type: id, name, or the beginning of either (`rest.md` §0).

use rollcall_model::access::{Operation, Permit};
use rollcall_model::session::Session;

use crate::{Store, StoreError};

/// Whether TERMINATED and CANCELLED sessions are found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Dead {
    /// They are not.
    Skip,
    /// They are; the live one of an exact name comes alone.
    Include,
}

impl Store {
    /// The first non-empty set of: session id prefix, exact name, name prefix, kernel id prefix.
    /// At most ten, newest first. Nothing in `reference` is wild.
    ///
    /// # Errors
    /// [`StoreError::Query`].
    pub async fn find_sessions<O: Operation>(
        &self,
        permit: &Permit<O>,
        reference: &str,
        dead: Dead,
    ) -> Result<Vec<Session>, StoreError> {
        todo!("{:?} {reference} {dead:?}", permit.owner())
    }
}
