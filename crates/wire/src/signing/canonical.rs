//! The string that is signed, and the keys it is signed with.

use std::fmt::Write as _;

use chrono::NaiveDate;
use hmac::{Hmac, KeyInit, Mac};
use secrecy::{ExposeSecret, SecretString};
use sha1::Sha1;
use sha2::Sha256;

use super::SigningError;

/// The hash under the HMAC.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Hash {
    /// What every client uses.
    Sha256,
    /// Old clients; a server takes it only if told to.
    Sha1,
}

/// Under which name the version travelled; the name is signed as well.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum VersionHeader {
    /// `X-BackendAI-Version`.
    #[default]
    Current,
    /// `X-Sorna-Version`.
    Legacy,
}

/// Everything a signature covers. Bodies are not covered.
#[derive(Clone, Copy, Debug)]
pub struct ToSign<'a> {
    /// Upper-case method.
    pub method: &'a str,
    /// Path and query exactly as they travel.
    pub target: &'a str,
    /// Value of the date header, byte for byte.
    pub date: &'a str,
    /// Value of the host header.
    pub host: &'a str,
    /// Media type without parameters.
    pub content_type: &'a str,
    /// API version.
    pub version: &'a str,
    /// Header the version travels in.
    pub version_header: VersionHeader,
}

impl Hash {
    /// The value of `signMethod`.
    #[must_use]
    pub fn method(self) -> &'static str {
        match self {
            Self::Sha256 => "HMAC-SHA256",
            Self::Sha1 => "HMAC-SHA1",
        }
    }

    /// The hash of no bytes, in hexadecimal. It stands where a body's hash once stood.
    #[must_use]
    pub fn of_nothing(self) -> &'static str {
        match self {
            Self::Sha256 => "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
            Self::Sha1 => "da39a3ee5e6b4b0d3255bfef95601890afd80709",
        }
    }

    /// Reads a `signMethod` in any case.
    ///
    /// # Errors
    /// [`SigningError::InvalidMethod`] if it has not the form `x-y`,
    /// [`SigningError::UnsupportedMethod`] for any other MAC or hash.
    pub fn parse(method: &str) -> Result<Self, SigningError> {
        let (mac, hash) = method.split_once('-').ok_or(SigningError::InvalidMethod)?;
        if hash.contains('-') {
            return Err(SigningError::InvalidMethod);
        }
        match (mac.to_ascii_lowercase().as_str(), hash.to_ascii_lowercase().as_str()) {
            ("hmac", "sha256") => Ok(Self::Sha256),
            ("hmac", "sha1") => Ok(Self::Sha1),
            _ => Err(SigningError::UnsupportedMethod),
        }
    }

    fn mac(self, key: &[u8], message: &[u8]) -> Vec<u8> {
        match self {
            Self::Sha256 => mac::<Hmac<Sha256>>(key, message),
            Self::Sha1 => mac::<Hmac<Sha1>>(key, message),
        }
    }
}

#[expect(clippy::expect_used, reason = "HMAC takes keys of any length")]
fn mac<M: Mac + KeyInit>(key: &[u8], message: &[u8]) -> Vec<u8> {
    let mut mac = <M as KeyInit>::new_from_slice(key).expect("HMAC takes keys of any length");
    mac.update(message);
    mac.finalize().into_bytes().to_vec()
}

impl VersionHeader {
    fn as_str(self) -> &'static str {
        match self {
            Self::Current => super::VERSION_HEADER,
            Self::Legacy => super::LEGACY_VERSION_HEADER,
        }
    }
}

impl ToSign<'_> {
    /// The seven lines, without a line feed at the end.
    #[must_use]
    pub fn canonical(&self, hash: Hash) -> String {
        let Self { method, target, date, host, content_type, version, version_header } = self;
        let version_header = version_header.as_str();
        let of_nothing = hash.of_nothing();
        format!(
            "{method}\n{target}\n{date}\nhost:{host}\ncontent-type:{content_type}\n{version_header}:{version}\n{of_nothing}"
        )
    }

    /// The signature in lower-case hexadecimal. `day` is the date's calendar day in the zone it
    /// was written in.
    #[must_use]
    pub fn signature(&self, hash: Hash, secret_key: &SecretString, day: NaiveDate) -> String {
        let key = signing_key(hash, secret_key, day, self.host);
        hex(&hash.mac(&key, self.canonical(hash).as_bytes()))
    }
}

/// The key for one day and host.
pub(super) fn signing_key(hash: Hash, secret_key: &SecretString, day: NaiveDate, host: &str) -> Vec<u8> {
    let of_day = hash.mac(secret_key.expose_secret().as_bytes(), day.format("%Y%m%d").to_string().as_bytes());
    hash.mac(&of_day, host.as_bytes())
}

pub(super) fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
        // Writing to a String cannot fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}
