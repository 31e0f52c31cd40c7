//! Preferences: what a person's clients keep for them, and its bounds.

use serde_json::{Map, Value};

use crate::parameters::refused;
use crate::problem::{Problem, ProblemType};

/// Bytes of the document, written without blanks.
pub const MAX_BYTES: usize = 16 * 1024;
/// Objects and lists inside each other, the document itself included.
pub const MAX_DEPTH: usize = 8;
/// Characters of a name that a refusal repeats.
const SHOWN: usize = 64;

/// Reads a document that is to be kept.
///
/// # Errors
/// `invalid-api-params`: `Malformed body` for what is no object, else what is too large or too deep by name.
pub fn preferences(body: &[u8]) -> Result<Map<String, Value>, Problem> {
    let Ok(Value::Object(document)) = serde_json::from_slice(body) else {
        return Err(Problem::new(ProblemType::InvalidApiParams).with_msg("Malformed body"));
    };
    within_bounds(&document)?;
    Ok(document)
}

/// Reads a merge patch (RFC 7396) of a document that is kept. What comes of it has bounds, see [`within_bounds`].
///
/// # Errors
/// `invalid-api-params`: `Malformed body` for what is no object.
pub fn preferences_patch(body: &[u8]) -> Result<Value, Problem> {
    match serde_json::from_slice(body) {
        Ok(patch @ Value::Object(_)) => Ok(patch),
        _ => Err(Problem::new(ProblemType::InvalidApiParams).with_msg("Malformed body")),
    }
}

/// Whether a document may be kept.
///
/// # Errors
/// `invalid-api-params` naming what is too large or too deep.
pub fn within_bounds(document: &Map<String, Value>) -> Result<(), Problem> {
    let bytes = serde_json::to_vec(document).map_or(usize::MAX, |text| text.len());
    if bytes > MAX_BYTES {
        return Err(refused("preferences", format!("is {bytes} bytes long; {MAX_BYTES} are kept at most")));
    }
    let deep = document.iter().find(|(_, value)| depth(value) >= MAX_DEPTH);
    match deep.map(|(name, _)| name.chars().take(SHOWN).collect::<String>()) {
        Some(name) => Err(refused(&name, format!("is nested deeper than {MAX_DEPTH} levels"))),
        None => Ok(()),
    }
}

/// Of parsed JSON, whose depth the parser bounds.
fn depth(value: &Value) -> usize {
    match value {
        Value::Array(items) => 1 + items.iter().map(depth).max().unwrap_or(0),
        Value::Object(map) => 1 + map.values().map(depth).max().unwrap_or(0),
        _ => 0,
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use serde_json::json;

    use super::*;

    fn read(value: &Value) -> Result<usize, Value> {
        let read = preferences(value.to_string().as_bytes());
        read.map(|document| document.len()).map_err(|problem| problem.to_json()["data"].clone())
    }

    #[test]
    fn documents_up_to_the_bounds_are_taken() {
        assert_eq!(read(&json!({})), Ok(0));
        let text = |length: usize| json!({"a": "x".repeat(length)});
        let around = r#"{"a":""}"#.len();
        assert_eq!(read(&text(MAX_BYTES - around)), Ok(1));
        assert_eq!(
            read(&text(MAX_BYTES - around + 1)),
            Err(json!({"preferences": "is 16385 bytes long; 16384 are kept at most"}))
        );
        // Blanks are not kept.
        let spread = format!("{}{{}}", " ".repeat(MAX_BYTES));
        assert!(preferences(spread.as_bytes()).is_ok());
    }

    #[test]
    fn what_is_too_deep_is_named() {
        let nested = |levels: usize| (0..levels).fold(json!(1), |inner, _| json!([inner]));
        assert_eq!(read(&json!({"a": nested(7), "b": 1})), Ok(2));
        assert_eq!(read(&json!({"b": 1, "a": nested(8)})), Err(json!({"a": "is nested deeper than 8 levels"})));
        let long = "n".repeat(100);
        let refused = read(&json!({long: nested(8)})).unwrap_err();
        assert_eq!(refused.as_object().unwrap().keys().next().unwrap().len(), SHOWN);
    }

    #[test]
    fn what_is_no_object_is_refused() {
        for body in ["", "[]", "null", "5", "{", "\"a\""] {
            assert_eq!(preferences(body.as_bytes()).unwrap_err().msg(), Some("Malformed body"), "{body}");
        }
    }
}
