//! The part of the mix that changes files for the homes of sessions: a person's, a project's, a domain's.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::belongings::{ABSENT, Asked, Change};
use crate::harness::Up;
use crate::harness::signed::request;
use crate::ledger::Kind;
use crate::mix::Worker;

/// Where they are, and what they are called.
struct Shelf {
    route: &'static str,
    /// Whose, as the parameters of a request say it.
    whose: Option<(&'static str, &'static str)>,
    add: &'static str,
    change: &'static str,
    remove: &'static str,
}

fn shelf(kind: Kind) -> Shelf {
    match kind {
        Kind::GroupFile => Shelf {
            route: "/group-config/dotfiles",
            whose: Some(("group", "default")),
            add: "add a project's file",
            change: "change a project's file",
            remove: "remove a project's file",
        },
        Kind::DomainFile => Shelf {
            route: "/domain-config/dotfiles",
            whose: Some(("domain", "default")),
            add: "add a domain's file",
            change: "change a domain's file",
            remove: "remove a domain's file",
        },
        _ => Shelf {
            route: "/user-config/dotfiles",
            whose: None,
            add: "add a file",
            change: "change a file",
            remove: "remove a file",
        },
    }
}

/// One thing that may be done to the file of this name, and leaves it with this content.
pub(crate) fn change(kind: Kind, name: &str, now: &str, (content, ending): (&str, bool)) -> Change {
    let shelf = shelf(kind);
    let (what, to, method) = match now {
        ABSENT => (shelf.add, content, "POST"),
        _ if ending => (shelf.remove, ABSENT, "DELETE"),
        _ => (shelf.change, content, "PATCH"),
    };
    let mut body = json!({"path": name});
    if method != "DELETE" {
        body["permission"] = "600".into();
        body["data"] = content.into();
    }
    if let Some((key, value)) = shelf.whose {
        body[key] = value.into();
    }
    (what, to.to_owned(), Asked::Rest(method, shelf.route.to_owned(), body))
}

/// Contents by name.
pub(crate) fn found(up: &Up, worker: &Worker, kind: Kind) -> Option<BTreeMap<String, String>> {
    let Shelf { route, whose, .. } = shelf(kind);
    let target = whose.map_or(route.to_owned(), |(key, value)| format!("{route}?{key}={value}"));
    let files = request(up, &worker.user, "GET", &target, None)?.json;
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    Some(files.as_array()?.iter().map(|file| (text(&file["path"]), text(&file["data"]))).collect())
}
