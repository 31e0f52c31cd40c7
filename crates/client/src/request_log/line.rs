//! What is written of a request, and what is not.

use std::time::Instant;

use chrono::{DateTime, Utc};
use http::Method;
use secrecy::ExposeSecret as _;
use serde::{Deserialize, Serialize};

use crate::builder::Credentials;

/// Longest path that is written.
const MAX_PATH: usize = 256;
/// Longest segment of a path that is written: names of sessions have 64 characters at most.
const MAX_SEGMENT: usize = 64;

/// One request as it is recorded.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Request {
    /// When it was sent.
    pub time: DateTime<Utc>,
    /// Method.
    pub method: String,
    /// Path without its query; a segment that may be more than a name or an id is `_`.
    pub path: String,
    /// Status of the answer, when one came.
    pub status: Option<u16>,
    /// Milliseconds until it was over.
    pub duration_ms: u64,
    /// What failed: see [`crate::Error::kind`].
    pub error: Option<String>,
    /// The id that the server's own log has for it too.
    pub request_id: String,
}

/// A request that is not over yet.
#[derive(Debug)]
pub(crate) struct Line {
    time: DateTime<Utc>,
    began: Instant,
    method: Method,
    path: String,
    request_id: String,
    pub(crate) status: Option<u16>,
}

impl Line {
    pub(crate) fn begin(method: &Method, path: &str, request_id: String, keys: Option<&Credentials>) -> Self {
        Self {
            time: Utc::now(),
            began: Instant::now(),
            method: method.clone(),
            path: harmless(path, keys.map_or("", |keys| keys.secret_key.expose_secret())),
            request_id,
            status: None,
        }
    }

    pub(crate) fn end(self, error: Option<&str>) -> Request {
        let known = [Method::GET, Method::HEAD, Method::POST, Method::PUT, Method::PATCH, Method::DELETE];
        Request {
            time: self.time,
            method: if known.contains(&self.method) { self.method.to_string() } else { "_".to_owned() },
            path: self.path,
            status: self.status,
            duration_ms: u64::try_from(self.began.elapsed().as_millis()).unwrap_or(u64::MAX),
            error: error.map(str::to_owned),
            request_id: self.request_id,
        }
    }
}

/// The path, with `_` for each segment that is longer than a name, holds anything but the
/// characters of names and ids (an e-mail address has an `@`), or is the secret key.
fn harmless(path: &str, secret: &str) -> String {
    let is_name = |segment: &str| {
        segment.len() <= MAX_SEGMENT
            && segment.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte))
            && (secret.is_empty() || segment != secret)
    };
    let segments: Vec<_> = path.split('/').map(|segment| if is_name(segment) { segment } else { "_" }).collect();
    let mut path = segments.join("/");
    // Nothing but ASCII is left, so this cannot cut a character.
    path.truncate(MAX_PATH);
    path
}

#[cfg(test)]
mod tests {
    use super::harmless;

    #[test]
    fn names_and_ids_alone_are_written() {
        let check = |path: &str, written: &str| assert_eq!(harmless(path, "s3cr3t-key"), written);
        check("/session/my-session_1.2/logs", "/session/my-session_1.2/logs");
        check("/", "/");
        check("/user/me@example.com", "/user/_");
        check("/user/me%40example.com/x", "/user/_/x");
        check("/a/s3cr3t-key/b", "/a/_/b");
        check(&format!("/{}", "x".repeat(65)), "/_");
        assert_eq!(harmless(&"/abc".repeat(100), "").len(), 256);
    }
}
