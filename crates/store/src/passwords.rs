//! Password hashes: Argon2id in PHC form. Slow on purpose: call from a blocking thread.

use argon2::Argon2;
use argon2::password_hash::phc::PasswordHash;
use argon2::password_hash::{PasswordHasher, PasswordVerifier};
use secrecy::{ExposeSecret, SecretString};

use crate::StoreError;

/// Hashes a password with a random salt.
///
/// # Errors
/// [`StoreError::PasswordHash`].
pub fn hash(password: &SecretString) -> Result<String, StoreError> {
    let hashed = Argon2::default().hash_password(password.expose_secret().as_bytes());
    hashed.map(|hash| hash.to_string()).map_err(|error| StoreError::PasswordHash(error.to_string()))
}

/// Whether `password` is the hashed one. A hash that cannot be read fits nothing.
#[must_use]
pub fn verify(password: &SecretString, hash: &str) -> bool {
    let Ok(hash) = PasswordHash::new(hash) else { return false };
    Argon2::default().verify_password(password.expose_secret().as_bytes(), &hash).is_ok()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn verifies_its_own_hashes_alone() {
        let hashed = hash(&"correct horse".into()).unwrap();
        assert!(hashed.starts_with("$argon2id$"));
        assert!(verify(&"correct horse".into(), &hashed));
        assert!(!verify(&"wrong horse".into(), &hashed));
        assert!(!verify(&"correct horse".into(), "not a hash"));
    }
}
