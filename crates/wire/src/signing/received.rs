//! The server's side: what of a request was signed, and whether the signature fits.

use std::fmt;

use chrono::NaiveDate;
use http::HeaderMap;
use http::header::{AUTHORIZATION, CONTENT_TYPE, DATE, HOST};
use rollcall_model::Timestamp;
use rollcall_model::date::parse_date;
use secrecy::SecretString;
use subtle::ConstantTimeEq;

use super::authorization::parse_authorization;
use super::canonical::{Hash, ToSign, VersionHeader};
use super::{
    DATE_HEADER, DEFAULT_CONTENT_TYPE, LEGACY_DATE_HEADER, LEGACY_VERSION_HEADER, SigningError, VERSION_HEADER, WINDOW,
};

/// What a server accepts beyond SHA-256.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct SigningPolicy {
    /// Whether SHA-1 is taken too.
    pub allow_sha1: bool,
}

/// A date header within the window.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DateWritten {
    /// The header's text.
    pub raw: String,
    /// Its calendar day in the zone it was written in.
    pub day: NaiveDate,
}

/// A request that claims to be signed. Nothing is proved until [`Received::verify`] says so.
#[derive(Clone)]
pub struct Received {
    method: String,
    target: String,
    date: DateWritten,
    host: String,
    content_type: String,
    version: Option<(VersionHeader, String)>,
    sign_method: String,
    access_key: String,
    signature: String,
}

/// Finds the date (`Date`, else `X-BackendAI-Date`, else `X-Sorna-Date`) and checks the window.
///
/// # Errors
/// [`SigningError::DateSync`].
pub fn check_date(headers: &HeaderMap, now: Timestamp) -> Result<DateWritten, SigningError> {
    let header = [DATE.as_str(), DATE_HEADER, LEGACY_DATE_HEADER]
        .into_iter()
        .find_map(|name| headers.get(name).filter(|value| !value.is_empty()))
        .ok_or(SigningError::DateSync)?;
    let raw = header.to_str().map_err(|_| SigningError::DateSync)?;
    let date = parse_date(raw).ok_or(SigningError::DateSync)?;
    let distance = (date.to_utc() - now).abs();
    if distance < WINDOW {
        Ok(DateWritten { raw: raw.to_owned(), day: date.date_naive() })
    } else {
        Err(SigningError::DateSync)
    }
}

/// Steps 1 to 4 of `signing.md` §2: the date first, then the header. `None` is an unsigned request.
/// `target` is path and query as received.
///
/// # Errors
/// [`SigningError`] with the contract's text.
pub fn read(method: &str, target: &str, headers: &HeaderMap, now: Timestamp) -> Result<Option<Received>, SigningError> {
    let date = check_date(headers, now)?;
    let Some(value) = headers.get(AUTHORIZATION).filter(|value| !value.is_empty()) else { return Ok(None) };
    let authorization = parse_authorization(value.to_str().map_err(|_| SigningError::MalformedHeader)?)?;
    let content_type = text_of(headers, CONTENT_TYPE.as_str()).and_then(|text| text.split(';').next());
    Ok(Some(Received {
        method: method.to_owned(),
        target: target.to_owned(),
        date,
        host: text_of(headers, HOST.as_str()).unwrap_or_default().to_owned(),
        content_type: content_type
            .map(str::trim)
            .filter(|text| !text.is_empty())
            .unwrap_or(DEFAULT_CONTENT_TYPE)
            .to_owned(),
        version: version_of(headers),
        sign_method: authorization.method.to_owned(),
        access_key: authorization.access_key.to_owned(),
        signature: authorization.signature.to_owned(),
    }))
}

fn version_of(headers: &HeaderMap) -> Option<(VersionHeader, String)> {
    let under = |header, name| text_of(headers, name).map(|text| (header, text.to_owned()));
    under(VersionHeader::Current, VERSION_HEADER).or_else(|| under(VersionHeader::Legacy, LEGACY_VERSION_HEADER))
}

fn text_of<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers.get(name)?.to_str().ok()
}

impl fmt::Debug for Received {
    /// Without the signature, which serves for a quarter of an hour.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut debug = f.debug_struct("Received");
        debug.field("method", &self.method).field("target", &self.target).field("access_key", &self.access_key);
        debug.finish_non_exhaustive()
    }
}

impl Received {
    /// The key that the signature claims; look it up, then verify.
    #[must_use]
    pub fn access_key(&self) -> &str {
        &self.access_key
    }

    /// Step 6: computes the signature and compares in constant time.
    ///
    /// # Errors
    /// [`SigningError::InvalidMethod`], [`SigningError::UnsupportedMethod`],
    /// [`SigningError::MissingVersion`], or [`SigningError::Mismatch`].
    pub fn verify(&self, secret_key: &SecretString, policy: SigningPolicy) -> Result<(), SigningError> {
        let hash = Hash::parse(&self.sign_method)?;
        if hash == Hash::Sha1 && !policy.allow_sha1 {
            return Err(SigningError::UnsupportedMethod);
        }
        let (version_header, version) = self.version.as_ref().ok_or(SigningError::MissingVersion)?;
        let to_sign = ToSign {
            method: &self.method,
            target: &self.target,
            date: &self.date.raw,
            host: &self.host,
            content_type: &self.content_type,
            version,
            version_header: *version_header,
        };
        let expected = to_sign.signature(hash, secret_key, self.date.day);
        let is_equal: bool = expected.as_bytes().ct_eq(self.signature.as_bytes()).into();
        if is_equal { Ok(()) } else { Err(SigningError::Mismatch) }
    }
}
