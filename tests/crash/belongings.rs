//! The part of the mix that changes what belongs to people, domains and the server: files and scripts, the
//! configuration, domains, resource groups and who may use them, names.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::harness::Up;
use crate::harness::signed::{graphql, request, unsigned};
use crate::ledger::{Kind, MayBe};
use crate::mix::Worker;

pub(crate) const ABSENT: &str = "absent";

/// What a change is called, what it makes of its place, and how it is asked for.
type Change = (&'static str, String, Asked);

enum Asked {
    Rest(&'static str, String, Value),
    /// By nobody's signature: the body proves who asks.
    Open(&'static str, Value),
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
            // Each of its own: what is cleared is still there for administrators.
            Kind::ErrorLog => self.fresh("log"),
            Kind::Domain | Kind::Template | Kind::Login => format!("crash-{}-{}", self.name, self.dice.below(3)),
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
        match asked {
            Asked::Rest(method, target, body) => {
                let by = if kind == Kind::Entry { &self.root } else { &self.user };
                let Some(answer) = request(up, by, method, &target, Some(&body)) else { return };
                assert!(answer.succeeded(), "{what}: {} {}", answer.status, answer.json);
            }
            Asked::Open(target, body) => {
                let Some(answer) = unsigned(up, "POST", target, &body) else { return };
                assert!(answer.succeeded(), "{what}: {} {}", answer.status, answer.json);
            }
            Asked::Mutation(mutation) => {
                let Some(answer) = graphql(up, &self.root, &format!("mutation {{ {mutation} {{ ok msg }} }}")) else {
                    return;
                };
                assert_eq!(answer["ok"], true, "{mutation}: {answer}");
            }
        }
        self.ledger.places.get_mut(&place).unwrap().is(&to);
        self.ledger.acknowledged(what);
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
        let ending = self.dice.below(2) == 0;
        let file = |data: &str| json!({"path": name, "permission": "600", "data": data});
        let rest = |method, target: &str, body| Asked::Rest(method, target.to_owned(), body);
        Some(match (kind, now) {
            (Kind::Template, ABSENT) => {
                ("add a template", value.clone(), rest("POST", "/template/session", template(name, &value)))
            }
            (Kind::Template, _) => {
                let target = format!("/template/session/{}", ids(up, self, *kind)?.get(name)?);
                match ending {
                    true => ("remove a template", ABSENT.to_owned(), rest("DELETE", &target, json!({}))),
                    false => ("change a template", value.clone(), rest("PUT", &target, template(name, &value))),
                }
            }
            (Kind::Login, ABSENT) if ending => {
                ("log in by a key", "there".to_owned(), rest("POST", "/v1/logins", json!({"agent": name})))
            }
            (Kind::Login, ABSENT) => {
                let body = json!({"email": self.user.email, "password": self.user.password, "agent": name});
                ("log in", "there".to_owned(), Asked::Open("/v1/logins", body))
            }
            (Kind::Login, _) => {
                let target = format!("/v1/logins/{}", ids(up, self, *kind)?.get(name)?);
                ("end a login", ABSENT.to_owned(), rest("DELETE", &target, json!({})))
            }
            (Kind::ErrorLog, ABSENT) => {
                let body = json!({"severity": "error", "source": "crash", "message": name, "context_lang": "text",
                    "context_env": "{}"});
                ("report an error", "there".to_owned(), rest("POST", "/logs/error", body))
            }
            (Kind::ErrorLog, _) => return None,
            (Kind::File, ABSENT) => ("add a file", value.clone(), rest("POST", "/user-config/dotfiles", file(&value))),
            (Kind::File, _) if ending => {
                ("remove a file", ABSENT.to_owned(), rest("DELETE", "/user-config/dotfiles", json!({"path": name})))
            }
            (Kind::File, _) => ("change a file", value.clone(), rest("PATCH", "/user-config/dotfiles", file(&value))),
            (Kind::Script, _) => {
                ("set a script", value.clone(), rest("POST", "/user-config/bootstrap-script", json!({"script": value})))
            }
            (Kind::Preferences, _) => {
                let body = json!({"crash": value});
                ("set preferences", body.to_string(), rest("PUT", "/v1/preferences", body))
            }
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

fn template(name: &str, tag: &str) -> Value {
    let body = json!({"api_version": "v1", "kind": "taskTemplate", "metadata": {"name": name, "tag": tag},
        "spec": {"session_type": "interactive", "kernel": {"image": "bash"}}});
    json!({"payload": body.to_string()})
}

/// Ids of what the server gives ids to, by name.
fn ids(up: &Up, worker: &Worker, kind: Kind) -> Option<BTreeMap<String, String>> {
    let (target, name) = if kind == Kind::Login { ("/v1/logins", "agent") } else { ("/template/session", "name") };
    let rows = request(up, &worker.user, "GET", target, None)?.json;
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    Some(rows.as_array()?.iter().map(|row| (text(&row[name]), text(&row["id"]))).collect())
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
        Kind::File => {
            let files = request(up, &worker.user, "GET", "/user-config/dotfiles", None)?.json;
            rows(&files).iter().map(|file| (text(&file["path"]), text(&file["data"]))).collect()
        }
        Kind::Script => {
            let script = request(up, &worker.user, "GET", "/user-config/bootstrap-script", None)?.json;
            BTreeMap::from([(String::new(), text(&script))])
        }
        Kind::Preferences => BTreeMap::from([(
            String::new(),
            request(up, &worker.user, "GET", "/v1/preferences", None)?.json.to_string(),
        )]),
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
        Kind::Template => {
            let all = request(up, &worker.user, "GET", "/template/session", None)?.json;
            let tag = |row: &Value| text(&row["template"]["metadata"]["tag"]);
            rows(&all).iter().map(|row| (text(&row["name"]), tag(row))).collect()
        }
        Kind::Login => ids(up, worker, kind)?.into_keys().map(|name| (name, "there".to_owned())).collect(),
        Kind::ErrorLog => {
            let mut found = BTreeMap::new();
            // Of each person the newest are kept.
            for page in 1..=5 {
                let target = format!("/logs/error?page_size=100&page_no={page}");
                let logs = request(up, &worker.user, "GET", &target, None)?.json;
                found.extend(rows(&logs["logs"]).iter().map(|row| (text(&row["message"]), "there".to_owned())));
            }
            found
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
