//! Between columns and the model's types.

use rollcall_model::Timestamp;
use rollcall_model::access::Scope;
use rollcall_model::slots::Slots;
use rollcall_model::status::Status;
use rollcall_model::time;
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::StoreError;

pub(crate) fn micros(at: Timestamp) -> i64 {
    time::to_micros(at)
}

pub(crate) fn maybe_micros(at: Option<Timestamp>) -> Option<i64> {
    at.map(time::to_micros)
}

pub(crate) fn moment(micros: i64) -> Timestamp {
    time::from_micros(micros)
}

pub(crate) fn maybe_moment(micros: Option<i64>) -> Option<Timestamp> {
    micros.map(time::from_micros)
}

/// The latest of three: what the lists are ordered by.
pub(crate) fn latest(created: Timestamp, changed: Option<Timestamp>, terminated: Option<Timestamp>) -> i64 {
    [Some(created), changed, terminated].into_iter().flatten().map(micros).max().unwrap_or_else(|| micros(created))
}

pub(crate) fn slots_text(slots: &Slots) -> String {
    slots.to_json().to_string()
}

pub(crate) fn slots(text: &str, subject: &dyn ToString) -> Result<Slots, StoreError> {
    let json = parsed(text, "slots", subject)?;
    Slots::from_json(&json).map_err(|error| corrupt("slots", subject, &error))
}

/// JSON text of a value that always has one.
pub(crate) fn text(value: &impl Serialize) -> String {
    // Only maps with keys that are no texts fail, and none of ours has such keys.
    serde_json::to_string(value).unwrap_or_else(|_| "null".to_owned())
}

pub(crate) fn maybe_text(value: &Option<impl Serialize>) -> Option<String> {
    value.as_ref().map(text)
}

pub(crate) fn parsed<T: DeserializeOwned>(
    text: &str,
    what: &'static str,
    subject: &dyn ToString,
) -> Result<T, StoreError> {
    serde_json::from_str(text).map_err(|error| corrupt(what, subject, &error))
}

pub(crate) fn maybe_parsed<T: DeserializeOwned>(
    text: Option<&str>,
    what: &'static str,
    subject: &dyn ToString,
) -> Result<Option<T>, StoreError> {
    text.map(|text| parsed(text, what, subject)).transpose()
}

/// One of a list by its rank.
pub(crate) fn ranked<T: Copy>(
    all: &[T],
    rank: i64,
    what: &'static str,
    subject: &dyn ToString,
) -> Result<T, StoreError> {
    let found = usize::try_from(rank).ok().and_then(|rank| all.get(rank)).copied();
    found.ok_or_else(|| corrupt(what, subject, &format!("no rank {rank}")))
}

pub(crate) fn status(rank: i64, subject: &dyn ToString) -> Result<Status, StoreError> {
    ranked(&Status::ALL, rank, "status", subject)
}

pub(crate) fn rank(status: Status) -> i64 {
    i64::from(status.rank())
}

pub(crate) fn small(number: i64) -> i32 {
    i32::try_from(number).unwrap_or(if number < 0 { i32::MIN } else { i32::MAX })
}

/// Whether a text can be in the database at all: PostgreSQL has none with a zero byte. What strangers
/// look up may hold anything.
pub(crate) fn storable(text: &str) -> bool {
    !text.contains('\0')
}

/// The same of a scope: outside of it there is nothing, and no database holds what is inside.
pub(crate) fn findable(scope: &Scope) -> bool {
    scope.domain().is_none_or(|name| storable(name.as_str()))
        && scope.access_key().is_none_or(|key| storable(key.as_str()))
}

pub(crate) fn corrupt(what: &'static str, subject: &dyn ToString, reason: &dyn ToString) -> StoreError {
    StoreError::Corrupt { what, subject: subject.to_string(), reason: reason.to_string() }
}
