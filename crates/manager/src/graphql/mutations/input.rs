//! What inputs have in common: how texts, slots, ids and numbers are read and held to their bounds.

use rollcall_model::account::UserStatus;
use rollcall_model::naming::{self, NAME_LENGTH, SLUG_LENGTH};
use rollcall_model::role::Role;
use rollcall_model::slots::Slots;
use uuid::Uuid;

use super::frame::Stop;
use crate::graphql::scalars::{BAD_UUID, JsonString};

/// Kinds of slots that one quota lists.
const SLOT_KINDS: usize = 64;
/// Entries of a list of hosts, registries, people or projects.
const ENTRIES: usize = 1000;

/// A name of policies, presets and resource groups.
pub(super) fn name(text: &str) -> Result<(), Stop> {
    Ok(naming::line("name", text, SLUG_LENGTH)?)
}

/// A description.
pub(super) fn description(text: Option<&str>) -> Result<(), Stop> {
    Ok(naming::paragraph("description", text.unwrap_or_default())?)
}

/// A short text that may be missing.
pub(super) fn short(what: &'static str, text: Option<&str>) -> Result<(), Stop> {
    Ok(naming::optional_line(what, text.unwrap_or_default(), NAME_LENGTH)?)
}

/// Slots with human units; missing stays missing.
pub(super) fn slots(json: Option<JsonString>) -> Result<Option<Slots>, Stop> {
    let Some(JsonString(text)) = json else { return Ok(None) };
    let value = serde_json::from_str(&text).map_err(Stop::unexpected)?;
    let slots = Slots::from_json(&value).map_err(Stop::unexpected)?;
    if slots.0.len() > SLOT_KINDS {
        return Err(Stop::unexpected(format!("more than {SLOT_KINDS} kinds of slots")));
    }
    for name in slots.0.keys() {
        naming::line("name of a slot", name, SLUG_LENGTH)?;
    }
    Ok(Some(slots))
}

/// A list of short texts; missing stays missing, nulls in it are left out.
pub(super) fn texts(what: &'static str, list: Option<Vec<Option<String>>>) -> Result<Option<Vec<String>>, Stop> {
    let Some(list) = list else { return Ok(None) };
    let list: Vec<String> = list.into_iter().flatten().collect();
    few(list.len())?;
    for text in &list {
        naming::line(what, text, NAME_LENGTH)?;
    }
    Ok(Some(list))
}

/// A list of ids as texts; missing stays missing, nulls in it are left out, each counts once.
pub(super) fn ids(list: Option<Vec<Option<String>>>) -> Result<Option<Vec<Uuid>>, Stop> {
    let Some(list) = list else { return Ok(None) };
    few(list.len())?;
    let mut ids = Vec::new();
    for text in list.into_iter().flatten() {
        let id = Uuid::parse_str(&text).map_err(|_| Stop::unexpected(BAD_UUID))?;
        if !ids.contains(&id) {
            ids.push(id);
        }
    }
    Ok(Some(ids))
}

fn few(entries: usize) -> Result<(), Stop> {
    if entries > ENTRIES { Err(Stop::unexpected(format!("more than {ENTRIES} entries"))) } else { Ok(()) }
}

/// An object as JSON text; missing stays missing.
pub(super) fn object(what: &str, json: Option<JsonString>) -> Result<Option<serde_json::Value>, Stop> {
    let Some(JsonString(text)) = json else { return Ok(None) };
    let value: serde_json::Value = serde_json::from_str(&text).map_err(Stop::unexpected)?;
    if value.is_object() { Ok(Some(value)) } else { Err(Stop::unexpected(format!("{what} must be an object"))) }
}

/// A number that must not fall below `least`; missing is fine.
pub(super) fn at_least(what: &str, least: i64, number: Option<impl Into<i64>>) -> Result<(), Stop> {
    if number.is_some_and(|number| number.into() < least) {
        return Err(Stop::Told(format!("{what} must be at least {least}")));
    }
    Ok(())
}

/// A role by its value.
pub(super) fn role(text: Option<&str>) -> Result<Option<Role>, Stop> {
    text.map(|text| text.parse().map_err(|_| Stop::unexpected(format!("{} is not a valid UserRole", quoted(text)))))
        .transpose()
}

/// A status by its value, else what `is_active` means.
pub(super) fn status(text: Option<&str>, is_active: Option<bool>) -> Result<Option<UserStatus>, Stop> {
    let by_flag = |active| if active { UserStatus::Active } else { UserStatus::Inactive };
    match text {
        None => Ok(is_active.map(by_flag)),
        Some(text) => {
            let status = UserStatus::parse(text);
            status.map(Some).ok_or_else(|| Stop::unexpected(format!("{} is not a valid UserStatus", quoted(text))))
        }
    }
}

/// What somebody sent, fit to be shown: cut, and without anything that steers.
fn quoted(text: &str) -> String {
    let shown: String = text.chars().filter(|letter| !naming::steers(*letter)).take(SLUG_LENGTH).collect();
    format!("'{shown}'")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told<T: std::fmt::Debug>(outcome: Result<T, Stop>) -> String {
        match outcome {
            Err(Stop::Told(text)) => text,
            other => format!("{:?}", other.ok()),
        }
    }

    #[test]
    fn inputs_are_held_to_their_bounds() {
        let json = |text: &str| Some(JsonString(text.to_owned()));
        assert_eq!(
            told(slots(json(r#"{"cpu": 8, "mem": "16g"}"#)).map(|slots| slots.map(|slots| slots.to_string()))),
            "Some(Some(\"cpu=8 mem=16g\"))"
        );
        assert_eq!(told(slots(None)), "Some(None)");
        assert_eq!(
            told(slots(json("[]"))),
            "unexpected error: resource slots must be an object of slot names and amounts"
        );
        assert!(told(slots(json(r#"{"mem": "lots"}"#))).starts_with("unexpected error: slot mem:"));
        assert_eq!(
            told(slots(json(r#"{"\u202e": 1}"#))),
            "name of a slot must not contain control characters or invisible marks"
        );
        assert_eq!(told(ids(Some(vec![Some("x".into())]))), format!("unexpected error: {BAD_UUID}"));
        assert_eq!(told(ids(Some(vec![None; 1001]))), "unexpected error: more than 1000 entries");
        assert_eq!(told(at_least("rate_limit", 1, Some(0))), "rate_limit must be at least 1");
        assert_eq!(told(role(Some("root\u{202e}"))), "unexpected error: 'root' is not a valid UserRole");
        assert_eq!(told(status(Some("gone"), Some(true))), "unexpected error: 'gone' is not a valid UserStatus");
        assert_eq!(told(status(None, Some(false))), "Some(Some(Inactive))");
        assert_eq!(told(object("driver_opts", json("3"))), "unexpected error: driver_opts must be an object");
    }
}
