//! Totals of the list: signed rows inserted with each change and folded later. No session's
//! transaction updates a row that others share.

use rollcall_model::access::System;

use crate::{Store, StoreError};

/// A total that is not what counting gives.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mismatch {
    /// Which total, in words.
    pub subject: String,
    /// By the counters.
    pub counter: i64,
    /// By counting.
    pub counted: i64,
}

impl Store {
    /// Merges the rows of each total into one.
    ///
    /// # Errors
    /// [`StoreError::Query`].
    pub async fn fold_counters(&self, _system: System) -> Result<(), StoreError> {
        todo!()
    }

    /// Compares every total with counting; empty when all agree.
    ///
    /// # Errors
    /// [`StoreError::Query`].
    pub async fn counters_match(&self, _system: System) -> Result<Vec<Mismatch>, StoreError> {
        todo!()
    }
}
