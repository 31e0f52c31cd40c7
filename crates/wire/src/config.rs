//! Bodies of the superadmin's configuration (`rest.md` §2, `/config/get`, `set`, `delete`).
//!
//! Values may be secrets, so the types here print keys alone.

use std::fmt;

use rollcall_model::naming::steers;
use rollcall_model::slots::{DECLARED, INTRINSIC, SlotKind, UNITS};
use serde_json::{Map, Value, json};

use crate::parameters::Parameters;
use crate::problem::{Problem, ProblemType};

/// Longest path in bytes.
pub const MAX_KEY: usize = 512;
/// Longest value in bytes.
pub const MAX_VALUE: usize = 64 * 1024;
/// Longest name of a declared slot in bytes.
pub const MAX_SLOT: usize = 64;
/// Most entries that one request sets.
pub const MAX_LEAVES: usize = 16;

/// `POST /config/get` and `/config/delete`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConfigKey {
    /// Path with slashes, without one at its ends.
    pub key: String,
    /// With all that is below it.
    pub prefix: bool,
}

impl ConfigKey {
    /// Reads the parameters.
    ///
    /// # Errors
    /// `invalid-api-params`.
    pub fn of(mut parameters: Parameters) -> Result<Self, Problem> {
        let key = key(&mut parameters);
        let prefix = match parameters.take(&["prefix"]) {
            None => false,
            Some((_, Value::Bool(prefix))) => prefix,
            Some((name, _)) => {
                parameters.wrong(name, "value should be True or False");
                false
            }
        };
        parameters.finish(Self { key, prefix })
    }
}

/// `POST /config/set`: entries by path.
#[derive(Clone, PartialEq, Eq)]
pub struct ConfigEntries(pub Vec<(String, String)>);

impl fmt::Debug for ConfigEntries {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.0.iter().map(|(key, _)| key)).finish()
    }
}

impl ConfigEntries {
    /// Reads the parameters: a text for one entry, or an object nested by path.
    ///
    /// # Errors
    /// `invalid-api-params`.
    pub fn of(mut parameters: Parameters) -> Result<Self, Problem> {
        let key = key(&mut parameters);
        let mut entries = Vec::new();
        // Nothing is kept there, so only who asks may name it, as the WebUI does.
        if has_empty_part(&key) && !key.is_empty() {
            parameters.wrong("key", "value has an empty part");
        }
        match parameters.take(&["value"]) {
            None => parameters.wrong("value", "is required"),
            Some((name, value)) => {
                let read = flatten(&key, &value, &mut entries);
                let read = read.and_then(|()| entries.iter().try_for_each(|(path, unit)| slot(path, unit)));
                if let Err(reason) = read {
                    parameters.wrong(name, reason);
                }
            }
        }
        let entries = parameters.finish(Self(entries))?;
        if entries.0.len() > MAX_LEAVES {
            return Err(Problem::new(ProblemType::InvalidApiParams)
                .with_msg("Too large update! Split into smaller key-value pair sets."));
        }
        Ok(entries)
    }
}

fn key(parameters: &mut Parameters) -> String {
    let key = parameters.required_text(&["key"], "key");
    let key = key.trim_matches('/').to_owned();
    if parameters.is_wrong("key") {
        return key;
    }
    if key.is_empty() {
        parameters.wrong("key", "blank value is not allowed");
    } else if !is_name(&key) {
        parameters.wrong(
            "key",
            format!("value is no path of at most {MAX_KEY} bytes without control characters or invisible marks"),
        );
    }
    key
}

fn is_name(key: &str) -> bool {
    key.len() <= MAX_KEY && !key.chars().any(steers)
}

fn has_empty_part(key: &str) -> bool {
    key.split('/').any(str::is_empty)
}

fn is_path(key: &str) -> bool {
    is_name(key) && !has_empty_part(key)
}

/// An empty name means the path itself, as [`nested`] writes it.
fn flatten(path: &str, value: &Value, entries: &mut Vec<(String, String)>) -> Result<(), String> {
    // The rest is not looked at: one too many is enough to refuse.
    if entries.len() > MAX_LEAVES {
        return Ok(());
    }
    match value {
        Value::String(text) if text.len() > MAX_VALUE => Err(format!("value is longer than {MAX_VALUE} bytes")),
        Value::String(text) if text.contains('\0') => Err("value contains a null character".to_owned()),
        Value::String(text) => {
            entries.push((path.to_owned(), text.clone()));
            Ok(())
        }
        Value::Object(map) => map.iter().try_for_each(|(name, value)| {
            let inner = if name.is_empty() { path.to_owned() } else { format!("{path}/{name}") };
            match is_path(&inner) {
                true => flatten(&inner, value, entries),
                false => Err("a name is no path or too long".to_owned()),
            }
        }),
        _ => Err("value is neither a string nor an object of strings".to_owned()),
    }
}

/// Refuses a slot that nothing could be reckoned in; clients are told of every slot that is declared.
fn slot(path: &str, unit: &str) -> Result<(), String> {
    let Some(name) = path.strip_prefix(DECLARED) else { return Ok(()) };
    let fits = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | b'_');
    if name.len() > MAX_SLOT || !name.bytes().all(fits) {
        return Err(format!("a slot has a name of at most {MAX_SLOT} letters, digits, `.`, `-` and `_`"));
    }
    let only = INTRINSIC.contains(&name).then(|| SlotKind::of(name).unit());
    match only {
        Some(only) if only != unit => Err(format!("the unit of {name} is {only}")),
        None if !UNITS.contains(&unit) => Err(format!("the unit of a slot is one of {}", UNITS.join(", "))),
        _ => Ok(()),
    }
}

