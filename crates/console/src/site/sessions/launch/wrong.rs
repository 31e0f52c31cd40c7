//! Which field a refusal speaks of.

use rollcall_client::Error;

use super::Wrong;
use crate::site::refusal;

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

/// The fields that a refusal speaks of, with what it says of each.
pub(super) fn fields(error: &Error) -> Wrong {
    let sentence = refusal::sentence(error);
    let whole = match error.slug() {
        Some("session-already-exists") => "name",
        Some("image-not-found" | "image-not-found-by-alias") => "image",
        Some("scaling-group-not-found" | "scaling-group-not-allowed") => "group",
        Some("quota-exceeded") => "cluster",
        Some("vfolder-not-found") => "mounts",
        _ if sentence.contains("starts_at") => "starts",
        _ if sentence.contains("Invalid group") => "project",
        _ => "",
    };
    let data = match error {
        Error::Server { problem, .. } => problem.data.as_ref().and_then(serde_json::Value::as_object),
        _ => None,
    };
    let mut wrong = Wrong::new();
    for (name, reason) in data.into_iter().flatten() {
        let reason = reason.as_str().unwrap_or_default();
        let at = PARAMETERS.into_iter().find(|(part, _)| name.contains(part)).map_or("", |(_, field)| field);
        let text = if at.is_empty() { format!("{name}: {reason}") } else { reason.to_owned() };
        wrong.entry(at).and_modify(|known| *known = format!("{known}; {text}")).or_insert(text);
    }
    if wrong.is_empty() {
        wrong.insert(whole, sentence);
    }
    wrong
}
