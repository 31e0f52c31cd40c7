//! Every query and mutation, found by introspection, with every argument that names somebody's: what is
//! another's and what is not there at all answer byte for byte alike. A field needs no line here, an
//! argument of a new name does.

use std::collections::BTreeMap;

use axum::body::Body;
use http::Request;
use serde_json::{Value, json};

use crate::world::World;

/// What an argument names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Names {
    Key,
    Email,
    Person,
    Domain,
    Group,
    Session,
    SessionName,
    /// Nothing that belongs to anybody.
    Nothing,
}

/// **A new argument's name is added here**, with what it names.
pub(super) fn names(field: &str, argument: &str, kind: &str) -> Names {
    match (field, argument) {
        (_, "access_key") => Names::Key,
        (_, "email") => Names::Email,
        (_, "user_id") if kind == "ID" || kind == "UUID" => Names::Person,
        (_, "user_id") => Names::Email,
        (_, "domain_name" | "domain") => Names::Domain,
        (_, "group_id" | "gid" | "user_group") | ("group", "id") => Names::Group,
        (_, "session_id") | ("compute_session" | "compute_container", "id") => Names::Session,
        (_, "sess_id") => Names::SessionName,
        ("domain" | "create_domain" | "modify_domain" | "delete_domain" | "purge_domain", "name") => Names::Domain,
        (
            _,
            "limit" | "offset" | "filter" | "order" | "order_key" | "order_asc" | "status" | "is_active"
            | "is_installed" | "is_operation" | "reference" | "target" | "architecture" | "props" | "agent_id"
            | "scaling_group" | "name" | "id" | "role" | "registry" | "references" | "target_agents" | "alias",
        ) => Names::Nothing,
        other => panic!("what does the argument {other:?} name? add it to tests/api/refusals/strangers.rs"),
    }
}

/// Values of one kind of target.
type Values = BTreeMap<&'static str, String>;

fn value(values: &Values, names: Names) -> Option<String> {
    let key = format!("{names:?}");
    values.get(key.as_str()).map(|text| format!("\"{text}\""))
}

async fn values(world: &World, key: &'static str, domain: &str, group: String) -> Values {
    let session = format!("of-{}", key.to_lowercase());
    let id = world.session(key, &session).await;
    let own = world.gql(key, "{ user { uuid } }", json!({})).await.json();
    BTreeMap::from([
        ("Key", key.to_owned()),
        ("Email", format!("{}@example.com", key.to_lowercase())),
        ("Person", own["data"]["user"]["uuid"].as_str().unwrap().to_owned()),
        ("Domain", domain.to_owned()),
        ("Group", group),
        ("Session", id),
        ("SessionName", session),
    ])
}

fn unknown() -> Values {
    let id = "00000000-0000-4000-8000-000000000000".to_owned();
    BTreeMap::from([
        ("Key", "NOBODY".to_owned()),
        ("Email", "nobody@example.com".to_owned()),
        ("Person", id.clone()),
        ("Domain", "nowhere".to_owned()),
        ("Group", id.clone()),
        ("Session", id),
        ("SessionName", "of-nobody".to_owned()),
    ])
}

pub(super) struct Schema {
    pub(super) types: BTreeMap<String, Value>,
    /// Operation and field.
    pub(super) fields: Vec<(&'static str, Value)>,
}

pub(super) async fn schema(world: &World) -> Schema {
    let of = (0..4).fold("kind name".to_owned(), |inner, _| format!("kind name ofType {{ {inner} }}"));
    let argument = format!("name defaultValue type {{ {of} }}");
    let query = format!(
        "{{ __schema {{ queryType {{ name }} mutationType {{ name }} types {{ kind name \
         fields {{ name args {{ {argument} }} type {{ {of} }} }} inputFields {{ {argument} }} \
         enumValues {{ name }} }} }} }}"
    );
    let schema = world.gql("ROOT", &query, json!({})).await.json()["data"]["__schema"].clone();
    let types: BTreeMap<String, Value> = schema["types"]
        .as_array()
        .unwrap()
        .iter()
        .map(|kind| (kind["name"].as_str().unwrap().to_owned(), kind.clone()))
        .collect();
    let mut fields = Vec::new();
    for (operation, root) in [("query", "queryType"), ("mutation", "mutationType")] {
        let root = &types[schema[root]["name"].as_str().unwrap()];
        fields.extend(root["fields"].as_array().unwrap().iter().map(|field| (operation, field.clone())));
    }
    Schema { types, fields }
}

/// The type inside of lists and non-nulls.
pub(super) fn inner(kind: &Value) -> &Value {
    if kind["ofType"].is_null() { kind } else { inner(&kind["ofType"]) }
}

impl Schema {
    /// A value that the type takes.
    fn plain(&self, kind: &Value) -> String {
        match kind["kind"].as_str().unwrap() {
            "NON_NULL" => self.plain(&kind["ofType"]),
            "LIST" => "[]".into(),
            "ENUM" => self.types[kind["name"].as_str().unwrap()]["enumValues"][0]["name"].as_str().unwrap().into(),
            "INPUT_OBJECT" => {
                let fields = self.types[kind["name"].as_str().unwrap()]["inputFields"].as_array().unwrap();
                let needed = fields.iter().filter(|field| field["type"]["kind"] == "NON_NULL");
                let needed: Vec<String> = needed
                    .map(|field| format!("{}: {}", field["name"].as_str().unwrap(), self.plain(&field["type"])))
                    .collect();
                format!("{{{}}}", needed.join(", "))
            }
            _ => match kind["name"].as_str().unwrap() {
                "Int" | "BigInt" => "1".into(),
                "Boolean" => "true".into(),
                "UUID" => "\"00000000-0000-4000-8000-000000000000\"".into(),
                _ => "\"none\"".into(),
            },
        }
    }

