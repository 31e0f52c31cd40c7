//! Fields that hold JSON inside a string, and lists that older servers answer as null.

use serde::{Deserialize, Deserializer, de::Error as _};
use serde_json::Value;

/// Reads a `JSONString`: null stays none, text is parsed; a bare object is taken too.
pub(crate) fn value<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Value>, D::Error> {
    match Option::<Value>::deserialize(deserializer)? {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(text)) => {
            let parsed: Value = serde_json::from_str(&text).map_err(D::Error::custom)?;
            Ok((!parsed.is_null()).then_some(parsed))
        }
        Some(other) => Ok(Some(other)),
    }
}

/// Reads a list; null is the empty one.
pub(crate) fn list<'de, D: Deserializer<'de>, T: Deserialize<'de>>(deserializer: D) -> Result<Vec<T>, D::Error> {
    Ok(Option::<Vec<T>>::deserialize(deserializer)?.unwrap_or_default())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use serde_json::{Value, json};

    #[derive(serde::Deserialize)]
    struct Row {
        #[serde(default, deserialize_with = "super::value")]
        slots: Option<Value>,
        #[serde(default, deserialize_with = "super::list")]
        names: Vec<String>,
    }

    fn check(row: Value, slots: Option<Value>, names: &[&str]) {
        let row: Row = serde_json::from_value(row).unwrap();
        assert_eq!(row.slots, slots);
        assert_eq!(row.names, names);
    }

    #[test]
    fn text_null_and_absent() {
        check(json!({"slots": r#"{"cpu": "1"}"#, "names": ["a"]}), Some(json!({"cpu": "1"})), &["a"]);
        check(json!({"slots": null, "names": null}), None, &[]);
        check(json!({"slots": "null"}), None, &[]);
        check(json!({}), None, &[]);
    }

    #[test]
    fn broken_text_is_an_error() {
        assert!(serde_json::from_value::<Row>(json!({"slots": "{"})).is_err());
    }
}
