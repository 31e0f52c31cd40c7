//! YAML that strangers send, read as JSON within bounds: depth, nodes and text are counted with what
//! aliases stand for, so that a short text cannot become a large value. Nothing here recurses.
//!
//! Scalars mean what YAML 1.2's core schema says: `yes` is a text, `0o17` a number.

use std::collections::HashMap;

use saphyr_parser::{Event, Parser, ScalarStyle, Tag};
use serde_json::{Map, Number, Value};

/// Lists and maps inside of each other.
pub const MAX_DEPTH: usize = 32;
/// Values in all.
pub const MAX_NODES: usize = 10_000;
/// Bytes of all texts.
pub const MAX_TEXT: usize = 256 * 1024;

/// Why a text is not taken.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum YamlError {
    /// No YAML.
    #[error("this is no YAML: line {line}, column {column}")]
    Syntax {
        /// Counted from 1.
        line: usize,
        /// Counted from 1.
        column: usize,
    },
    /// Nothing, or several documents.
    #[error("give one YAML document")]
    Documents,
    /// Too deep.
    #[error("nested deeper than {MAX_DEPTH} levels")]
    TooDeep,
    /// Too many values, or too much text.
    #[error("too large, counting what aliases stand for")]
    TooLarge,
    /// A key that JSON cannot have.
    #[error("keys must be plain texts")]
    Key,
    /// The same key twice in one map.
    #[error("a key is given twice")]
    Duplicate,
    /// An alias of what contains it, or of nothing.
    #[error("an alias stands for nothing")]
    Alias,
    /// A type that JSON does not have, or a scalar that is not of its type.
    #[error("only the types of JSON are taken")]
    Tag,
}

/// The one document of a text.
///
/// # Errors
/// [`YamlError`].
pub fn parse(text: &str) -> Result<Value, YamlError> {
    let mut reading = Reading::default();
    for event in Parser::new_from_str(text) {
        let (event, _) = event.map_err(|error| YamlError::Syntax {
            line: error.marker().line(),
            column: error.marker().col().saturating_add(1),
        })?;
        reading.take(event)?;
    }
    reading.root.ok_or(YamlError::Documents)
}

/// A value with what it costs: an alias of it costs the same again.
#[derive(Clone)]
struct Measured {
    value: Value,
    nodes: usize,
    bytes: usize,
    height: usize,
}

/// A list or map that has not ended.
struct Open {
    anchor: usize,
    inside: Inside,
    nodes: usize,
    bytes: usize,
    height: usize,
}

enum Inside {
    List(Vec<Value>),
    Map(Map<String, Value>, Option<String>),
}

#[derive(Default)]
struct Reading {
    open: Vec<Open>,
    anchors: HashMap<usize, Measured>,
    root: Option<Value>,
    nodes: usize,
    bytes: usize,
}

impl Reading {
    fn take(&mut self, event: Event<'_>) -> Result<(), YamlError> {
        match event {
            Event::Scalar(text, style, anchor, tag) => self.scalar(&text, style, anchor, tag.as_deref()),
            Event::SequenceStart(anchor, tag) => {
                is_of(tag.as_deref(), "seq")?;
                self.enter(anchor, Inside::List(Vec::new()))
            }
            Event::MappingStart(anchor, tag) => {
                is_of(tag.as_deref(), "map")?;
                self.enter(anchor, Inside::Map(Map::new(), None))
            }
            Event::SequenceEnd | Event::MappingEnd => self.leave(),
            Event::Alias(anchor) => {
                let meant = self.anchors.get(&anchor).cloned().ok_or(YamlError::Alias)?;
                self.spend(meant.nodes, meant.bytes)?;
                self.place(meant)
            }
            Event::Nothing | Event::StreamStart | Event::StreamEnd | Event::DocumentStart(_) | Event::DocumentEnd => {
                Ok(())
            }
        }
    }

    fn scalar(&mut self, text: &str, style: ScalarStyle, anchor: usize, tag: Option<&Tag>) -> Result<(), YamlError> {
        self.spend(1, text.len())?;
        if let Some(Open { inside: Inside::Map(map, key @ None), bytes, .. }) = self.open.last_mut() {
            if anchor != 0 {
                return Err(YamlError::Key);
            }
            if map.contains_key(text) {
                return Err(YamlError::Duplicate);
            }
            *key = Some(text.to_owned());
            *bytes += text.len();
            return Ok(());
        }
        let value = scalar(text, style, tag)?;
        self.finish(anchor, Measured { value, nodes: 1, bytes: text.len(), height: 0 })
    }

