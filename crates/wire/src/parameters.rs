//! Reading a request's parameters: from the JSON body if there is one, else from the query string,
//! with aliases and the lenient booleans and integers of `rest.md` §0. What is wrong is collected
//! by parameter, in the shape of `errors.md` §3.

use percent_encoding::percent_decode;
use serde_json::{Map, Value};
use uuid::Uuid;

use crate::problem::{Problem, ProblemType};
use crate::yaml;

/// The parameters of one request, and what was wrong with them so far.
#[derive(Debug, Default)]
pub struct Parameters {
    values: Map<String, Value>,
    errors: Map<String, Value>,
}

impl Parameters {
    /// The JSON object of a non-empty body, else the query string; never both.
    ///
    /// # Errors
    /// `invalid-api-params` with `Malformed body`.
    pub fn of_request(query: Option<&str>, body: &[u8]) -> Result<Self, Problem> {
        if body.is_empty() {
            return Ok(Self::of_query(query.unwrap_or_default()));
        }
        match serde_json::from_slice(body) {
            Ok(Value::Object(values)) => Ok(Self::new(values)),
            _ => Err(Problem::new(ProblemType::InvalidApiParams).with_msg("Malformed body")),
        }
    }

    /// The same for a body of `text/yaml`.
    ///
    /// # Errors
    /// `invalid-api-params` with `Malformed body`, also for what [`crate::yaml`] does not take.
    pub fn of_yaml_request(query: Option<&str>, body: &[u8]) -> Result<Self, Problem> {
        if body.is_empty() {
            return Ok(Self::of_query(query.unwrap_or_default()));
        }
        match std::str::from_utf8(body).map(yaml::parse) {
            Ok(Ok(Value::Object(values))) => Ok(Self::new(values)),
            _ => Err(Problem::new(ProblemType::InvalidApiParams).with_msg("Malformed body")),
        }
    }

    /// The parameters of a query string. Of a repeated one the first counts.
    #[must_use]
    pub fn of_query(query: &str) -> Self {
        let mut values = Map::new();
        for pair in query.split('&').filter(|pair| !pair.is_empty()) {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            values.entry(decode(name)).or_insert_with(|| Value::String(decode(value)));
        }
        Self::new(values)
    }

    /// Parameters that are already a JSON object.
    #[must_use]
    pub fn new(values: Map<String, Value>) -> Self {
        Self { values, errors: Map::new() }
    }

