//! The key that seals secret keys at rest. It lies in a file of its own, outside the database: a
//! copied database opens nothing.

use std::path::Path;

use crate::StoreError;

/// Seals and opens secret keys. Cannot print itself.
#[derive(Clone)]
pub struct Keyring {}

impl Keyring {
    /// Reads the key file, or makes one of mode 0600.
    ///
    /// # Errors
    /// [`StoreError::File`] and [`StoreError::KeyFile`].
    pub fn load_or_create(path: &Path) -> Result<Self, StoreError> {
        todo!("{path:?}")
    }
}
