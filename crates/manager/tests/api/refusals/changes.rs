//! Every mutation with arguments that it would take, so that one of them at a time can be spoilt.

use serde_json::{Value, json};

use super::strangers::{Schema, inner, schema};
use crate::mutations::told;
use crate::world::World;

/// A mutation, its arguments' types by name, and good values for those that it needs.
pub(super) struct Change {
    pub(super) name: String,
    arguments: Vec<(String, String)>,
    pub(super) good: Value,
    /// Fields of `props` and their types as they are written.
    pub(super) props: Vec<(String, String)>,
}

/// What each mutation takes, `props` apart. **A new one that creates or modifies is added here**; of others
/// the names of their arguments are enough.
fn good(name: &str, world: &World) -> Option<Value> {
    let [own, _] = world.groups;
    let policy = json!({"default_for_unspecified": "UNLIMITED", "total_resource_slots": "{}", "max_concurrent_sessions": 1,
        "max_containers_per_session": 1, "idle_timeout": 0, "max_vfolder_count": 0, "max_vfolder_size": 0});
    Some(match name {
        "create_user" => json!({"email": "made@example.com", "props": {"username": "made", "password": "long enough",
            "need_password_change": false, "domain_name": "default"}}),
        "modify_user" => json!({"email": "user@example.com", "props": {}}),
        "create_keypair" => {
            json!({"user_id": "user@example.com", "props": {"resource_policy": "default", "rate_limit": 9}})
        }
        "modify_keypair" => json!({"access_key": "USER", "props": {}}),
        "create_group" => json!({"name": "made", "props": {"domain_name": "default"}}),
        "modify_group" => json!({"gid": own, "props": {}}),
        "create_domain" => json!({"name": "made", "props": {}}),
        "modify_domain" => json!({"name": "other", "props": {}}),
        "create_keypair_resource_policy" => json!({"name": "made", "props": policy}),
        "modify_keypair_resource_policy" => json!({"name": "default", "props": {}}),
        "create_resource_preset" => {
            json!({"name": "made", "props": {"resource_slots": "{\"cpu\": 1, \"mem\": \"1g\"}"}})
        }
        "modify_resource_preset" => json!({"name": "known", "props": {}}),
        "create_scaling_group" => json!({"name": "made", "props": {"driver": "static", "scheduler": "fifo"}}),
        "modify_scaling_group" => json!({"name": "default", "props": {}}),
        "modify_agent" => json!({"id": "i-test", "props": {}}),
        _ if name.starts_with("create_") || name.starts_with("modify_") => return None,
        _ => json!({}),
    })
}

/// All of them, in a world that has a preset named `known`.
pub(super) async fn changes(world: &World) -> Vec<Change> {
    let preset = "mutation { create_resource_preset(name: \"known\", props: {resource_slots: \"{}\"}) { ok msg } }";
    world.gql("ROOT", preset, json!({})).await;
    let schema = schema(world).await;
    let mut changes = Vec::new();
    for (_, field) in schema.fields.iter().filter(|(operation, _)| *operation == "mutation") {
        let name = field["name"].as_str().unwrap().to_owned();
        let good = good(&name, world);
        let mut good = good.unwrap_or_else(|| panic!("add {name} to `good` of tests/api/refusals/changes.rs"));
        let mut props = Vec::new();
        let mut arguments = Vec::new();
        for argument in field["args"].as_array().unwrap() {
            let (argument, kind) = (argument["name"].as_str().unwrap().to_owned(), &argument["type"]);
            let of = inner(kind);
            if of["kind"] == "INPUT_OBJECT" {
                props = fields(&schema, of);
                good[&argument] = if good[&argument].is_null() { json!({}) } else { good[&argument].clone() };
            } else if good[&argument].is_null() && kind["kind"] == "NON_NULL" {
                good[&argument] = if of["name"] == "UUID" { json!(uuid::Uuid::nil()) } else { json!("none") };
            }
            arguments.push((argument, written(kind)));
        }
        changes.push(Change { name, arguments, good, props });
    }
    changes
}

fn fields(schema: &Schema, kind: &Value) -> Vec<(String, String)> {
    let fields = schema.types[kind["name"].as_str().unwrap()]["inputFields"].as_array().unwrap();
    fields.iter().map(|field| (field["name"].as_str().unwrap().to_owned(), written(&field["type"]))).collect()
}

/// `[String]!`, as a query declares it.
fn written(kind: &Value) -> String {
    match kind["kind"].as_str().unwrap() {
        "NON_NULL" => format!("{}!", written(&kind["ofType"])),
        "LIST" => format!("[{}]", written(&kind["ofType"])),
        _ => kind["name"].as_str().unwrap().to_owned(),
    }
}

impl Change {
    /// Names of arguments that are texts or ids.
    pub(super) fn texts(&self) -> impl Iterator<Item = &str> {
        self.arguments
            .iter()
            .filter(|(_, kind)| kind.starts_with("String") || kind.starts_with("ID"))
            .map(|(name, _)| name.as_str())
    }

    /// As the superadmin: `ok: …`, `refused: …` or `error: …`.
    pub(super) async fn told(&self, world: &World, arguments: &Value) -> String {
        self.told_as(world, "ROOT", arguments).await
    }

    /// The same as somebody else.
    pub(super) async fn told_as(&self, world: &World, caller: &str, arguments: &Value) -> String {
        let declared: Vec<String> = self.arguments.iter().map(|(name, kind)| format!("${name}: {kind}")).collect();
        let passed: Vec<String> = self.arguments.iter().map(|(name, _)| format!("{name}: ${name}")).collect();
        let query =
            format!("mutation({}) {{ {}({}) {{ ok msg }} }}", declared.join(", "), self.name, passed.join(", "));
        let answer = world.gql(caller, &query, arguments.clone()).await;
        assert_eq!(answer.status, 200, "{query} {arguments}: {}", answer.text);
        told(&answer.json())
    }
}
