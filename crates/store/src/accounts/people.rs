//! Reading people and their keys. Who may read whom is decided above.

use rollcall_model::account::{Keypair, KeypairPolicy, User};
use rollcall_model::ids::{AccessKey, UserId};

use crate::{Store, StoreError};

impl Store {
    /// A keypair without its secret half.
    ///
    /// # Errors
    /// [`StoreError::Query`].
    pub async fn keypair(&self, access_key: &AccessKey) -> Result<Option<Keypair>, StoreError> {
        todo!("{access_key}")
    }

    /// The person of that e-mail.
    ///
    /// # Errors
    /// [`StoreError::Query`].
    pub async fn user_by_email(&self, email: &str) -> Result<Option<User>, StoreError> {
        todo!("{email}")
    }

    /// The person of that id.
    ///
    /// # Errors
    /// [`StoreError::Query`].
    pub async fn user_by_id(&self, id: UserId) -> Result<Option<User>, StoreError> {
        todo!("{id}")
    }

    /// A policy of keypairs.
    ///
    /// # Errors
    /// [`StoreError::Query`].
    pub async fn policy(&self, name: &str) -> Result<Option<KeypairPolicy>, StoreError> {
        todo!("{name}")
    }
}
