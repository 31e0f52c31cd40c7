//! The part of the mix that changes what belongs to people, domains and the server: each thing has a kind, a name
//! and one text that says what it is. Files, templates, logins and aliases of images have files of their own.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::harness::Up;
use crate::harness::signed::{graphql, request, unsigned, with_token};
use crate::ledger::{Kind, MayBe};
use crate::mix::Worker;
use crate::{files, images, logins, templates};

pub(crate) const ABSENT: &str = "absent";

/// What a change is called, what it makes of its place, and how it is asked for.
pub(crate) type Change = (&'static str, String, Asked);

pub(crate) enum Asked {
    Rest(&'static str, String, Value),
    /// By nobody's signature: the body proves who asks.
    Open(&'static str, Value),
    /// By the token of a login.
    Token(&'static str, &'static str, String),
    Mutation(String),
}

impl Worker {
    /// Changes one thing of these.
    pub(crate) fn belonging(&mut self, up: &Up) {
        let kind = *self.dice.one(&Kind::ALL).unwrap();
        let name = match kind {
            Kind::Script | Kind::FullName | Kind::Preferences => String::new(),
            Kind::File => format!(".f{}", self.dice.below(3)),
            Kind::Entry => format!("crash/{}/{}", self.name, self.dice.below(3)),
            Kind::GroupFile | Kind::DomainFile => format!(".{}-{}", self.name, self.dice.below(2)),
            Kind::Domain | Kind::Template | Kind::ClusterTemplate | Kind::Login | Kind::Alias => {
                format!("crash-{}-{}", self.name, self.dice.below(2))
            }
            // Behind `default`, so that no session is put into one.
            Kind::ResourceGroup => format!("spare-{}-{}", self.name, self.dice.below(3)),
        };
        let place = (kind, name);
        if !self.ledger.places.contains_key(&place) {
            let Some(first) = self.first(up, kind) else { return };
            self.ledger.places.insert(place.clone(), MayBe::surely(&first));
        }
        // What a cut request may have done is known after the next start.
        let Some(now) = self.ledger.places[&place].known().map(str::to_owned) else { return };
        let Some((what, to, asked)) = self.change(up, &place, &now) else { return };
        self.ledger.places.get_mut(&place).unwrap().or(&to);
        let Some(answer) = self.asked(up, kind, what, asked) else { return };
        if let (Kind::Login, Some(token)) = (kind, answer["token"].as_str()) {
            self.ledger.tokens.insert(place.1.clone(), token.to_owned());
        }
        self.ledger.places.get_mut(&place).unwrap().is(&to);
        self.ledger.acknowledged(what);
    }

    /// The answer to what must succeed.
    fn asked(&self, up: &Up, kind: Kind, what: &str, asked: Asked) -> Option<Value> {
        let by = match kind {
            Kind::Entry => &self.root,
            Kind::GroupFile | Kind::DomainFile => &self.admin,
            _ => &self.user,
        };
        let answer = match asked {
            Asked::Rest(method, target, body) => request(up, by, method, &target, Some(&body))?,
            Asked::Open(target, body) => unsigned(up, "POST", target, &body)?,
            Asked::Token(method, target, token) => with_token(up, &token, method, target)?,
            Asked::Mutation(mutation) => {
                let answer = self.mutate(up, &format!("{mutation} {{ ok msg }}"))?;
                assert_eq!(answer["ok"], true, "{mutation}: {answer}");
                return Some(answer);
            }
        };
        assert!(answer.succeeded(), "{what}: {} {}", answer.status, answer.json);
        Some(answer.json)
    }

    /// Counts everything anew beside those who change it.
    pub(crate) fn recount(&mut self, up: &Up) {
        let answer = request(up, &self.root, "POST", "/resource/recalculate-usage", None);
        if answer.is_some_and(|answer| answer.succeeded()) {
            self.ledger.acknowledged("recount");
        }
    }

    /// What there is before anything was done.
    fn first(&self, up: &Up, kind: Kind) -> Option<String> {
        match kind {
            Kind::FullName => found(up, self, kind).map(|names| names.values().next().unwrap().clone()),
            Kind::Script => Some(String::new()),
            Kind::Preferences => Some(json!({}).to_string()),
            _ => Some(ABSENT.to_owned()),
        }
    }

    fn change(&mut self, up: &Up, (kind, name): &(Kind, String), now: &str) -> Option<Change> {
        self.next += 1;
        let value = format!("# {} {}", self.name, self.next);
        // A domain that is gone cannot be switched on again.
        let ending = self.dice.below(if *kind == Kind::Domain { 3 } else { 2 }) == 0;
        let rest = |method, target: &str, body| Asked::Rest(method, target.to_owned(), body);
        Some(match (kind, now) {
            (Kind::File | Kind::GroupFile | Kind::DomainFile, now) => files::change(*kind, name, now, (&value, ending)),
            (Kind::Template | Kind::ClusterTemplate, now) => {
                return templates::change(up, self, *kind, name, now, (&value, ending));
            }
            (Kind::Login, now) => {
                if now == ABSENT {
                    // What this name had before is worth nothing any more.
                    self.ledger.tokens.remove(name);
                }
                return logins::change(up, self, name, now, ending);
            }
            (Kind::Alias, now) => images::alias(name, now),
            (Kind::Script, _) => {
                ("set a script", value.clone(), rest("POST", "/user-config/bootstrap-script", json!({"script": value})))
            }
            (Kind::Preferences, _) => preferences(now, &value, ending),
            (Kind::Entry, now) if now != ABSENT && ending => {
                ("delete an entry", ABSENT.to_owned(), rest("POST", "/config/delete", json!({"key": name})))
            }
            (Kind::Entry, _) => {
                ("set an entry", value.clone(), rest("POST", "/config/set", json!({"key": name, "value": value})))
            }
            (Kind::FullName, _) => {
                let body = json!({"email": self.user.email, "full_name": value});
                ("change a name", value, rest("POST", "/auth/update-full-name", body))
            }
            (Kind::Domain, now) => domain(name, now, ending),
            (Kind::ResourceGroup, now) => resource_group(name, now, ending),
        })
    }
}

/// All of them anew, or one beside the other.
fn preferences(now: &str, value: &str, whole: bool) -> Change {
    let (what, method, body) = match whole {
        true => ("set preferences", "PUT", json!({"crash": value})),
        false => ("change preferences", "PATCH", json!({"beside": value})),
    };
    let mut to: BTreeMap<String, String> = serde_json::from_str(now).unwrap();
    if whole {
        to.clear();
    }
    to.insert(if whole { "crash" } else { "beside" }.to_owned(), value.to_owned());
    (what, json!(to).to_string(), Asked::Rest(method, "/v1/preferences".to_owned(), body))
}

fn domain(name: &str, now: &str, ending: bool) -> Change {
    let (what, to, mutation) = match now {
        ABSENT => ("add a domain", "active", format!("create_domain(name: \"{name}\", props: {{}})")),
        _ if ending => ("purge a domain", ABSENT, format!("purge_domain(name: \"{name}\")")),
        "active" => ("delete a domain", "inactive", format!("delete_domain(name: \"{name}\")")),
        _ => ("switch a domain on", "active", format!("modify_domain(name: \"{name}\", props: {{is_active: true}})")),
    };
    (what, to.to_owned(), Asked::Mutation(mutation))
}

fn resource_group(name: &str, now: &str, ending: bool) -> Change {
    let of_domain =
        |verb: &str| format!("{verb}_scaling_group_with_domain(scaling_group: \"{name}\", domain: \"default\")");
    let (what, to, mutation) = match now {
        ABSENT => {
            let props = "{driver: \"static\", scheduler: \"fifo\"}";
            ("add a resource group", "free", format!("create_scaling_group(name: \"{name}\", props: {props})"))
        }
        "free" if ending => ("delete a resource group", ABSENT, format!("delete_scaling_group(name: \"{name}\")")),
        "free" => ("let a domain use a resource group", "used", of_domain("associate")),
        _ => ("take a resource group from a domain", "free", of_domain("disassociate")),
    };
    (what, to.to_owned(), Asked::Mutation(mutation))
}

/// Everything of one kind as the server has it, by name. What is not there is left out.
pub(crate) fn found(up: &Up, worker: &Worker, kind: Kind) -> Option<BTreeMap<String, String>> {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let rows = |rows: &Value| rows.as_array().cloned().unwrap_or_default();
    Some(match kind {
        Kind::File | Kind::GroupFile | Kind::DomainFile => files::found(up, worker, kind)?,
        Kind::Template | Kind::ClusterTemplate => templates::found(up, worker, kind)?,
        Kind::Login => logins::found(up, worker)?,
        Kind::Alias => images::aliases(up, worker)?,
        Kind::Script => {
            let script = request(up, &worker.user, "GET", "/user-config/bootstrap-script", None)?.json;
            BTreeMap::from([(String::new(), text(&script))])
        }
        Kind::Preferences => {
            let all = request(up, &worker.user, "GET", "/v1/preferences", None)?.json;
            let all: BTreeMap<String, String> = serde_json::from_value(all).unwrap();
            BTreeMap::from([(String::new(), json!(all).to_string())])
        }
        Kind::Entry => {
            let key = format!("crash/{}", worker.name);
            let all = json!({"key": key, "prefix": true});
            let all = request(up, &worker.root, "POST", "/config/get", Some(&all))?.json["result"].clone();
            let all = all.as_object().cloned().unwrap_or_default();
            all.iter().map(|(name, value)| (format!("{key}/{name}"), text(value))).collect()
        }
        Kind::FullName => {
            let name = graphql(up, &worker.user, "{ user { full_name } }")?;
            BTreeMap::from([(String::new(), text(&name["full_name"]))])
        }
        Kind::Domain => {
            let word = |row: &Value| if row["is_active"] == true { "active" } else { "inactive" }.to_owned();
            let all = graphql(up, &worker.root, "{ domains { name is_active } }")?;
            let off = graphql(up, &worker.root, "{ domains(is_active: false) { name is_active } }")?;
            rows(&all).iter().chain(&rows(&off)).map(|row| (text(&row["name"]), word(row))).collect()
        }
        Kind::ResourceGroup => {
            let all = graphql(up, &worker.root, "{ scaling_groups { name } }")?;
            let used = graphql(up, &worker.root, "{ scaling_groups_for_domain(domain: \"default\") { name } }")?;
            let mut found: BTreeMap<String, String> =
                rows(&all).iter().map(|row| (text(&row["name"]), "free".to_owned())).collect();
            found.extend(rows(&used).iter().map(|row| (text(&row["name"]), "used".to_owned())));
            found
        }
    })
}
