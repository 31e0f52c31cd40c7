//! What authentication asks: one query each, nothing cached, so that switching a person or a key
//! off bites with the next request.

use rollcall_model::access::{Identity, KeyOwner};
use rollcall_model::account::UserStatus;
use rollcall_model::ids::{AccessKey, DomainName, UserId};
use secrecy::SecretString;

use crate::{Store, StoreError};

/// An active key of an active person, with its secret half.
#[derive(Clone, Debug)]
pub struct SigningKey {
    /// Who signs with it.
    pub identity: Identity,
    /// Secret half.
    pub secret: SecretString,
    /// Requests per 900 seconds.
    pub rate_limit: i32,
}

/// A person who wants to log in.
#[derive(Clone)]
pub struct LoginCandidate {
    /// Person.
    pub user_id: UserId,
    /// Argon2id hash in PHC form.
    pub password_hash: String,
    /// Whether they may.
    pub status: UserStatus,
}

impl Store {
    /// The key a request is signed with; `None` unless key, person and domain are active.
    ///
    /// # Errors
    /// [`StoreError::Query`], [`StoreError::Secret`].
    pub async fn signing_key(&self, access_key: &AccessKey) -> Result<Option<SigningKey>, StoreError> {
        todo!("{access_key}")
    }

    /// The person of that e-mail in that domain, whatever their status.
    ///
    /// # Errors
    /// [`StoreError::Query`].
    pub async fn login_candidate(
        &self,
        domain: &DomainName,
        email: &str,
    ) -> Result<Option<LoginCandidate>, StoreError> {
        todo!("{domain} {email}")
    }

    /// The key a log-in hands out: an active one, admin keys first, then the oldest.
    ///
    /// # Errors
    /// [`StoreError::Query`], [`StoreError::Secret`].
    pub async fn login_key(&self, user: UserId) -> Result<Option<(AccessKey, SecretString)>, StoreError> {
        todo!("{user}")
    }

    /// Whose key that is; `None` unless key, person and domain are active.
    ///
    /// # Errors
    /// [`StoreError::Query`].
    pub async fn key_owner(&self, access_key: &AccessKey) -> Result<Option<KeyOwner>, StoreError> {
        todo!("{access_key}")
    }
}