/// The answer of `/config/set` and `/config/delete`.
#[must_use]
pub fn done() -> Value {
    json!({ "result": "ok" })
}

/// The answer of `/config/get` for one entry.
#[must_use]
pub fn one(value: Option<String>) -> Value {
    json!({ "result": value })
}

/// The answer of `/config/get` with `prefix`: what is below `key`, nested by path. The entry of a
/// path that has others below it stands under an empty name. Null when there is nothing.
#[must_use]
pub fn nested(key: &str, entries: Vec<(String, String)>) -> Value {
    let mut root = Map::new();
    for (path, value) in entries {
        let below = path.get(key.len()..).unwrap_or_default().trim_matches('/');
        insert(&mut root, below, value);
    }
    if root.is_empty() { json!({ "result": null }) } else { json!({ "result": root }) }
}

fn insert(place: &mut Map<String, Value>, path: &str, value: String) {
    let Some((name, below)) = path.split_once('/') else {
        match place.get_mut(path) {
            Some(Value::Object(inner)) => inner.insert(String::new(), value.into()),
            _ => place.insert(path.to_owned(), value.into()),
        };
        return;
    };
    let inner = place.entry(name).or_insert_with(|| Value::Object(Map::new()));
    if let Value::String(own) = inner {
        let own = std::mem::take(own);
        *inner = Value::Object(Map::from_iter([(String::new(), own.into())]));
    }
    // Only texts and objects are ever put there.
    if let Value::Object(inner) = inner {
        insert(inner, below, value);
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::panic)]

    use super::*;

    fn of(value: Value) -> Parameters {
        match value {
            Value::Object(map) => Parameters::new(map),
            _ => panic!("an object"),
        }
    }

    #[test]
    fn nested_values_become_entries_and_back() {
        let entries =
            ConfigEntries::of(of(json!({"key": "/a/", "value": {"": "own", "b": {"c": "1"}, "d": ""}}))).unwrap();
        let texts = [("a", "own"), ("a/b/c", "1"), ("a/d", "")].map(|(key, value)| (key.to_owned(), value.to_owned()));
        assert_eq!(entries.0, texts);
        assert_eq!(nested("a", entries.0), json!({"result": {"": "own", "b": {"c": "1"}, "d": ""}}));
        let order = vec![("a/b".to_owned(), "x".to_owned()), ("a/b/c".to_owned(), "y".to_owned())];
        assert_eq!(nested("a", order), json!({"result": {"b": {"": "x", "c": "y"}}}));
        assert_eq!(nested("a", Vec::new()), json!({"result": null}));
    }

    #[test]
    fn slots_have_names_and_units_that_can_be_reckoned_in() {
        let set = |key: &str, value: Value| ConfigEntries::of(of(json!({"key": key, "value": value})));
        let below = |name: &str, unit: &str| set(&format!("{DECLARED}{name}"), json!(unit));
        for (name, unit) in [("cuda.shares", "count"), ("hbm", "bytes"), ("id_1", "unique"), ("cpu", "count")] {
            assert!(below(name, unit).is_ok(), "{name}");
        }
        let long = "x".repeat(MAX_SLOT + 1);
        for (name, unit) in [
            ("cpu", "bytes"),
            ("mem", "count"),
            ("x", "bogus"),
            ("x", ""),
            ("a b", "count"),
            ("a/b", "count"),
            (&long, "count"),
        ] {
            assert!(below(name, unit).is_err(), "{name} {unit}");
        }
        assert!(set("config/resource_slots", json!({"x": "count", "mem": "count"})).is_err());
        assert!(set("config", json!({"resource_slots": {"x": "count"}, "other": "bogus"})).is_ok());
        assert!(set("config/resource_slots_of_mine/x", json!("bogus")).is_ok());
    }

    #[test]
    fn limits_and_types_are_kept() {
        let leaves = |count: usize| -> Map<String, Value> { (0..count).map(|n| (n.to_string(), "x".into())).collect() };
        assert_eq!(ConfigEntries::of(of(json!({"key": "a", "value": leaves(16)}))).unwrap().0.len(), 16);
        let long = "x".repeat(MAX_VALUE + 1);
        for wrong in [
            json!({"key": "a", "value": leaves(17)}),
            json!({"key": "a", "value": 5}),
            json!({"key": "a", "value": {"b": [1]}}),
            json!({"key": "a", "value": null}),
            json!({"key": "a"}),
            json!({"key": "a", "value": long}),
            json!({"key": "a", "value": "zero\u{0}"}),
            json!({"key": "/", "value": "x"}),
            json!({"key": "a//b", "value": "x"}),
            json!({"key": "a\nb", "value": "x"}),
            json!({"key": "a\u{202e}b", "value": "x"}),
            json!({"key": "x".repeat(MAX_KEY + 1), "value": "x"}),
        ] {
            let problem = ConfigEntries::of(of(wrong.clone())).unwrap_err();
            assert_eq!(problem.status(), 400, "{wrong}");
        }
        for prefix in [json!("true"), json!(1)] {
            let problem = ConfigKey::of(of(json!({"key": "a", "prefix": prefix}))).unwrap_err();
            assert_eq!(problem.data(), Some(&json!({"prefix": "value should be True or False"})));
        }
        assert!(ConfigKey::of(of(json!({"key": "a", "prefix": true}))).unwrap().prefix);
    }

    #[test]
    fn values_are_not_printed() {
        let entries = ConfigEntries::of(of(json!({"key": "a", "value": "hunter2"}))).unwrap();
        assert_eq!(format!("{entries:?}"), r#"["a"]"#);
    }
}
