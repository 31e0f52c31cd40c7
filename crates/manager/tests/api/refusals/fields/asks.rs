//! What is asked in the walk over fields: every query of the schema, with every argument that names
//! somebody's or something, and every field of what it gives, all found by introspection.

use std::collections::BTreeSet;

use serde_json::Value;

use super::super::strangers::{Schema, inner, names};
use super::people::{Person, Place};

/// What there is one of and nobody owns, by query and argument: how it stands to those who ask, and its
/// name. **A new query whose argument names something is added here.**
fn things(field: &str, argument: &str) -> Vec<(&'static str, &'static str)> {
    match (field, argument) {
        ("agent", "agent_id") => vec![("known", "i-test"), ("unknown", "i-none")],
        ("image", "reference") => vec![("known", "sh"), ("unknown", "none")],
        ("groups_by_name", "name") => vec![("known", "default"), ("unknown", "none")],
        ("resource_preset", "name") => vec![("known", "small"), ("unknown", "none")],
        ("scaling_group" | "scaling_groups", "name") => vec![("known", "default"), ("unknown", "none")],
        ("keypair_resource_policy", "name") => {
            vec![("default", "default"), ("of USER/2", "of-second"), ("nobody's", "nobodys"), ("unknown", "none")]
        }
        ("storage_volume", "id") => vec![("unknown", "a:b")],
        _ => Vec::new(),
    }
}

/// One query with one target.
pub(super) struct Ask {
    pub(super) field: String,
    /// The query and the argument that names the target.
    pub(super) what: String,
    pub(super) target: &'static str,
    /// The type that it gives.
    pub(super) gives: Value,
    /// With its arguments, without a selection.
    pub(super) call: String,
    /// The same of one's own, to be asked in the same breath.
    pub(super) mine: Option<String>,
}

/// Everything that somebody asks.
pub(super) fn asks(schema: &Schema, place: &Place, person: &Person) -> Vec<Ask> {
    let queries = schema.fields.iter().filter(|(operation, _)| *operation == "query");
    queries.flat_map(|(_, field)| of_query(field, place, person)).collect()
}

fn of_query(field: &Value, place: &Place, person: &Person) -> Vec<Ask> {
    let name = field["name"].as_str().unwrap();
    let arguments = field["args"].as_array().unwrap();
    let needed = |argument: &Value| argument["type"]["kind"] == "NON_NULL" && argument["defaultValue"].is_null();
    let values = |argument: &Value| -> Vec<(&'static str, String)> {
        let kind = inner(&argument["type"])["name"].as_str().unwrap();
        let argument = argument["name"].as_str().unwrap();
        let mut values = place.values(person, names(name, argument, kind));
        values.extend(things(name, argument).into_iter().map(|(word, value)| (word, value.to_owned())));
        values
    };
    // The call with this argument's value; others that are needed are of the same target, or else one's own.
    let call = |chosen: Option<(&str, &str, &str)>| {
        let written = arguments.iter().filter_map(|argument| {
            let key = argument["name"].as_str().unwrap();
            let value = match (chosen, key) {
                (Some((chosen, _, value)), key) if chosen == key => format!("\"{value}\""),
                _ if !needed(argument) => return None,
                (_, "limit") => "100".to_owned(),
                (_, "offset") => "0".to_owned(),
                (chosen, _) => {
                    let values = values(argument);
                    let same = values.iter().find(|(word, _)| chosen.is_some_and(|chosen| *word == chosen.1));
                    let value = same.or_else(|| values.iter().find(|(word, _)| matches!(*word, "own" | "known")));
                    let (_, value) = value.or(values.last()).unwrap_or_else(|| {
                        panic!("what is {name}({key}) to be asked? add it to tests/api/refusals/fields/asks.rs")
                    });
                    format!("\"{value}\"")
                }
            };
            Some(format!("{key}: {value}"))
        });
        let written: Vec<String> = written.collect();
        if written.is_empty() { name.to_owned() } else { format!("{name}({})", written.join(", ")) }
    };
    let ask = |what: String, target, call, mine| Ask {
        field: name.to_owned(),
        what,
        target,
        gives: inner(&field["type"]).clone(),
        call,
        mine,
    };
    let mut asks = Vec::new();
    // Whatever names something is asked of something; a query without is asked once.
    let named = |argument: &&Value| needed(argument) && !values(argument).is_empty();
    if !arguments.iter().any(|argument| named(&argument)) {
        asks.push(ask(name.to_owned(), "", call(None), None));
    }
    for argument in arguments {
        let key = argument["name"].as_str().unwrap();
        let values = values(argument);
        let mine = values.iter().find(|(word, _)| *word == "own").map(|(word, value)| call(Some((key, word, value))));
        for (word, value) in &values {
            asks.push(ask(format!("{name}({key})"), word, call(Some((key, word, value))), mine.clone()));
        }
    }
    asks
}

/// Every field of a type, and of what it holds. A type inside of itself is only looked for.
pub(super) fn selection(schema: &Schema, kind: &str, path: &mut Vec<String>, walked: &mut BTreeSet<String>) -> String {
    walked.insert(kind.to_owned());
    path.push(kind.to_owned());
    let mut written = Vec::new();
    for field in schema.types[kind]["fields"].as_array().unwrap() {
        let (name, of) = (field["name"].as_str().unwrap(), inner(&field["type"]));
        let (what, of) = (of["kind"].as_str().unwrap(), of["name"].as_str().unwrap());
        let needs = field["args"].as_array().unwrap().iter().any(|argument| argument["type"]["kind"] == "NON_NULL");
        assert!(!needs, "{kind}.{name} needs an argument: let the walk give it one");
        written.push(match what {
            "SCALAR" | "ENUM" => name.to_owned(),
            "OBJECT" if path.iter().any(|outer| outer == of) => format!("{name} {{ __typename }}"),
            "OBJECT" => format!("{name} {{ {} }}", selection(schema, of, path, walked)),
            other => panic!("{kind}.{name} is of the kind {other}: teach the walk to read it"),
        });
    }
    path.pop();
    written.join(" ")
}

/// The same through the interfaces, for a page of something.
pub(super) fn as_page(schema: &Schema, list: &str, walked: &mut BTreeSet<String>) -> Option<String> {
    let item = page_of(schema, list)?;
    let item = format!("... on {item} {{ {} }}", selection(schema, &item, &mut vec![list.to_owned()], walked));
    Some(format!("... on PaginatedList {{ items {{ ... on Item {{ id {item} }} }} total_count }}"))
}

/// What a page is of; and that it tells nothing but its rows and their number.
pub(super) fn page_of(schema: &Schema, list: &str) -> Option<String> {
    let fields = schema.types[list]["fields"].as_array().unwrap();
    let items = fields.iter().find(|field| field["name"] == "items")?;
    let known: Vec<&str> = fields.iter().map(|field| field["name"].as_str().unwrap()).collect();
    assert_eq!(known, ["items", "total_count"], "{list}");
    Some(inner(&items["type"])["name"].as_str().unwrap().to_owned())
}
