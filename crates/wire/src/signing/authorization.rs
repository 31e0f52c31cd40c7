//! The `Authorization` header.

use std::fmt;

use super::SigningError;

const SCHEMES: [&str; 2] = ["BackendAI", "Sorna"];

/// The header's parts.
#[derive(Clone, PartialEq, Eq)]
pub struct Authorization<'a> {
    /// `signMethod` as written.
    pub method: &'a str,
    /// Access key.
    pub access_key: &'a str,
    /// Signature in hexadecimal.
    pub signature: &'a str,
}

impl fmt::Debug for Authorization<'_> {
    /// Without the signature, which serves for a quarter of an hour.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut debug = f.debug_struct("Authorization");
        debug.field("method", &self.method).field("access_key", &self.access_key).finish_non_exhaustive()
    }
}

/// Whether the header claims to be a signature, rightly or wrongly.
#[must_use]
pub fn is_signature(header: &str) -> bool {
    header.split(' ').next().is_some_and(|scheme| SCHEMES.contains(&scheme))
}

/// Reads the header: `BackendAI signMethod=HMAC-SHA256, credential=<ACCESS_KEY>:<HEX>`; the scheme
/// may be `Sorna` too.
///
/// # Errors
/// [`SigningError`] with the contract's text for the first part that is wrong.
pub fn parse_authorization(header: &str) -> Result<Authorization<'_>, SigningError> {
    let (scheme, parameters) = header.split_once(' ').ok_or(SigningError::MalformedHeader)?;
    if !SCHEMES.contains(&scheme) {
        return Err(SigningError::UnknownScheme);
    }
    let (mut method, mut credential) = (None, None);
    for item in parameters.split(',') {
        let (name, value) = item.trim().split_once('=').ok_or(SigningError::MalformedParameters)?;
        match name {
            "signMethod" => method = Some(value),
            "credential" => credential = value.split_once(':'),
            _ => {}
        }
    }
    match (method, credential) {
        (Some(method), Some((access_key, signature))) => Ok(Authorization { method, access_key, signature }),
        _ => Err(SigningError::MalformedParameters),
    }
}