    /// Takes the first of `names` that was given and is not null, with the name it was given by.
    pub fn take(&mut self, names: &[&'static str]) -> Option<(&'static str, Value)> {
        let mut found = names.iter().filter_map(|name| Some((*name, self.values.remove(*name)?)));
        let first = found.find(|(_, value)| !value.is_null());
        // Other spellings of the same parameter are dropped.
        found.for_each(drop);
        first
    }

    /// Notes a parameter that is not there at all; null is there.
    pub fn must_be_there(&mut self, name: &str) {
        if !self.values.contains_key(name) {
            self.wrong(name, "is required");
        }
    }

    /// Notes what is wrong with a parameter.
    pub fn wrong(&mut self, name: &str, reason: impl Into<Value>) {
        self.errors.insert(name.to_owned(), reason.into());
    }

    /// Whether something wrong was noted of a parameter.
    #[must_use]
    pub fn is_wrong(&self, name: &str) -> bool {
        self.errors.contains_key(name)
    }

    /// A text that must be given and not blank. A missing one is reported as `internal`.
    pub fn required_text(&mut self, names: &[&'static str], internal: &str) -> String {
        if !self.has(names) {
            self.wrong(internal, "is required");
        }
        self.text(names).unwrap_or_default()
    }

    /// A text that may be missing or null, but not blank.
    pub fn text(&mut self, names: &[&'static str]) -> Option<String> {
        let (name, value) = self.take(names)?;
        let reason = match value {
            Value::String(text) if text.is_empty() => "blank value is not allowed",
            Value::String(text) if text.contains('\0') => "value contains a null character",
            Value::String(text) => return Some(text),
            _ => "value is not a string",
        };
        self.wrong(name, reason);
        None
    }

    /// A text that may be missing, null or blank.
    pub fn any_text(&mut self, names: &[&'static str]) -> Option<String> {
        let (name, value) = self.take(names)?;
        match value {
            Value::String(text) if text.contains('\0') => self.wrong(name, "value contains a null character"),
            Value::String(text) => return Some(text),
            _ => self.wrong(name, "value is not a string"),
        }
        None
    }

    /// A boolean by its lenient forms, `default` when missing; null is false.
    pub fn boolean(&mut self, names: &[&'static str], default: bool) -> bool {
        let is_null = names.iter().any(|name| self.values.get(*name).is_some_and(Value::is_null));
        let Some((name, value)) = self.take(names) else { return default && !is_null };
        lenient_bool(&value).unwrap_or_else(|| {
            self.wrong(name, "value can't be converted to Bool");
            default
        })
    }

    /// An integer of at least `least`, as a JSON number or a text; `default` when missing.
    pub fn integer(&mut self, names: &[&'static str], least: i64, default: i64) -> i64 {
        let Some((name, value)) = self.take(names) else { return default };
        match lenient_int(&value) {
            Some(number) if number >= least => return number,
            Some(_) => self.wrong(name, format!("value is less than {least}")),
            None => self.wrong(name, "value can't be converted to int"),
        }
        default
    }

    /// An integer of at least `least`, as above, or none.
    pub fn maybe_integer(&mut self, names: &[&'static str], least: i64) -> Option<i64> {
        let is_given = names.iter().any(|name| self.values.get(*name).is_some_and(|value| !value.is_null()));
        is_given.then(|| self.integer(names, least, least))
    }

    /// A UUID in any of its text forms, or none.
    pub fn uuid(&mut self, names: &[&'static str]) -> Option<Uuid> {
        let (name, value) = self.take(names)?;
        let uuid = value.as_str().and_then(|text| Uuid::parse_str(text).ok());
        if uuid.is_none() {
            self.wrong(name, "value is not a uuid");
        }
        uuid
    }

    /// One of some names; `default` when missing. `set` names the whole in the message.
    pub fn choice<T: Copy>(&mut self, names: &[&'static str], set: &str, choices: &[(&str, T)], default: T) -> T {
        let Some((name, value)) = self.take(names) else { return default };
        let chosen = choices.iter().find(|(known, _)| value.as_str() == Some(known));
        if chosen.is_none() {
            self.wrong(name, format!("value is not a valid member of {set}"));
        }
        chosen.map_or(default, |(_, chosen)| *chosen)
    }

    /// An object, empty when missing or null.
    pub fn object(&mut self, names: &[&'static str]) -> Map<String, Value> {
        match self.take(names) {
            Some((_, Value::Object(map))) => map,
            Some((name, _)) => {
                self.wrong(name, "value is not a dict");
                Map::new()
            }
            None => Map::new(),
        }
    }

    /// A list, empty when missing or null.
    pub fn list(&mut self, names: &[&'static str]) -> Vec<Value> {
        match self.take(names) {
            Some((_, Value::Array(items))) => items,
            Some((name, _)) => {
                self.wrong(name, "value is not a list");
                Vec::new()
            }
            None => Vec::new(),
        }
    }

    /// Gives a parameter to the request, under the first of its names, unless it was given by any of them.
    pub fn or_else(&mut self, names: &[&'static str], value: Value) {
        if let Some(name) = names.first().filter(|_| !self.has(names)) {
            self.values.insert((*name).to_owned(), value);
        }
    }

    /// Whether a parameter was given by any of its names, and is not null.
    #[must_use]
    pub fn has(&self, names: &[&'static str]) -> bool {
        names.iter().any(|name| self.values.get(*name).is_some_and(|value| !value.is_null()))
    }

    /// Drops every parameter that is this text.
    pub fn forget(&mut self, nothing: &str) {
        self.values.retain(|_, value| value.as_str() != Some(nothing));
    }

    /// The parameters that nobody has taken yet.
    #[must_use]
    pub fn into_values(self) -> Map<String, Value> {
        self.values
    }

    /// What was wrong, by parameter.
    #[must_use]
    pub fn into_errors(self) -> Map<String, Value> {
        self.errors
    }

    /// Gives `value` if nothing was wrong. Parameters nobody asked for are ignored.
    ///
    /// # Errors
    /// `invalid-api-params` with `data`, a reason for each wrong parameter.
    pub fn finish<T>(self, value: T) -> Result<T, Problem> {
        if self.errors.is_empty() {
            return Ok(value);
        }
        Err(Problem::new(ProblemType::InvalidApiParams)
            .with_msg("Input validation error")
            .with_data(Value::Object(self.errors)))
    }
}

/// The answer to a request without a parameter that this use of the route needs.
#[must_use]
pub fn missing(name: &str) -> Problem {
    refused(name, "is required")
}

/// The answer to a request with one wrong parameter.
#[must_use]
pub fn refused(name: &str, reason: impl Into<Value>) -> Problem {
    let data = Value::Object(Map::from_iter([(name.to_owned(), reason.into())]));
    Problem::new(ProblemType::InvalidApiParams).with_msg("Input validation error").with_data(data)
}

/// Form decoding: `+` is a blank; bytes that are no UTF-8 are replaced.
fn decode(text: &str) -> String {
    percent_decode(text.replace('+', " ").as_bytes()).decode_utf8_lossy().into_owned()
}

fn lenient_bool(value: &Value) -> Option<bool> {
    match value {
        Value::Bool(value) => Some(*value),
        Value::Number(number) => match number.as_i64()? {
            0 => Some(false),
            1 => Some(true),
            _ => None,
        },
        Value::String(text) => match text.to_ascii_lowercase().as_str() {
            "true" | "yes" | "on" | "1" | "t" | "y" => Some(true),
            "false" | "no" | "off" | "0" | "n" | "f" => Some(false),
            _ => None,
        },
        _ => None,
    }
}

fn lenient_int(value: &Value) -> Option<i64> {
    match value {
        Value::Number(number) => number.as_i64(),
        Value::String(text) => text.trim().parse().ok(),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    fn of(value: Value) -> Parameters {
        Parameters::of_request(None, value.to_string().as_bytes()).unwrap()
    }

    #[test]
    fn the_body_wins_over_the_query() {
        let mut both = Parameters::of_request(Some("name=query"), br#"{"name": "body"}"#).unwrap();
        assert_eq!(both.text(&["name"]), Some("body".into()));
        let mut query = Parameters::of_request(Some("name=b+c%26d&name=second&flag&%ff=%ff"), b"").unwrap();
        assert_eq!(query.text(&["name"]), Some("b c&d".into()));
        for body in [&b"[]"[..], b"{", b"name=query", b"\xff"] {
            let problem = Parameters::of_request(None, body).unwrap_err();
            assert_eq!(problem.msg(), Some("Malformed body"));
        }
    }

    #[test]
    fn booleans_are_lenient() {
        let read = |value: Value| of(json!({"b": value})).boolean(&["b"], true);
        for yes in [json!(true), json!(1), json!("Yes"), json!("T"), json!("on"), json!("1")] {
            assert!(read(yes));
        }
        for no in [json!(false), json!(0), json!(null), json!("NO"), json!("off"), json!("0"), json!("n")] {
            assert!(!read(no));
        }
        assert!(of(json!({})).boolean(&["b"], true));
        let mut wrong = of(json!({"b": "maybe"}));
        wrong.boolean(&["b"], false);
        assert_eq!(Value::Object(wrong.into_errors()), json!({"b": "value can't be converted to Bool"}));
    }

    #[test]
    fn errors_name_the_parameter_as_it_was_given() {
        let mut parameters =
            of(json!({"clusterSize": "none", "image": "", "type": "x", "id": 5, "list": {}, "map": []}));
        parameters.integer(&["cluster_size", "clusterSize"], 1, 1);
        parameters.required_text(&["image", "lang"], "image");
        parameters.required_text(&["name", "clientSessionToken"], "session_name");
        parameters.choice(&["type"], "SessionTypes", &[("interactive", 1)], 1);
        parameters.uuid(&["id"]);
        parameters.list(&["list"]);
        parameters.object(&["map"]);
        let problem = parameters.finish(()).unwrap_err();
        assert_eq!(
            problem.to_json()["data"],
            json!({
                "clusterSize": "value can't be converted to int",
                "image": "blank value is not allowed",
                "session_name": "is required",
                "type": "value is not a valid member of SessionTypes",
                "id": "value is not a uuid",
                "list": "value is not a list",
                "map": "value is not a dict",
            })
        );
    }

    #[test]
    fn aliases_and_nulls() {
        let mut parameters = of(json!({"name": null, "clientSessionToken": "abcd", "size": "3"}));
        assert_eq!(parameters.required_text(&["name", "clientSessionToken"], "session_name"), "abcd");
        assert_eq!(parameters.integer(&["size"], 1, 1), 3);
        assert_eq!(parameters.integer(&["missing"], 0, 7), 7);
        assert!(parameters.finish(()).is_ok());
    }

    proptest! {
        #[test]
        fn no_request_breaks_the_reader(query in ".{0,60}", body in prop::collection::vec(any::<u8>(), 0..40)) {
            if let Ok(mut parameters) = Parameters::of_request(Some(&query), &body) {
                parameters.text(&["a"]);
                parameters.integer(&["b"], 0, 0);
            }
            let _ = Parameters::of_query(&query);
        }
    }
}
