//! The error log: what clients report of what went wrong (`rest.md` §9), and its bounds.

use uuid::Uuid;

use crate::Timestamp;
use crate::ids::UserId;

/// Entries that are kept of one person; the oldest go.
pub const KEPT: i64 = 500;
/// Bytes of a message.
pub const MAX_MESSAGE: usize = 8 * 1024;
/// Bytes of a traceback.
pub const MAX_TRACEBACK: usize = 16 * 1024;
/// Bytes of the surroundings as JSON.
pub const MAX_CONTEXT: usize = 8 * 1024;
/// Bytes of an address.
pub const MAX_URL: usize = 2 * 1024;
/// Characters of a source and of a language.
pub const MAX_WORD: usize = 64;

/// How bad it was.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Severity {
    /// Nothing works.
    Critical,
    /// Something failed.
    Error,
    /// Something may fail.
    Warning,
    /// For the record.
    Info,
    /// For developers.
    Debug,
}

impl Severity {
    /// All, the worst first.
    pub const ALL: [Self; 5] = [Self::Critical, Self::Error, Self::Warning, Self::Info, Self::Debug];

    /// The value used by the API and the database.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Critical => "critical",
            Self::Error => "error",
            Self::Warning => "warning",
            Self::Info => "info",
            Self::Debug => "debug",
        }
    }

    /// Reads the value; `None` for anything else.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|severity| severity.as_str() == text)
    }
}

/// What was reported.
#[derive(Clone, Debug, PartialEq)]
pub struct Report {
    /// How bad it was.
    pub severity: Severity,
    /// Which program.
    pub source: String,
    /// What happened.
    pub message: String,
    /// Language of the program.
    pub context_lang: String,
    /// What it ran in: a JSON object.
    pub context_env: serde_json::Value,
    /// The request that failed.
    pub request_url: Option<String>,
    /// Its status.
    pub request_status: Option<i64>,
    /// Where in the program.
    pub traceback: Option<String>,
}

/// An entry.
#[derive(Clone, Debug, PartialEq)]
pub struct ErrorLog {
    /// Id.
    pub id: Uuid,
    /// Reported at.
    pub created_at: Timestamp,
    /// Who reported it.
    pub user: Option<UserId>,
    /// Whether it was marked as read.
    pub is_read: bool,
    /// Whether it was cleared: its owner no longer sees it.
    pub is_cleared: bool,
    /// What was reported.
    pub report: Report,
}
