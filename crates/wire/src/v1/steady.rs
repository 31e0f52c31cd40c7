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
    // Its points wander along with time; they are told anew with the numbers beside them.
    if let Some(Value::Object(usage)) = kept.get_mut("usage") {
        usage.remove("recent");
    }
    Value::Object(kept)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn time_alone_tells_nothing() {
        let row = |seconds: i64, cpu: f64, until: &str| {
            json!({"id": 1, "seconds_in_status": seconds, "usage": {"cpu": cpu, "recent": {"until": until, "cpu": [0.1]}},
                "remaining": {"ends_at": "soon", "seconds": seconds}})
        };
        assert_eq!(unmoved(&row(1, 0.5, "a")), unmoved(&row(2, 0.5, "b")));
        assert_ne!(unmoved(&row(1, 0.5, "a")), unmoved(&row(1, 0.6, "a")));
        assert_eq!(steady(&row(1, 0.5, "a")), steady(&row(2, 0.6, "b")));
    }
}
