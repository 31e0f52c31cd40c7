//! The store itself: opening, and the way to either engine.

use crate::{Keyring, Settings, StoreError};

/// Everything durable. Cheap to clone; every clone is the same database.
#[derive(Clone)]
pub struct Store {}

impl Store {
    /// Opens the database, making and migrating it as needed.
    ///
    /// # Errors
    /// [`StoreError::Open`], [`StoreError::Migrate`], [`StoreError::File`].
    pub async fn open(settings: &Settings, keyring: Keyring) -> Result<Self, StoreError> {
        let _ = keyring;
        todo!("{settings:?}")
    }

    /// Whether the database answers.
    ///
    /// # Errors
    /// [`StoreError::Query`].
    pub async fn ping(&self) -> Result<(), StoreError> {
        todo!()
    }

    /// Waits for running statements and closes every connection.
    pub async fn close(&self) {
        todo!()
    }
}
