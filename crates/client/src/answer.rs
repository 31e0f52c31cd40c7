//! What came back: read to a bound, and taken for what its content type says it is.

use std::time::Duration;

use http::{HeaderMap, StatusCode, header};
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::error::Error;
use crate::problem::Problem;

/// The most of a JSON document or of bytes that is read; a longer answer is an error.
const MAX_BYTES: usize = 64 << 20;
/// The most of a text.
const MAX_TEXT_BYTES: usize = 16 << 20;
/// The most of a refusal.
const MAX_PROBLEM_BYTES: usize = 1 << 20;

/// An answer, by its content type.
#[derive(Clone, Debug, PartialEq)]
pub enum Answer {
    /// `application/json`, or a type that ends with `+json`.
    Json(Value),
    /// `text/…`.
    Text(String),
    /// `application/octet-stream`, or no type at all.
    Octets(Vec<u8>),
    /// No content.
    Empty,
}

/// What a content type means here.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Media {
    Json,
    Text,
    Octets,
    /// Not named; older servers leave it out.
    Unsaid,
    Other(String),
}

impl Media {
    fn of(headers: &HeaderMap) -> Self {
        let Some(value) = headers.get(header::CONTENT_TYPE) else { return Self::Unsaid };
        let named = value.to_str().unwrap_or("unreadable");
        let essence = named.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
        match essence.as_str() {
            "application/json" => Self::Json,
            "application/octet-stream" => Self::Octets,
            other if other.ends_with("+json") => Self::Json,
            other if other.starts_with("text/") => Self::Text,
            _ => Self::Other(essence),
        }
    }

    fn name(&self) -> &str {
        match self {
            Self::Json => "JSON",
            Self::Text => "text",
            Self::Octets => "bytes",
            Self::Unsaid => "of no type",
            Self::Other(name) => name,
        }
    }

    fn most(&self) -> usize {
        if *self == Self::Text { MAX_TEXT_BYTES } else { MAX_BYTES }
    }
}

/// An answer that says that the act succeeded.
#[derive(Debug)]
pub(crate) struct Received {
    pub(crate) media: Media,
    pub(crate) bytes: Vec<u8>,
}

impl Received {
    /// The document in it.
    pub(crate) fn json<T: DeserializeOwned>(self, act: &'static str) -> Result<T, Error> {
        if !matches!(self.media, Media::Json | Media::Unsaid) {
            return Err(Error::strange(act, format!("it is {}, not JSON", self.media.name())));
        }
        serde_json::from_slice(&self.bytes).map_err(|error| Error::strange(act, error.to_string()))
    }

    /// The content, by its type.
    pub(crate) fn answer(self, act: &'static str) -> Result<Answer, Error> {
        if self.bytes.is_empty() {
            return Ok(Answer::Empty);
        }
        match self.media {
            Media::Json => self.json(act).map(Answer::Json),
            Media::Text => String::from_utf8(self.bytes)
                .map(Answer::Text)
                .map_err(|_| Error::strange(act, "it is text, but not in UTF-8".to_owned())),
            Media::Octets | Media::Unsaid => Ok(Answer::Octets(self.bytes)),
            Media::Other(name) => Err(Error::strange(act, format!("it is {name}"))),
        }
    }
}

/// Reads an answer: what succeeded, or the refusal. `broken` tells a connection that ended early.
pub(crate) async fn read(
    act: &'static str,
    answer: reqwest::Response,
    broken: impl FnOnce(reqwest::Error) -> Error,
) -> Result<Received, Error> {
    let (status, media) = (answer.status(), Media::of(answer.headers()));
    if status.is_success() {
        let most = media.most();
        return Ok(Received { media, bytes: body(act, answer, most, broken).await? });
    }
    let retry_after = retry_after(answer.headers());
    let bytes = body(act, answer, MAX_PROBLEM_BYTES, broken).await?;
    Err(refused(act, status, &media, &bytes, retry_after))
}

/// The whole body, as long as it stays under the bound.
async fn body(
    act: &'static str,
    mut answer: reqwest::Response,
    most: usize,
    broken: impl FnOnce(reqwest::Error) -> Error,
) -> Result<Vec<u8>, Error> {
    let too_long = || Error::strange(act, format!("it is over {most} bytes"));
    if answer.content_length().is_some_and(|length| length > most as u64) {
        return Err(too_long());
    }
    let mut bytes = Vec::new();
    loop {
        match answer.chunk().await {
            Ok(Some(chunk)) if bytes.len() + chunk.len() <= most => bytes.extend_from_slice(&chunk),
            Ok(Some(_)) => return Err(too_long()),
            Ok(None) => return Ok(bytes),
            Err(error) => return Err(broken(error)),
        }
    }
}

fn refused(act: &'static str, status: StatusCode, media: &Media, bytes: &[u8], retry_after: Option<Duration>) -> Error {
    let problem: Option<Problem> = match media {
        Media::Json | Media::Unsaid => serde_json::from_slice(bytes).ok(),
        _ => None,
    };
    let status_code = status.as_u16();
    match problem {
        Some(problem) => Error::Server { act, status: status_code, problem: Box::new(problem), retry_after },
        // A gateway in front of the server writes no such document.
        None => Error::Response {
            act,
            reason: format!("HTTP status {status} without a problem document"),
            status: Some(status_code),
            retry_after,
        },
    }
}

/// `Retry-After`, in seconds or as a date.
fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    let text = headers.get(header::RETRY_AFTER)?.to_str().ok()?.trim();
    if let Ok(seconds) = text.parse() {
        return Some(Duration::from_secs(seconds));
    }
    let at = chrono::DateTime::parse_from_rfc2822(text).ok()?;
    Some((at.to_utc() - chrono::Utc::now()).to_std().unwrap_or_default())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn headers(name: header::HeaderName, value: &str) -> HeaderMap {
        HeaderMap::from_iter([(name, value.parse().unwrap())])
    }

    #[test]
    fn types_with_and_without_parameters() {
        let check = |value: &str, media: Media| assert_eq!(Media::of(&headers(header::CONTENT_TYPE, value)), media);
        check("application/json; charset=utf-8", Media::Json);
        check("Application/Problem+JSON", Media::Json);
        check("text/plain;charset=utf-8", Media::Text);
        check("application/octet-stream", Media::Octets);
        check("image/png", Media::Other("image/png".into()));
        check("", Media::Other(String::new()));
        assert_eq!(Media::of(&HeaderMap::new()), Media::Unsaid);
    }

    #[test]
    fn when_to_come_again() {
        let check = |value: &str| retry_after(&headers(header::RETRY_AFTER, value));
        assert_eq!(check("7"), Some(Duration::from_secs(7)));
        assert_eq!(check("Wed, 21 Oct 2015 07:28:00 GMT"), Some(Duration::ZERO));
        assert!(check("Wed, 21 Oct 2195 07:28:00 GMT").unwrap() > Duration::from_secs(1 << 30));
        assert_eq!(check("soon"), None);
        assert_eq!(check("-1"), None);
    }
}
