//! Why a session waits, written to its row only when that says something new.
//!
//! Each look at the queue is a try, and looks are frequent: a row written at each would make the
//! database work for nothing. A new reason is written at once; changed numbers the sooner the
//! nearer the session is to its turn; a mere count with growing pauses. No pause is longer than two
//! minutes, so that what the row says is never older: a thousand that wait cost nine rows a second.

use std::collections::HashMap;
use std::time::Duration;

use rollcall_model::Timestamp;
use rollcall_model::ids::SessionId;
use rollcall_model::session::{Session, Waiting};
use rollcall_store::{FailedTry, PendingNote};
use serde_json::Value;
use tokio::time::Instant;

use super::predicates::Verdicts;
use super::sentence::waiting;
use super::shortage::Shortage;
use crate::error::LifecycleError;
use crate::status_data::{self, Failure};

const FIRST_PAUSE: Duration = Duration::from_secs(10);
const LONGEST_PAUSE: Duration = Duration::from_secs(120);
/// So many at the head of a line are told of changed numbers after the first pause.
const NEAR: i64 = 10;

/// Why a session waits.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Reason {
    /// Predicates failed.
    Predicates(Verdicts),
    /// No agent has room.
    NoAgent(Shortage),
    /// Not tried: one before it holds the line up.
    HeldUp,
    /// Judging it failed.
    Fault(Fault),
}

/// Why a session could not be judged.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Fault {
    /// Kind.
    pub(crate) name: &'static str,
    /// For people; tells nothing of the inside.
    pub(crate) repr: String,
}

impl Fault {
    /// The fault of one session; `None` for what concerns all, such as a database that is away.
    pub(crate) fn of(error: &LifecycleError) -> Option<Self> {
        let LifecycleError::Store(rollcall_store::StoreError::Corrupt { .. }) = error else { return None };
        let repr = "something stored about its limits cannot be read".to_owned();
        Some(Self { name: "CorruptLimits", repr })
    }

    /// A resource group's rules cannot be followed.
    pub(crate) fn of_rules(group: &str, wrong: &str) -> Self {
        Self { name: "WrongScheduler", repr: format!("resource group {group} has the {wrong}") }
    }
}

/// What was last written about each waiting session.
#[derive(Debug, Default)]
pub(crate) struct Explanations(HashMap<SessionId, Written>);

#[derive(Debug)]
struct Written {
    reason: Reason,
    told: Waiting,
    retries: i64,
    at: Instant,
    pause: Duration,
}

impl Reason {
    /// Whether both mean the same, whatever the numbers are.
    fn is_like(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Predicates(one), Self::Predicates(other)) => one.say_the_same(other),
            (Self::NoAgent(_), Self::NoAgent(_)) | (Self::HeldUp, Self::HeldUp) => true,
            (Self::Fault(one), Self::Fault(other)) => one == other,
            _ => false,
        }
    }

    fn tried(&self, retries: i64, at: Timestamp) -> Option<FailedTry> {
        let (info, data) = match self {
            Self::Predicates(verdicts) => {
                ("predicate-checks-failed", status_data::waiting(retries, at, Some(verdicts.json())))
            }
            Self::NoAgent(_) => ("no-available-instances", status_data::waiting(retries, at, None)),
            Self::Fault(fault) => ("scheduler-error", fault.json()),
            Self::HeldUp => return None,
        };
        Some(FailedTry { status_info: info.to_owned(), status_data: data })
    }
}

impl Fault {
    fn json(&self) -> Value {
        status_data::errors(&[Failure { src: "other", name: self.name, repr: self.repr.clone(), agent: None }])
    }
}

impl Explanations {
    /// How often a session has been tried in vain.
    pub(crate) fn retries(&self, session: &Session) -> i64 {
        let known = self.0.get(&session.id).map(|written| written.retries);
        known.unwrap_or_else(|| status_data::retries(session.status_data.as_ref()))
    }

    /// Counts a failed try, if it was one; a note if the row should be written now.
    pub(crate) fn waits(
        &mut self,
        session: &Session,
        reason: Reason,
        ahead: i64,
        at: Timestamp,
    ) -> Option<PendingNote> {
        let now = Instant::now();
        let retries = self.retries(session) + i64::from(reason != Reason::HeldUp);
        let told = waiting(session, &reason, ahead);
        let pause = match self.0.get_mut(&session.id) {
            Some(written) if written.reason.is_like(&reason) => {
                written.retries = retries;
                let pause = written.pause_until(&told, &reason);
                if pause.is_none_or(|pause| now < written.at + pause) {
                    return None;
                }
                if written.told == told { (written.pause * 2).min(LONGEST_PAUSE) } else { FIRST_PAUSE }
            }
            _ => FIRST_PAUSE,
        };
        let note = PendingNote { tried: reason.tried(retries, at), waiting: told.clone() };
        self.0.insert(session.id, Written { reason, told, retries, at: now, pause });
        Some(note)
    }

    /// Forgets the sessions that wait no longer.
    pub(crate) fn keep(&mut self, waiting: impl Fn(&SessionId) -> bool) {
        self.0.retain(|session, _| waiting(session));
    }
}

impl Written {
    /// How long after the last note the next one may come; never if it would say the same again.
    fn pause_until(&self, told: &Waiting, reason: &Reason) -> Option<Duration> {
        if self.told != *told {
            let steps = u32::try_from(told.ahead / NEAR).unwrap_or(u32::MAX);
            return Some(FIRST_PAUSE.saturating_mul(steps.max(1)).min(LONGEST_PAUSE));
        }
        (*reason != Reason::HeldUp).then_some(self.pause)
    }
}