    fn enter(&mut self, anchor: usize, inside: Inside) -> Result<(), YamlError> {
        self.spend(1, 0)?;
        if self.open.len() >= MAX_DEPTH {
            return Err(YamlError::TooDeep);
        }
        if let Some(Open { inside: Inside::Map(_, None), .. }) = self.open.last() {
            return Err(YamlError::Key);
        }
        self.open.push(Open { anchor, inside, nodes: 1, bytes: 0, height: 1 });
        Ok(())
    }

    fn leave(&mut self) -> Result<(), YamlError> {
        let Some(Open { anchor, inside, nodes, bytes, height }) = self.open.pop() else { return Ok(()) };
        let value = match inside {
            Inside::List(items) => Value::Array(items),
            Inside::Map(map, _) => Value::Object(map),
        };
        self.finish(anchor, Measured { value, nodes, bytes, height })
    }

    /// A whole value: kept for its aliases, then put where it belongs.
    fn finish(&mut self, anchor: usize, measured: Measured) -> Result<(), YamlError> {
        if anchor != 0 {
            self.spend(measured.nodes, measured.bytes)?;
            self.anchors.insert(anchor, measured.clone());
        }
        self.place(measured)
    }

    fn place(&mut self, measured: Measured) -> Result<(), YamlError> {
        let Measured { value, nodes, bytes, height } = measured;
        if self.open.len() + height > MAX_DEPTH {
            return Err(YamlError::TooDeep);
        }
        let Some(outer) = self.open.last_mut() else {
            return if self.root.replace(value).is_none() { Ok(()) } else { Err(YamlError::Documents) };
        };
        outer.nodes += nodes;
        outer.bytes += bytes;
        outer.height = outer.height.max(height + 1);
        match &mut outer.inside {
            Inside::List(items) => items.push(value),
            Inside::Map(map, key) => {
                map.insert(key.take().ok_or(YamlError::Key)?, value);
            }
        }
        Ok(())
    }

    fn spend(&mut self, nodes: usize, bytes: usize) -> Result<(), YamlError> {
        self.nodes += nodes;
        self.bytes += bytes;
        if self.nodes > MAX_NODES || self.bytes > MAX_TEXT { Err(YamlError::TooLarge) } else { Ok(()) }
    }
}

/// Whether a list or map may carry this tag.
fn is_of(tag: Option<&Tag>, own: &str) -> Result<(), YamlError> {
    match tag {
        None => Ok(()),
        Some(tag) if is_own(tag) || (tag.is_yaml_core_schema() && tag.suffix == own) => Ok(()),
        Some(_) => Err(YamlError::Tag),
    }
}

/// `!`, which says that a scalar is a text and means nothing elsewhere.
fn is_own(tag: &Tag) -> bool {
    (tag.handle.as_str(), tag.suffix.as_str()) == ("", "!")
}

fn scalar(text: &str, style: ScalarStyle, tag: Option<&Tag>) -> Result<Value, YamlError> {
    let is_text = || Value::String(text.to_owned());
    match tag {
        None if style == ScalarStyle::Plain => Ok(plain(text)),
        None => Ok(is_text()),
        Some(tag) if is_own(tag) => Ok(is_text()),
        Some(tag) if tag.is_yaml_core_schema() => {
            let value = plain(text);
            let fits = match tag.suffix.as_str() {
                "str" => return Ok(is_text()),
                "null" => value.is_null(),
                "bool" => value.is_boolean(),
                "int" => value.is_i64() || value.is_u64(),
                "float" => value.is_number(),
                _ => false,
            };
            if fits { Ok(value) } else { Err(YamlError::Tag) }
        }
        Some(_) => Err(YamlError::Tag),
    }
}

/// A scalar without quotes by the core schema. What JSON has no number for stays a text.
fn plain(text: &str) -> Value {
    match text {
        "" | "~" | "null" | "Null" | "NULL" => Value::Null,
        "true" | "True" | "TRUE" => Value::Bool(true),
        "false" | "False" | "FALSE" => Value::Bool(false),
        _ => number(text).map_or_else(|| Value::String(text.to_owned()), Value::Number),
    }
}

