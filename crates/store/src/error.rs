//! What can go wrong in here. No variant carries a secret, a statement's values or a password.

use std::path::PathBuf;

use rollcall_model::status::{Status, Step};

use crate::failures;
use crate::refusal::Refusal;

/// Why the store could not do what was asked.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The database cannot be opened or reached.
    #[error("cannot open the database {name}")]
    Open {
        /// Path, or URL with the password struck out.
        name: String,
        /// Cause.
        #[source]
        source: sqlx::Error,
    },
    /// The schema cannot be brought up to date.
    #[error("cannot migrate the database {name}")]
    Migrate {
        /// Path, or URL with the password struck out.
        name: String,
        /// Cause.
        #[source]
        source: sqlx::migrate::MigrateError,
    },
    /// A file beside the database cannot be read or written.
    #[error("cannot {act} `{path}`")]
    File {
        /// What was tried.
        act: &'static str,
        /// Where.
        path: PathBuf,
        /// Cause.
        #[source]
        source: std::io::Error,
    },
    /// A file beside the database has not the content it should have.
    #[error("`{path}` is not a key file of Rollcall: {reason}")]
    KeyFile {
        /// Where.
        path: PathBuf,
        /// Why not.
        reason: &'static str,
    },
    /// A statement failed.
    #[error("failed {act}")]
    Query {
        /// What it was for.
        act: &'static str,
        /// Cause.
        #[source]
        source: sqlx::Error,
    },
    /// A stored value cannot be read back.
    #[error("stored {what} of {subject} cannot be read: {reason}")]
    Corrupt {
        /// Column in words.
        what: &'static str,
        /// Row.
        subject: String,
        /// Why not.
        reason: String,
    },
    /// Sealing or opening a secret failed: wrong key file, or a changed row.
    #[error("the secret of key {access_key} cannot be {act} with this key file")]
    Secret {
        /// Public half.
        access_key: String,
        /// `sealed` or `opened`.
        act: &'static str,
    },
    /// Sealing a token failed.
    #[error("a token cannot be sealed")]
    Token,
    /// Hashing a password failed.
    #[error("a password cannot be hashed: {0}")]
    PasswordHash(String),
    /// Events that were asked for are no longer kept.
    #[error("events after number {asked} are no longer kept up to {}; the feed goes on from number {first}", .first - 1)]
    EventsPruned {
        /// The number after which events were asked for.
        asked: i64,
        /// The first number that may still be there: ask after the one before it.
        first: i64,
    },
    /// A change of accounts was refused; nothing was changed.
    #[error("{0}")]
    Refused(Refusal),
    /// The operating system has no random numbers to give.
    #[error("no random numbers: {0}")]
    Random(String),
    /// Making an SSH key failed.
    #[error("an SSH key cannot be made: {0}")]
    SshKey(String),
    /// The filter or order compares what cannot be compared.
    #[error("{0}")]
    Filter(String),
    /// The state machine has no such step from here.
    #[error("no step {step} from {from}", step = .step.as_str())]
    ImpossibleStep {
        /// Step.
        step: Step,
        /// Status of the row.
        from: Status,
    },
    /// A database that is not whole.
    #[error("the database `{path}` is damaged: {reason}")]
    Damaged {
        /// File.
        path: PathBuf,
        /// What is wrong with it.
        reason: String,
    },
    /// The permit does not allow this step, or not with this session.
    #[error("the permit does not allow the step {}", .0.as_str())]
    Forbidden(Step),
    /// A permit for one key cannot make a session of another.
    #[error("the session to be made is not of the permit's key and person")]
    NotTheirs,
}

impl<R: Into<Refusal>> From<R> for StoreError {
    fn from(refusal: R) -> Self {
        Self::Refused(refusal.into())
    }
}

pub(crate) trait Doing<T> {
    /// Names what a statement was for.
    fn doing(self, act: &'static str) -> Result<T, StoreError>;
}

impl<T> Doing<T> for Result<T, sqlx::Error> {
    fn doing(self, act: &'static str) -> Result<T, StoreError> {
        self.map_err(|source| {
            failures::note(&source);
            StoreError::Query { act, source }
        })
    }
}
