//! Why a request is not taken for signed, with the contract's texts.

use crate::problem::{Problem, ProblemType};

/// Why not, in the order of `signing.md` §2.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SigningError {
    /// No date, no readable date, or one outside the window.
    #[error("Date/time sync error")]
    DateSync,
    /// A route that needs a signature got none.
    #[error("Unauthorized access")]
    Unsigned,
    /// Not two pieces around a blank.
    #[error("Malformed authorization header")]
    MalformedHeader,
    /// Neither `BackendAI` nor `Sorna`.
    #[error("Invalid authorization type name")]
    UnknownScheme,
    /// `signMethod` or `credential` is missing or has not its form.
    #[error("Missing or malformed authorization parameters")]
    MalformedParameters,
    /// No active key of an active person.
    #[error("Access key not found")]
    UnknownKey,
    /// `signMethod` has not the form `x-y`.
    #[error("Invalid signature")]
    InvalidMethod,
    /// Not HMAC, or a hash that is not accepted here.
    #[error("Unsupported signature method")]
    UnsupportedMethod,
    /// No version header.
    #[error("API version missing in request headers")]
    MissingVersion,
    /// Signed with another key, or something else was signed.
    #[error("Signature mismatch")]
    Mismatch,
}

impl From<SigningError> for Problem {
    fn from(error: SigningError) -> Self {
        let kind = match error {
            SigningError::Unsigned
            | SigningError::UnknownKey
            | SigningError::InvalidMethod
            | SigningError::Mismatch => ProblemType::AuthFailed,
            SigningError::DateSync
            | SigningError::MalformedHeader
            | SigningError::UnknownScheme
            | SigningError::MalformedParameters
            | SigningError::UnsupportedMethod
            | SigningError::MissingVersion => ProblemType::InvalidAuthParams,
        };
        Self::new(kind).with_msg(error.to_string())
    }
}