    fn selection(&self, kind: &Value) -> &'static str {
        let kind = inner(kind);
        if kind["kind"] != "OBJECT" {
            return "";
        }
        let fields = self.types[kind["name"].as_str().unwrap()]["fields"].as_array().unwrap();
        let has = |name: &str| fields.iter().any(|field| field["name"] == name);
        if has("items") {
            "{ items { __typename } total_count }"
        } else if has("ok") && has("msg") {
            "{ ok msg }"
        } else {
            "{ __typename }"
        }
    }

    /// The field's query with `text` for each argument that is a text, one at a time.
    pub(super) fn with_each_text(&self, field: &Value, text: &str) -> Vec<String> {
        let arguments = field["args"].as_array().unwrap();
        let is_text = |argument: &&Value| {
            let kind = inner(&argument["type"]);
            kind["kind"] == "SCALAR"
                && !matches!(kind["name"].as_str().unwrap(), "Int" | "BigInt" | "Boolean" | "Float")
        };
        let query = |spoilt: &Value| {
            let given = arguments.iter().filter(|other| {
                other["name"] == spoilt["name"]
                    || (other["type"]["kind"] == "NON_NULL" && other["defaultValue"].is_null())
            });
            let written: Vec<String> = given
                .map(|other| {
                    let value = if other["name"] == spoilt["name"] {
                        json!(text).to_string()
                    } else {
                        self.plain(&other["type"])
                    };
                    format!("{}: {value}", other["name"].as_str().unwrap())
                })
                .collect();
            format!(
                "{{ {}({}) {} }}",
                field["name"].as_str().unwrap(),
                written.join(", "),
                self.selection(&field["type"])
            )
        };
        arguments.iter().filter(is_text).map(query).collect()
    }

    /// The request for each argument that names somebody's; that one alone where it can stand alone.
    fn requests(&self, values: &Values) -> Vec<(String, String)> {
        let mut requests = Vec::new();
        for (operation, field) in &self.fields {
            let name = field["name"].as_str().unwrap();
            let arguments = field["args"].as_array().unwrap();
            let known = |argument: &Value| {
                let kind = inner(&argument["type"])["name"].as_str().unwrap();
                names(name, argument["name"].as_str().unwrap(), kind)
            };
            let written = |argument: &Value| {
                let text = value(values, known(argument)).unwrap_or_else(|| self.plain(&argument["type"]));
                format!("{}: {text}", argument["name"].as_str().unwrap())
            };
            let needed: Vec<&Value> = arguments
                .iter()
                .filter(|argument| argument["type"]["kind"] == "NON_NULL" && argument["defaultValue"].is_null())
                .collect();
            for argument in arguments.iter().filter(|argument| known(argument) != Names::Nothing) {
                let mut all: Vec<String> = needed.iter().map(|argument| written(argument)).collect();
                if !needed.iter().any(|other| other["name"] == argument["name"]) {
                    all.push(written(argument));
                }
                let query = format!("{operation} {{ {name}({}) {} }}", all.join(", "), self.selection(&field["type"]));
                requests.push((format!("{name}({})", argument["name"].as_str().unwrap()), query));
            }
        }
        requests
    }
}

/// What of one's own domain a user may well tell from nothing: its name is on their own account.
const KNOWN_TO_ALL: [&str; 1] = ["Domain"];

