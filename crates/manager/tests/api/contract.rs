//! The schema against the contract's own list of types, queries and mutations (`graphql.md` §3 to §10),
//! written down once more in `contract/types.txt`: nothing of it is missing or of another type. What the
//! schema has besides is its own.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::world::World;

const EXPECTED: &str = include_str!("contract/types.txt");

const ROOT: &str = "{ __schema { queryType { name } mutationType { name } types { name kind } } }";
const TYPE: &str = "query($name: String!) { __type(name: $name) { kind interfaces { name } \
    fields { name args { name type { ...printed } } type { ...printed } } \
    inputFields { name type { ...printed } } } } \
    fragment printed on __Type { kind name ofType { kind name ofType { kind name ofType { kind name } } } }";

/// `[String!]!`, as one writes it.
fn printed(kind: &Value) -> String {
    match kind["kind"].as_str().unwrap() {
        "NON_NULL" => format!("{}!", printed(&kind["ofType"])),
        "LIST" => format!("[{}]", printed(&kind["ofType"])),
        _ => kind["name"].as_str().unwrap().to_owned(),
    }
}

/// Name, arguments with their types, type; of one type of the schema.
type Fields = BTreeMap<String, (BTreeMap<String, String>, String)>;

struct Schema<'a> {
    world: &'a World,
    known: BTreeMap<String, (Vec<String>, Fields)>,
}

impl Schema<'_> {
    async fn of(&mut self, name: &str) -> &(Vec<String>, Fields) {
        if !self.known.contains_key(name) {
            let answer = self.world.gql("ROOT", TYPE, json!({ "name": name })).await.json();
            let found = &answer["data"]["__type"];
            let named = |one: &Value| (one["name"].as_str().unwrap().to_owned(), printed(&one["type"]));
            let empty = Vec::new();
            let fields = found["fields"].as_array().or(found["inputFields"].as_array()).unwrap_or(&empty);
            let field = |one: &Value| {
                let (name, kind) = named(one);
                (name, (one["args"].as_array().unwrap_or(&empty).iter().map(named).collect(), kind))
            };
            let interfaces = found["interfaces"].as_array().unwrap_or(&empty);
            let interfaces = interfaces.iter().map(|one| one["name"].as_str().unwrap().to_owned()).collect();
            self.known.insert(name.to_owned(), (interfaces, fields.iter().map(field).collect()));
        }
        &self.known[name]
    }
}

/// `name(argument: Type, …): Type` or, of a mutation, `name(…) item: Type`.
struct Line<'a> {
    name: &'a str,
    arguments: BTreeMap<String, String>,
    kind: Option<&'a str>,
    item: Option<(&'a str, &'a str)>,
}

impl<'a> Line<'a> {
    fn read(text: &'a str) -> Self {
        let (head, rest) = match text.split_once('(') {
            Some((name, rest)) => (name, rest.split_once(')').unwrap()),
            None => {
                let (name, kind) = text.split_once(": ").unwrap();
                return Self { name, arguments: BTreeMap::new(), kind: Some(kind), item: None };
            }
        };
        let arguments = rest.0.split(", ").map(|one| one.split_once(": ").unwrap());
        let arguments = arguments.map(|(name, kind)| (name.to_owned(), kind.to_owned())).collect();
        let kind = rest.1.strip_prefix(": ");
        Self { name: head, arguments, kind, item: rest.1.trim().split_once(": ").filter(|_| kind.is_none()) }
    }
}

#[tokio::test]
async fn the_schema_has_everything_of_the_contract() {
    let world = World::new().await;
    let roots = world.gql("ROOT", ROOT, json!({})).await.json();
    assert_eq!(roots["data"]["__schema"]["queryType"]["name"], "Queries");
    assert_eq!(roots["data"]["__schema"]["mutationType"]["name"], "Mutations");
    let mut schema = Schema { world: &world, known: BTreeMap::new() };
    let (mut owner, mut wrong, mut compared) = ("", Vec::new(), 0);
    for text in EXPECTED.lines() {
        let Some(field) = text.strip_prefix("    ") else {
            let (head, interface) = text.split_once(" : ").unwrap_or((text, ""));
            owner = head.split_once(' ').unwrap().1;
            let (interfaces, fields) = schema.of(owner).await;
            if fields.is_empty() || !(interface.is_empty() || interfaces.iter().any(|one| one == interface)) {
                wrong.push(format!("{text}: the schema has {interfaces:?}"));
            }
            continue;
        };
        compared += 1;
        let line = Line::read(field);
        let Some((arguments, kind)) = schema.of(owner).await.1.get(line.name).cloned() else {
            wrong.push(format!("{owner}.{}: missing", line.name));
            continue;
        };
        for (name, expected) in &line.arguments {
            let has = arguments.get(name).map_or("nothing", String::as_str);
            if has != expected {
                wrong.push(format!("{owner}.{}({name}): {has} for {expected}", line.name));
            }
        }
        let needed = arguments.iter().filter(|(name, kind)| kind.ends_with('!') && !line.arguments.contains_key(*name));
        wrong.extend(needed.map(|(name, _)| format!("{owner}.{}({name}): needed in addition", line.name)));
        if line.kind.is_some_and(|expected| expected != kind) {
            wrong.push(format!("{owner}.{}: {kind} for {}", line.name, line.kind.unwrap()));
        }
        if owner == "Mutations" {
            let (_, answer) = schema.of(&kind).await;
            let items = [("ok", "Boolean"), ("msg", "String")].into_iter().chain(line.item);
            for (name, expected) in items {
                let has = answer.get(name).map_or("nothing", |(_, kind)| kind);
                if has != expected {
                    wrong.push(format!("{owner}.{}.{name}: {has} for {expected}", line.name));
                }
            }
        }
    }
    assert!(compared > 400, "{compared}");
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[tokio::test]
async fn interfaces_can_be_spread_on() {
    let world = World::new().await;
    let id = world.session("USER", "mine").await;
    let query = "{ compute_session_list(limit: 1, offset: 0) { ...page } keypair { ... on Item { id } } } \
        fragment page on PaginatedList { total_count items { id ... on ComputeSession { name } } }";
    let told = world.gql("USER", query, json!({})).await.json();
    let expected = json!({"total_count": 1, "items": [{"id": id, "name": "mine"}]});
    assert_eq!(
        (&told["data"]["compute_session_list"], &told["data"]["keypair"]["id"]),
        (&expected, &json!("USER")),
        "{told}"
    );
}
