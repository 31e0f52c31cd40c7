//! Random texts: passwords, and the halves of keys.

use std::io;

/// Letters and digits.
pub(crate) const ALPHANUMERIC: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";

/// So many letters out of `alphabet`, each as likely as the other.
pub(crate) fn random_text(alphabet: &[u8], length: usize) -> io::Result<String> {
    // Bytes beyond the last whole round of the alphabet would favour its beginning.
    let limit = 256 - 256 % alphabet.len();
    let mut text = String::with_capacity(length);
    let mut bytes = [0_u8; 64];
    while text.len() < length {
        getrandom::fill(&mut bytes).map_err(|error| io::Error::other(error.to_string()))?;
        let fair = bytes.iter().map(|byte| usize::from(*byte)).filter(|byte| *byte < limit);
        text.extend(fair.map(|byte| char::from(alphabet[byte % alphabet.len()])).take(length - text.len()));
    }
    Ok(text)
}
