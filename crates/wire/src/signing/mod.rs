//! Request signing (`signing.md` §1 to §4): how a client signs, how a server reads and verifies.

mod authorization;
mod canonical;
mod error;
mod received;
#[cfg(test)]
mod tests;

use chrono::{DateTime, FixedOffset};
use rollcall_model::date::parse_date;
use secrecy::SecretString;

pub use authorization::{Authorization, is_signature, parse_authorization};
pub use canonical::{Hash, ToSign, VersionHeader};
pub use error::SigningError;
pub use received::{DateWritten, Received, SigningPolicy, check_date, read};

/// Header with the date where a browser forbids `Date`.
pub const DATE_HEADER: &str = "x-backendai-date";
/// Header with the API version.
pub const VERSION_HEADER: &str = "x-backendai-version";
/// Older spelling of [`DATE_HEADER`].
pub const LEGACY_DATE_HEADER: &str = "x-sorna-date";
/// Older spelling of [`VERSION_HEADER`].
pub const LEGACY_VERSION_HEADER: &str = "x-sorna-version";
/// What a missing content type counts as.
pub const DEFAULT_CONTENT_TYPE: &str = "application/octet-stream";
/// How far a date may be from the server's clock: strictly less than this.
pub const WINDOW: chrono::TimeDelta = chrono::TimeDelta::minutes(15);

/// Signs a request and gives the value of its `Authorization` header.
///
/// # Errors
/// [`SigningError::DateSync`] when `to_sign.date` is no date.
pub fn sign(
    to_sign: &ToSign<'_>,
    hash: Hash,
    access_key: &str,
    secret_key: &SecretString,
) -> Result<String, SigningError> {
    let date: DateTime<FixedOffset> = parse_date(to_sign.date).ok_or(SigningError::DateSync)?;
    let signature = to_sign.signature(hash, secret_key, date.date_naive());
    Ok(format!("BackendAI signMethod={}, credential={access_key}:{signature}", hash.method()))
}