#[tokio::test]
async fn every_field_answers_for_strangers_as_for_nothing() {
    let world = World::new().await;
    let [near, far] = world.groups.map(|group| group.to_string());
    let far = values(&world, "FAR-USER", "other", far).await;
    let mut neighbour = values(&world, "NEIGHBOUR", "default", near).await;
    for known in KNOWN_TO_ALL {
        neighbour.remove(known);
    }
    let mut nothing_near = unknown();
    for known in KNOWN_TO_ALL.iter().chain(&["Group"]) {
        nothing_near.remove(known);
    }
    neighbour.remove("Group");
    let schema = schema(&world).await;
    let mut asked = 0;
    // The comparison sees a difference where somebody may see one.
    let mut seen = 0;
    for ((_, foreign), (_, unknown)) in schema.requests(&far).iter().zip(&schema.requests(&unknown())) {
        if foreign.starts_with("query") {
            let first = world.gql("ROOT", foreign, json!({})).await;
            seen += usize::from(first.text != world.gql("ROOT", unknown, json!({})).await.text);
        }
    }
    assert!(seen > 15, "only {seen} requests tell a superadmin what is there");
    let pairs = [
        (&["ADMIN", "USER", "NEIGHBOUR", "MONITOR"][..], far, unknown()),
        // The same project: a user is told nothing of a neighbour either.
        (&["USER", "MONITOR"][..], neighbour, nothing_near),
    ];
    for (callers, foreign, unknown) in pairs {
        let pairs = schema.requests(&foreign).into_iter().zip(schema.requests(&unknown));
        for ((what, foreign), (_, unknown)) in pairs {
            for caller in callers {
                let first = world.gql(caller, &foreign, json!({})).await;
                let second = world.gql(caller, &unknown, json!({})).await;
                assert_eq!((first.status, &first.text), (second.status, &second.text), "{caller}: {what}: {foreign}");
                assert!(!first.text.contains("Unknown argument"), "{}", first.text);
                asked += 1;
            }
        }
    }
    assert!(asked > 200, "only {asked} requests were compared");
}

/// What an administrator changes of their own domain may name people, projects and domains, too: what is
/// another domain's and what is not there answer alike, and neither is taken.
#[tokio::test]
async fn changes_name_strangers_as_they_name_nothing() {
    let world = World::new().await;
    let [_, far] = world.groups.map(|group| group.to_string());
    let far = values(&world, "FAR-USER", "other", far).await;
    let unknown = unknown();
    let changes = super::changes::changes(&world).await;
    let mut compared = 0;
    for change in &changes {
        for (field, _) in &change.props {
            let (names, many) = match field.as_str() {
                "domain_name" | "domain" => (Names::Domain, false),
                "user_uuids" => (Names::Person, true),
                "group_ids" => (Names::Group, true),
                "access_key" => (Names::Key, false),
                "email" => (Names::Email, false),
                _ => continue,
            };
            for mode in ["add", "remove"] {
                for caller in ["ADMIN", "USER", "MONITOR"] {
                    let ask = async |values: &Values| {
                        let named = json!(values[format!("{names:?}").as_str()]);
                        let mut arguments = change.good.clone();
                        arguments["props"][field] = if many { json!([named]) } else { named };
                        if field == "user_uuids" {
                            arguments["props"]["user_update_mode"] = json!(mode);
                        }
                        // An answer may repeat what was sent.
                        let sent = values[format!("{names:?}").as_str()].as_str();
                        change.told_as(&world, caller, &arguments).await.replace(sent, "SENT")
                    };
                    let before = world.rows().await;
                    let answers = [ask(&far).await, ask(&unknown).await];
                    assert_eq!(answers[0], answers[1], "{caller}: {}({field})", change.name);
                    world.is_still(&before).await;
                    compared += 1;
                }
            }
        }
    }
    assert!(compared > 30, "only {compared} changes were compared");
}

#[tokio::test]
async fn every_field_is_closed_to_nobody() {
    let world = World::new().await;
    let schema = schema(&world).await;
    for (operation, field) in &schema.fields {
        let body = json!({"query": format!("{operation} {{ {} }}", field["name"].as_str().unwrap())}).to_string();
        for endpoint in ["/admin/gql", "/admin/graphql"] {
            let request = Request::post(endpoint).header("date", chrono::Utc::now().to_rfc3339());
            let answer = world.send(request.body(Body::from(body.clone())).unwrap()).await;
            assert_eq!(answer.told(), "401 auth-failed: Unauthorized access", "{body}");
        }
    }
}
