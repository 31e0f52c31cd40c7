//! Which field a refusal speaks of.

use rollcall_client::Error;
use serde_json::Value;

use super::Wrong;
use crate::site::refusal;
use crate::words::Language;

/// Parts of the names of parameters, and the fields that they are given in.
const PARAMETERS: [(&str, &str); 16] = [
    ("resources.cpu", "cpu"),
    ("resources.mem", "mem"),
    ("shmem", "shmem"),
    ("resource_opts", "shmem"),
    ("environ", "environ"),
    ("image", "image"),
    ("name", "name"),
    ("startup", "command"),
    ("starts", "starts"),
    ("scaling", "group"),
    ("Session", "name"),
    ("cluster_size", "cluster"),
    ("clusterSize", "cluster"),
    ("tag", "tag"),
    ("bootstrap", "bootstrap"),
    ("mount", "mounts"),
];

/// Every text of a value.
fn texts(value: &Value) -> Vec<&str> {
    match value {
        Value::String(text) => vec![text],
        Value::Array(items) => items.iter().flat_map(texts).collect(),
        Value::Object(map) => map.values().flat_map(texts).collect(),
        _ => Vec::new(),
    }
}

/// The fields that a refusal speaks of, with what it says of each.
pub(super) fn fields(language: Language, error: &Error) -> Wrong {
    let sentence = refusal::sentence(error);
    // What the server says for programs is said for people.
    if error.slug() == Some("session-already-exists") {
        return Wrong::from([("name", language.t("launch-name-taken"))]);
    }
    if sentence.contains("starts_at") {
        return Wrong::from([("starts", language.t("launch-starts-hint"))]);
    }
    let whole = match error.slug() {
        Some("image-not-found" | "image-not-found-by-alias") => "image",
        Some("scaling-group-not-found" | "scaling-group-not-allowed") => "group",
        Some("quota-exceeded") => "cluster",
        Some("vfolder-not-found") => "mounts",
        _ if sentence.contains("Invalid group") => "project",
        _ => "",
    };
    let data = match error {
        Error::Server { problem, .. } => problem.data.as_ref().and_then(Value::as_object),
        _ => None,
    };
    let mut wrong = Wrong::new();
    for (name, reason) in data.into_iter().flatten() {
        // A part of a part is told inside of it.
        let inside = if reason.is_string() { String::new() } else { reason.to_string() };
        let at = PARAMETERS.into_iter().find(|(part, _)| name.contains(part) || inside.contains(part));
        let at = at.map_or("", |(_, field)| field);
        let reason = texts(reason).join("; ");
        let text = match at {
            "" => format!("{name}: {reason}"),
            "name" if reason.contains("pattern") => language.t("launch-name-hint"),
            _ => reason,
        };
        wrong.entry(at).and_modify(|known| *known = format!("{known}; {text}")).or_insert(text);
    }
    if wrong.is_empty() {
        wrong.insert(whole, sentence);
    }
    wrong
}
