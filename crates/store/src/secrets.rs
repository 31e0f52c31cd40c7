//! Random halves of keypairs.

use rollcall_model::ids::AccessKey;
use secrecy::SecretString;
use zeroize::Zeroizing;

use crate::StoreError;

const BASE32: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
const URL_SAFE: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

/// `AKIA` and 16 base32 characters.
///
/// # Errors
/// [`StoreError::Random`].
pub fn access_key() -> Result<AccessKey, StoreError> {
    let mut key = "AKIA".to_owned();
    extend(&mut key, BASE32, 16)?;
    Ok(AccessKey(key))
}

/// 40 URL-safe characters, 240 bits.
///
/// # Errors
/// [`StoreError::Random`].
pub fn secret_key() -> Result<SecretString, StoreError> {
    let mut key = String::with_capacity(40);
    extend(&mut key, URL_SAFE, 40)?;
    Ok(SecretString::from(key))
}

/// Both alphabets divide 256, so that each letter is as likely as the other.
fn extend(text: &mut String, alphabet: &[u8], letters: usize) -> Result<(), StoreError> {
    let mut bytes = Zeroizing::new([0_u8; 64]);
    getrandom::fill(&mut bytes[..]).map_err(|error| StoreError::Random(error.to_string()))?;
    text.extend(bytes.iter().take(letters).map(|byte| char::from(alphabet[usize::from(*byte) % alphabet.len()])));
    Ok(())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use secrecy::ExposeSecret;

    use super::*;

    #[test]
    fn halves_have_their_shape_and_differ() {
        assert_eq!((256 % BASE32.len(), 256 % URL_SAFE.len()), (0, 0));
        let (key, secret) = (access_key().unwrap(), secret_key().unwrap());
        let letters = key.as_str().strip_prefix("AKIA").unwrap();
        assert!(letters.len() == 16 && letters.bytes().all(|byte| BASE32.contains(&byte)));
        let secret = secret.expose_secret();
        assert!(secret.len() == 40 && secret.bytes().all(|byte| URL_SAFE.contains(&byte)));
        assert_ne!(key, access_key().unwrap());
    }
}
