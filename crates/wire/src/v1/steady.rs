//! What of a row moves without anything happening to its session: no reason to tell the row again.

use serde_json::{Map, Value};

/// A row without what moves by itself.
#[must_use]
pub fn steady(row: &Value) -> Value {
    let mut kept = without(row, &["seconds_in_status", "usage"]);
    if let Some(Value::Array(containers)) = kept.get_mut("containers") {
        *containers = containers.iter().map(steady).collect();
    }
    kept
}

/// A row without what moves with the clock alone.
#[must_use]
pub fn unmoved(row: &Value) -> Value {
    without(row, &["seconds_in_status"])
}

/// A row without these; of what is left of its time, the end alone: the rest moves with the clock.
fn without(row: &Value, moving: &[&str]) -> Value {
    let Value::Object(row) = row else { return row.clone() };
    let mut kept: Map<String, Value> = row.clone();
    kept.retain(|name, _| !moving.contains(&name.as_str()));
    if let Some(remaining) = kept.get_mut("remaining") {
        *remaining = remaining.get("ends_at").cloned().unwrap_or_default();
    }
    Value::Object(kept)
}