fn number(text: &str) -> Option<Number> {
    let radix = |digits: &str, radix| {
        let digits = digits.bytes().all(|digit| digit.is_ascii_alphanumeric()).then_some(digits)?;
        u64::from_str_radix(digits, radix).ok().map(Number::from)
    };
    if let Some(digits) = text.strip_prefix("0x") {
        return radix(digits, 16);
    }
    if let Some(digits) = text.strip_prefix("0o") {
        return radix(digits, 8);
    }
    let unsigned = text.strip_prefix(['-', '+']).unwrap_or(text);
    let begins = unsigned.starts_with(|first: char| first.is_ascii_digit() || first == '.');
    let numeric = |byte: u8| byte.is_ascii_digit() || matches!(byte, b'.' | b'e' | b'E' | b'+' | b'-');
    if !begins || !unsigned.bytes().all(numeric) {
        return None;
    }
    let text = text.strip_prefix('+').unwrap_or(text);
    if unsigned.bytes().all(|byte| byte.is_ascii_digit()) {
        let small = text.parse::<i64>().map(Number::from).or_else(|_| text.parse::<u64>().map(Number::from));
        if let Ok(number) = small {
            return Some(number);
        }
    }
    text.parse::<f64>().ok().and_then(Number::from_f64)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use serde_json::json;

    use super::*;

    #[test]
    fn values_are_those_of_the_core_schema() {
        let text = "a: [1, -2, +3, 0x1F, 0o17, 1.5, -.5, 1e3, 18446744073709551615, .inf, 1.2.3, '1', \"2\", !!str 3]\n\
                    b: {t: true, f: FALSE, n: ~, e: , y: yes, d: 2021-10-07}\n1: |\n  two\n  lines\nc: >-\n  one\n  line\n";
        assert_eq!(
            parse(text).unwrap(),
            json!({
                "a": [1, -2, 3, 31, 15, 1.5, -0.5, 1000.0, 18446744073709551615_u64, ".inf", "1.2.3", "1", "2", "3"],
                "b": {"t": true, "f": false, "n": null, "e": null, "y": "yes", "d": "2021-10-07"},
                "1": "two\nlines\n", "c": "one line",
            })
        );
        assert_eq!(parse("- &x {k: [v]}\n- *x\n- *x").unwrap(), json!([{"k": ["v"]}, {"k": ["v"]}, {"k": ["v"]}]));
        assert_eq!(parse(r#"{"a": "\u00fc\n", "b": [null, 2]}"#).unwrap(), json!({"a": "ü\n", "b": [null, 2]}));
        assert_eq!(parse("---\na: 1\n...\n").unwrap(), json!({"a": 1}));
    }

    #[test]
    fn what_json_has_not_is_refused() {
        for (text, error) in [
            ("", YamlError::Documents),
            ("# nothing", YamlError::Documents),
            ("--- a\n--- b", YamlError::Documents),
            ("? [a]\n: b", YamlError::Key),
            ("&k a: b", YamlError::Key),
            ("- &k a\n- *k : b", YamlError::Key),
            ("a: 1\na: 2", YamlError::Duplicate),
            ("a: !!binary aGk=", YamlError::Tag),
            ("a: !!int x", YamlError::Tag),
            ("a: !python/object:os.system x", YamlError::Tag),
            ("a: !!set {b}", YamlError::Tag),
            ("&a [*a]", YamlError::Alias),
        ] {
            assert_eq!(parse(text), Err(error), "{text}");
        }
        for text in ["a: [", "a: *none", "a: b: c", "%YAML x", "\"\u{0}"] {
            assert!(matches!(parse(text), Err(YamlError::Syntax { .. })), "{text:?}: {:?}", parse(text));
        }
    }

    #[test]
    fn bombs_do_not_go_off() {
        let laughs: String = (1..30).map(|n| format!("a{n}: &a{n} [*a{0}, *a{0}, *a{0}, *a{0}]\n", n - 1)).collect();
        assert_eq!(parse(&format!("a0: &a0 lol\n{laughs}")), Err(YamlError::TooLarge));
        let doubled: String = (1..40).map(|n| format!("- &a{n} {{k: *a{0}}}\n", n - 1)).collect();
        assert_eq!(parse(&format!("- &a0 lol\n{doubled}")), Err(YamlError::TooDeep));
        for deep in ["[".repeat(60_000), "{a: ".repeat(15_000), "- ".repeat(30_000), "? ".repeat(30_000)] {
            assert!(matches!(parse(&deep), Err(YamlError::TooDeep | YamlError::Key | YamlError::Syntax { .. })));
        }
        let fits = format!("{}1{}", "[".repeat(MAX_DEPTH), "]".repeat(MAX_DEPTH));
        assert!(parse(&fits).is_ok());
        assert_eq!(parse(&format!("[{fits}]")), Err(YamlError::TooDeep));
        assert_eq!(parse(&format!("[{}]", "1, ".repeat(MAX_NODES))), Err(YamlError::TooLarge));
        let long = format!("a: &a {}\nb: [*a, *a, *a]", "x".repeat(MAX_TEXT / 4));
        assert_eq!(parse(&long), Err(YamlError::TooLarge));
    }
}
