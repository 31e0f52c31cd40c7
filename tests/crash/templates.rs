//! The part of the mix that changes templates of sessions and of clusters, and makes sessions from them.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::belongings::{ABSENT, Asked, Change};
use crate::harness::Up;
use crate::harness::signed::request;
use crate::ledger::Kind;
use crate::mix::Worker;

fn place(kind: Kind) -> &'static str {
    if kind == Kind::ClusterTemplate { "/template/cluster" } else { "/template/session" }
}

fn body(kind: Kind, name: &str, tag: &str) -> Value {
    let (kind, spec) = match kind {
        Kind::ClusterTemplate => ("clusterTemplate", json!({"nodes": 2})),
        _ => ("taskTemplate", json!({"session_type": "interactive", "kernel": {"image": "bash"}})),
    };
    let body = json!({"api_version": "v1", "kind": kind, "metadata": {"name": name, "tag": tag}, "spec": spec});
    json!({"payload": body.to_string()})
}

/// One thing that may be done to the template of this name, and leaves it with this tag.
pub(crate) fn change(up: &Up, worker: &Worker, kind: Kind, name: &str, now: &str, new: (&str, bool)) -> Option<Change> {
    let (tag, ending) = new;
    let [add, change, remove] = match kind {
        Kind::ClusterTemplate => {
            ["add a cluster's template", "change a cluster's template", "remove a cluster's template"]
        }
        _ => ["add a template", "change a template", "remove a template"],
    };
    if now == ABSENT {
        let asked = Asked::Rest("POST", place(kind).to_owned(), body(kind, name, tag));
        return Some((add, tag.to_owned(), asked));
    }
    let target = format!("{}/{}", place(kind), id(up, worker, kind, name)?);
    Some(match ending {
        true => (remove, ABSENT.to_owned(), Asked::Rest("DELETE", target, json!({}))),
        false => (change, tag.to_owned(), Asked::Rest("PUT", target, body(kind, name, tag))),
    })
}

fn rows(up: &Up, worker: &Worker, kind: Kind) -> Option<Vec<Value>> {
    request(up, &worker.user, "GET", place(kind), None)?.json.as_array().cloned()
}

fn id(up: &Up, worker: &Worker, kind: Kind, name: &str) -> Option<String> {
    let rows = rows(up, worker, kind)?;
    Some(rows.iter().find(|row| row["name"] == name)?["id"].as_str()?.to_owned())
}

/// Tags by name.
pub(crate) fn found(up: &Up, worker: &Worker, kind: Kind) -> Option<BTreeMap<String, String>> {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let tag = |row: &Value| text(&row["template"]["metadata"]["tag"]);
    Some(rows(up, worker, kind)?.iter().map(|row| (text(&row["name"]), tag(row))).collect())
}

impl Worker {
    /// A session from one of the worker's own templates.
    pub(crate) fn create_from_template(&mut self, up: &Up) {
        let there = |(kind, _): &(Kind, String)| *kind == Kind::Template;
        let places = self.ledger.places.iter().filter(|(place, _)| there(place));
        let known = places.filter(|(_, fact)| fact.known().is_some_and(|tag| tag != ABSENT));
        let names: Vec<String> = known.map(|((_, name), _)| name.clone()).collect();
        let Some(template) = self.dice.one(&names) else { return };
        let Some(id) = id(up, self, Kind::Template, template) else { return };
        let name = self.fresh("s");
        let body = json!({"template_id": id, "name": name, "enqueueOnly": true,
            "config": {"resources": {"cpu": "1", "mem": "128m"}}});
        self.created(up, "create from a template", ("/session/_/create-from-template", &name), &body, false);
    }
}
