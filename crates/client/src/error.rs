//! What can go wrong, told apart by what the caller can do about it.

use std::time::Duration;

use crate::admin::Refusal;
use crate::problem::Problem;

/// A request that did not succeed.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// No answer came in time. The act may have happened all the same.
    #[error("{act}: no answer within {} s", .after.as_secs_f64())]
    Timeout {
        /// What was asked.
        act: &'static str,
        /// The limit.
        after: Duration,
    },
    /// The server could not be reached, or the connection broke.
    #[error("{act}: cannot reach {endpoint}")]
    Connection {
        /// What was asked.
        act: &'static str,
        /// Where the server was expected.
        endpoint: String,
        /// Why.
        #[source]
        source: reqwest::Error,
    },
    /// The answer is not what this API answers.
    #[error("{act}: the server's answer cannot be understood: {reason}")]
    Response {
        /// What was asked.
        act: &'static str,
        /// What is wrong with it.
        reason: String,
        /// HTTP status, when it is the status that tells of a failure.
        status: Option<u16>,
        /// When the server says that it may be asked again.
        retry_after: Option<Duration>,
    },
    /// The server refused.
    #[error("{act}: {problem}")]
    Server {
        /// What was asked.
        act: &'static str,
        /// HTTP status.
        status: u16,
        /// The problem document.
        problem: Box<Problem>,
        /// When the server says that it may be asked again.
        retry_after: Option<Duration>,
    },
    /// The server understood a change of accounts and did not make it; nothing has changed.
    #[error("{act}: {refusal}")]
    Refused {
        /// What was asked.
        act: &'static str,
        /// Why not.
        refusal: Refusal,
    },
    /// The caller gave up. The act may have happened all the same.
    #[error("{act}: cancelled")]
    Cancelled {
        /// What was asked.
        act: &'static str,
    },
    /// The request makes no sense, or this server cannot do it; nothing was sent.
    #[error("{0}")]
    Usage(String),
    /// Nothing visible has that name or id.
    #[error("no session named `{reference}`")]
    NoSuchSession {
        /// What was typed.
        reference: String,
    },
    /// The name alone does not say which.
    #[error("`{reference}` is the name of {} sessions", .candidates.len())]
    SeveralSessions {
        /// What was typed.
        reference: String,
        /// All of them, newest first.
        candidates: Vec<Candidate>,
    },
}

/// One of several sessions of a name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Candidate {
    /// Id.
    pub id: rollcall_model::ids::SessionId,
    /// Status.
    pub status: String,
    /// Owner's key.
    pub access_key: Option<String>,
    /// Made at.
    pub created_at: Option<rollcall_model::Timestamp>,
}

impl Error {
    /// An answer that succeeded, but is not what was expected.
    pub(crate) fn strange(act: &'static str, reason: impl Into<String>) -> Self {
        Self::Response { act, reason: reason.into(), status: None, retry_after: None }
    }

    /// The slug of the problem type, when the server refused.
    #[must_use]
    pub fn slug(&self) -> Option<&str> {
        match self {
            Self::Server { problem, .. } => Some(problem.slug()),
            _ => None,
        }
    }

    /// One word for logs and programs: `timeout`, `connection`, `response`, `refused`, `cancelled`, `usage`, or
    /// the problem's slug as far as it is one.
    #[must_use]
    pub fn kind(&self) -> &str {
        match self {
            Self::Timeout { .. } => "timeout",
            Self::Connection { .. } => "connection",
            Self::Response { .. } => "response",
            Self::Refused { .. } => "refused",
            Self::Cancelled { .. } => "cancelled",
            Self::Server { problem, .. } if is_slug(problem.slug()) => problem.slug(),
            Self::Server { .. } => "server",
            Self::Usage(_) | Self::NoSuchSession { .. } | Self::SeveralSessions { .. } => "usage",
        }
    }

    /// Why the server's certificate was refused, in words; `None` where it was not.
    #[must_use]
    pub fn certificate_problem(&self) -> Option<String> {
        match self {
            Self::Connection { source, .. } => certificate_problem(source),
            _ => None,
        }
    }

    /// The HTTP status, when the server refused.
    #[must_use]
    pub fn status(&self) -> Option<u16> {
        match self {
            Self::Server { status, .. } => Some(*status),
            _ => None,
        }
    }

    /// The HTTP status, when the server or a gateway before it failed or refused.
    pub(crate) fn any_status(&self) -> Option<u16> {
        match self {
            Self::Server { status, .. } => Some(*status),
            Self::Response { status, .. } => *status,
            _ => None,
        }
    }

    /// Whether the server may be there again later, and answer the same request.
    pub(crate) fn may_pass(&self) -> bool {
        match self {
            // It will not have another one a moment later.
            Self::Connection { .. } => self.certificate_problem().is_none(),
            Self::Timeout { .. } => true,
            _ => self.any_status().is_some_and(|status| status == 429 || (500..=599).contains(&status)),
        }
    }

    /// When the server says that it may be asked again.
    #[must_use]
    pub fn retry_after(&self) -> Option<Duration> {
        match self {
            Self::Server { retry_after, .. } | Self::Response { retry_after, .. } => *retry_after,
            _ => None,
        }
    }
}

fn certificate_problem(error: &(dyn std::error::Error + 'static)) -> Option<String> {
    use rustls::CertificateError as Problem;
    // An I/O error hands on the causes of what it holds, and not what it holds.
    let inner = error.downcast_ref::<std::io::Error>().and_then(std::io::Error::get_ref);
    let held = inner.map(|inner| inner as &(dyn std::error::Error + 'static));
    if let Some(rustls::Error::InvalidCertificate(problem)) = held.unwrap_or(error).downcast_ref() {
        return Some(match problem {
            Problem::Expired | Problem::ExpiredContext { .. } => "it has expired".to_owned(),
            Problem::NotValidYet | Problem::NotValidYetContext { .. } => "it is not valid yet".to_owned(),
            Problem::NotValidForName | Problem::NotValidForNameContext { .. } => {
                "it is for another name than this address".to_owned()
            }
            Problem::UnknownIssuer => "it is of no authority that is trusted here".to_owned(),
            Problem::Revoked => "it was revoked".to_owned(),
            other => other.to_string(),
        });
    }
    held.or_else(|| error.source()).and_then(certificate_problem)
}

/// Whether a problem's slug is one, and not something that a server wants to be repeated.
fn is_slug(text: &str) -> bool {
    (1..=48).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'-')
}
