//! Why a session waits, written to its row only when that says something new.
//!
//! Each look at the queue is a try, and looks are frequent: a row written at each would make the
//! database work for nothing. A new reason is written at once, a mere count with growing pauses.

use std::collections::HashMap;
use std::time::Duration;

use rollcall_model::Timestamp;
use rollcall_model::ids::SessionId;
use rollcall_model::session::Session;
use serde_json::Value;
use tokio::time::Instant;

use super::predicates::Verdicts;
use crate::status_data;

const FIRST_PAUSE: Duration = Duration::from_secs(10);
const LONGEST_PAUSE: Duration = Duration::from_secs(600);

/// Why a session waits.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Reason {
    /// Predicates failed.
    Predicates(Verdicts),
    /// No agent has room.
    NoAgent,
}

/// What to write into a waiting row.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Note {
    /// `status_info`.
    pub(crate) info: &'static str,
    /// `status_data`.
    pub(crate) data: Value,
}

/// What was last written about each waiting session.
#[derive(Debug, Default)]
pub(crate) struct Explanations(HashMap<SessionId, Written>);

#[derive(Debug)]
struct Written {
    reason: Reason,
    retries: i64,
    pause: Duration,
    due: Instant,
}

impl Reason {
    fn info(&self) -> &'static str {
        match self {
            Self::Predicates(_) => "predicate-checks-failed",
            Self::NoAgent => "no-available-instances",
        }
    }

    fn note(&self, retries: i64, at: Timestamp) -> Note {
        let predicates = match self {
            Self::Predicates(verdicts) => Some(verdicts.json()),
            Self::NoAgent => None,
        };
        Note { info: self.info(), data: status_data::waiting(retries, at, predicates) }
    }
}

impl Explanations {
    /// Counts a failed try; a note if the row should be written now.
    pub(crate) fn failed_try(&mut self, session: &Session, reason: Reason, at: Timestamp) -> Option<Note> {
        let now = Instant::now();
        let Some(written) = self.0.get_mut(&session.id) else {
            let retries = status_data::retries(session.status_data.as_ref()) + 1;
            let note = reason.note(retries, at);
            let written = Written { reason, retries, pause: FIRST_PAUSE, due: now + FIRST_PAUSE };
            self.0.insert(session.id, written);
            return Some(note);
        };
        written.retries += 1;
        if written.reason != reason {
            *written = Written { reason, retries: written.retries, pause: FIRST_PAUSE, due: now + FIRST_PAUSE };
        } else if written.due <= now {
            written.pause = (written.pause * 2).min(LONGEST_PAUSE);
            written.due = now + written.pause;
        } else {
            return None;
        }
        Some(written.reason.note(written.retries, at))
    }

    /// Forgets the sessions that wait no longer.
    pub(crate) fn keep(&mut self, waiting: impl Fn(&SessionId) -> bool) {
        self.0.retain(|session, _| waiting(session));
    }
}
