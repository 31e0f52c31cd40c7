//! Password hashes: Argon2id in PHC form. Slow on purpose: call from a blocking thread.

use secrecy::SecretString;

use crate::StoreError;

/// Hashes a password with a random salt.
///
/// # Errors
/// [`StoreError::PasswordHash`].
pub fn hash(password: &SecretString) -> Result<String, StoreError> {
    todo!("{password:?}")
}

/// Whether `password` is the hashed one. A hash that cannot be read fits nothing.
#[must_use]
pub fn verify(password: &SecretString, hash: &str) -> bool {
    todo!("{password:?} {hash}")
}
