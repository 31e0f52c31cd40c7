//! How often statements failed in this process, by what the failure was: for those who watch, as
//! errors themselves are told where they are handled.

use std::sync::atomic::{AtomicU64, Ordering};

use crate::engine::is_conflict;

/// What a failed statement met.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Failure {
    /// Somebody else was quicker, or had the lock: tried again, or told as a conflict.
    Conflict,
    /// No connection was free in time.
    NoConnection,
    /// The connection could not be made, or broke.
    Broken,
    /// Anything else.
    Other,
}

impl Failure {
    /// All four.
    pub const ALL: [Self; 4] = [Self::Conflict, Self::NoConnection, Self::Broken, Self::Other];

    /// One word.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Conflict => "conflict",
            Self::NoConnection => "no-connection",
            Self::Broken => "broken",
            Self::Other => "other",
        }
    }

    fn of(error: &sqlx::Error) -> Self {
        match error {
            sqlx::Error::PoolTimedOut => Self::NoConnection,
            sqlx::Error::Io(_) | sqlx::Error::Tls(_) | sqlx::Error::PoolClosed | sqlx::Error::WorkerCrashed => {
                Self::Broken
            }
            sqlx::Error::Database(cause) if is_conflict(&**cause) => Self::Conflict,
            _ => Self::Other,
        }
    }
}

// Of the process, as an error is made where no store is at hand.
static COUNTS: [AtomicU64; Failure::ALL.len()] = [const { AtomicU64::new(0) }; Failure::ALL.len()];

pub(crate) fn note(error: &sqlx::Error) {
    COUNTS[Failure::of(error) as usize].fetch_add(1, Ordering::Relaxed);
}

/// How many statements failed since the start of the process.
#[must_use]
pub fn failures() -> [(Failure, u64); Failure::ALL.len()] {
    Failure::ALL.map(|failure| (failure, COUNTS[failure as usize].load(Ordering::Relaxed)))
}
