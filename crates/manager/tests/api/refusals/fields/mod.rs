//! Every field of every type, through every query that gives it, as nobody and as everybody, on what is
//! one's own, of the same domain, of another and unknown. What is there comes from the schema: a new query,
//! type or field changes the tables, or fails until it is told whose it is. The tables are readable files;
//! that nobody is given what they may not see is checked apart from them.

mod asks;
mod complete;
mod people;
mod stage;
mod tables;

use std::collections::{BTreeMap, BTreeSet};

use axum::body::Body;
use http::Request;
use rollcall_model::role::Role;
use serde_json::{Map, Value, json};

use super::strangers::{Schema, inner, schema};
use asks::{Ask, as_page, asks, page_of, selection};
use complete::everything_was_seen;
use people::{Person, Place, Whose};
use tables::Tables;

/// What may differ from one answer to the next.
const MOVING: [&str; 9] = [
    "idle_checks",
    "last_used",
    "num_queries",
    "sentence",
    "ends_at",
    "seconds",
    "extendable_seconds",
    "live_stat",
    "status_data",
];

/// Whose an object is, and what makes it out among its kind. **A new type is added here**, and one that is
/// somebody's in [`may_be_given`], too.
fn whose(place: &Place, kind: &str, object: &Map<String, Value>, outer: (&Whose, &str)) -> (Whose, String) {
    let text = |field: &str| object[field].as_str().unwrap_or_else(|| panic!("{kind} without {field}")).to_owned();
    let by = |field: &str, whose: fn(String) -> Whose| (whose(text(field)), text(field));
    match kind {
        "KeyPair" => by("access_key", Whose::Key),
        "User" | "UserInfo" => by("email", Whose::Person),
        "Group" | "UserGroup" => by("id", Whose::Group),
        "Domain" => by("name", Whose::Domain),
        "KeyPairResourcePolicy" => by("name", Whose::Policy),
        "ComputeSession" | "LegacyComputeSession" => (place.session_key(&text("id")), text("id")),
        "ComputeContainer" => (place.session_key(&text("session_id")), text("id")),
        "Agent" => by("id", |_| Whose::Everybodys),
        "ScalingGroup" | "Image" | "ResourcePreset" => by("name", |_| Whose::Everybodys),
        // Parts of what they stand in.
        "KVPair" | "ResourceLimit" => (outer.0.clone(), format!("{} {}", outer.1, text("key"))),
        "SessionWaiting" | "SessionRemaining" => (outer.0.clone(), outer.1.to_owned()),
        other => panic!("whose is a {other}? add it to tests/api/refusals/fields/mod.rs"),
    }
}

/// The rules once more, in short (`graphql.md` §2 to §6), apart from those that the server goes by.
fn may_be_given(person: &Person, kind: &str, word: &str) -> bool {
    let of_sessions = kind.contains("Session") || kind == "ComputeContainer";
    match person.role {
        Role::Superadmin => true,
        _ if matches!(kind, "Agent" | "ScalingGroup") || word == "far" => false,
        Role::Monitor => matches!(kind, "Domain" | "KeyPairResourcePolicy" | "ResourcePreset"),
        Role::Admin => true,
        Role::User => word != "near" && (word != "second" || !of_sessions),
    }
}

/// One object or field of an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Told<'a> {
    Value,
    Empty,
    Null,
    Error(&'a str),
}

impl Told<'_> {
    fn of(value: &Value) -> Self {
        match value {
            Value::Null => Self::Null,
            Value::String(text) if matches!(text.as_str(), "" | "{}" | "[]") => Self::Empty,
            Value::Array(list) if list.is_empty() => Self::Empty,
            Value::Object(object) if object.is_empty() => Self::Empty,
            _ => Self::Value,
        }
    }

    fn word(&self) -> &str {
        match self {
            Self::Value => "value",
            Self::Empty => "empty",
            Self::Null => "null",
            Self::Error(message) => message,
        }
    }
}

struct Walk<'a> {
    place: &'a Place,
    schema: &'a Schema,
    tables: Tables,
    /// The first value of each object's field, and who was told.
    values: BTreeMap<(String, String, String), (Value, &'static str)>,
    /// What each was told of each object's field, and by which way.
    told: BTreeMap<(String, String, String, &'static str), (String, String)>,
}

/// One answer, as it is read.
struct Reading<'a> {
    person: &'a Person,
    errors: BTreeMap<String, String>,
}

impl Walk<'_> {
    /// Reads one object or a list of them; how those at the top stand to who asked.
    fn read(
        &mut self,
        reading: &Reading<'_>,
        (kind, way, path): (&str, &str, &str),
        value: &Value,
        outer: (&Whose, &str),
        words: &mut BTreeSet<&'static str>,
    ) {
        match value {
            Value::Null => {}
            Value::Array(list) => {
                for (index, value) in list.iter().enumerate() {
                    self.read(reading, (kind, way, &format!("{path}/{index}")), value, outer, words);
                }
            }
            Value::Object(object) => match page_of(self.schema, kind) {
                Some(item) => {
                    let items = &object["items"];
                    assert_eq!(object["total_count"], items.as_array().unwrap().len(), "{way}");
                    self.read(reading, (&item, way, &format!("{path}/items")), items, outer, words);
                }
                None => {
                    words.insert(self.object(reading, (kind, way, path), object, outer));
                }
            },
            other => panic!("{way}: {other}"),
        }
    }

    fn object(
        &mut self,
        reading: &Reading<'_>,
        (kind, way, path): (&str, &str, &str),
        object: &Map<String, Value>,
        outer: (&Whose, &str),
    ) -> &'static str {
        let person = reading.person;
        let (whose, id) = whose(self.place, kind, object, outer);
        let word = self.place.relation(person, &whose);
        assert!(may_be_given(person, kind, word), "{} is given a {kind} ({word}) by {way}: {object:?}", person.name);
        self.tables.given(kind, way, person.name, word);
        let fields = self.schema.types[kind]["fields"].as_array().unwrap();
        for field in fields {
            let (name, of) = (field["name"].as_str().unwrap(), inner(&field["type"]));
            let (value, path) = (&object[name], format!("{path}/{name}"));
            let error = reading.errors.get(&path);
            let told = error.map_or_else(|| Told::of(value), |message| Told::Error(message));
            self.tables.told(kind, name, person.name, word, told);
            let key = (kind.to_owned(), id.clone(), name.to_owned(), person.name);
            let before = self.told.entry(key).or_insert_with(|| (told.word().to_owned(), way.to_owned()));
            assert_eq!(before.0, told.word(), "{}: {kind}.{name} by {} and by {way}", person.name, before.1);
            let of = of["name"].as_str().unwrap();
            if self.schema.types[of]["kind"] == "OBJECT" {
                if told == Told::Value {
                    let way = format!("{way} > {name}");
                    self.read(reading, (of, &way, &path), value, (&whose, &id), &mut BTreeSet::new());
                }
            } else if told == Told::Value && !MOVING.contains(&name) {
                let key = (kind.to_owned(), id.clone(), name.to_owned());
                let before = self.values.entry(key).or_insert_with(|| (value.clone(), person.name));
                assert_eq!(&before.0, value, "{kind}.{name} for {} and {} by {way}", before.1, person.name);
            }
        }
        word
    }

    /// Asks, reads what is given, and says it in a few words.
    async fn ask(&mut self, person: &Person, ask: &Ask, way: &str, selection: &str) -> (String, String) {
        let mine = ask.mine.as_ref().map(|call| format!("mine: {call} {selection} ")).unwrap_or_default();
        let query = format!("{{ {mine}asked: {} {selection} }}", ask.call);
        let answer = person.ask(&self.place.world, &query).await;
        self.place.is_clean(person, &query, &answer.text);
        let answer = answer.json();
        let mut errors = BTreeMap::new();
        for error in answer["errors"].as_array().into_iter().flatten() {
            let path = error["path"].as_array().unwrap_or_else(|| panic!("{error}: {query}"));
            let path = path.iter().map(|part| part.as_str().map_or_else(|| part.to_string(), str::to_owned));
            let path: String = path.map(|part| format!("/{part}")).collect();
            errors.insert(path, error["message"].as_str().unwrap().to_owned());
        }
        let reading = Reading { person, errors };
        let kind = ask.gives["name"].as_str().unwrap();
        let mut words = BTreeSet::new();
        for (alias, words) in [("mine", &mut BTreeSet::new()), ("asked", &mut words)] {
            self.read(
                &reading,
                (kind, way, &format!("/{alias}")),
                &answer["data"][alias],
                (&Whose::Everybodys, ""),
                words,
            );
        }
        let given = &answer["data"]["asked"];
        let told = match reading.errors.get("/asked") {
            Some(message) => message.clone(),
            None if given.is_null() => "null".to_owned(),
            None if words.is_empty() => "nothing in it".to_owned(),
            None => format!("[{}]", words.into_iter().collect::<Vec<_>>().join(", ")),
        };
        let errors: Vec<_> = reading.errors.iter().filter(|(path, _)| path.starts_with("/asked")).collect();
        (told, format!("{given} {errors:?}"))
    }
}

#[tokio::test]
async fn every_field_of_every_type_as_everybody() {
    let place = Place::new().await;
    let schema = schema(&place.world).await;
    let mut walk = Walk {
        place: &place,
        schema: &schema,
        tables: Tables::default(),
        values: BTreeMap::new(),
        told: BTreeMap::new(),
    };
    let mut walked = BTreeSet::new();
    // The superadmin first, who is told everything: others are then told the same or nothing.
    for person in &place.people {
        let mut raw = BTreeMap::new();
        for ask in asks(&schema, &place, person) {
            let kind = ask.gives["name"].as_str().unwrap();
            assert_eq!(ask.gives["kind"], "OBJECT", "{}", ask.field);
            let all = format!("{{ {} }}", selection(&schema, kind, &mut Vec::new(), &mut walked));
            let (told, exactly) = walk.ask(person, &ask, &ask.field, &all).await;
            walk.tables.answered(&ask.what, ask.target, &told, person.name);
            let page = as_page(&schema, kind, &mut walked);
            if let Some(page) = page.filter(|_| matches!(ask.target, "" | "own")) {
                let way = format!("{} as a page", ask.field);
                let as_page = walk.ask(person, &ask, &way, &format!("{{ {page} }}")).await;
                assert_eq!(as_page.0, told, "{}: {way}", person.name);
            }
            raw.insert((ask.what.clone(), ask.target), exactly);
        }
        if person.role != Role::Superadmin {
            for ((what, target), exactly) in &raw {
                // Another domain's is answered as what is nobody's, to the last character.
                if *target == "far" {
                    assert_eq!(exactly, &raw[&(what.clone(), "unknown")], "{}: {what}", person.name);
                }
            }
        }
    }
    nobody(&place, &schema).await;
    everything_was_seen(&schema, &walk.tables, walked);

    insta::assert_snapshot!("queries", walk.tables.queries());
    for kind in walk.tables.kinds() {
        let fields = schema.types[&kind]["fields"].as_array().unwrap();
        let fields: Vec<&str> = fields.iter().map(|field| field["name"].as_str().unwrap()).collect();
        insta::assert_snapshot!(format!("of_{kind}"), walk.tables.of_kind(&kind, &fields));
    }
}

/// Without a signature nothing is even looked at: each query with all of its fields, at both doors.
async fn nobody(place: &Place, schema: &Schema) {
    let person = &place.people[0];
    for ask in asks(schema, place, person) {
        let kind = ask.gives["name"].as_str().unwrap();
        let all = selection(schema, kind, &mut Vec::new(), &mut BTreeSet::new());
        let body = json!({"query": format!("{{ {} {{ {all} }} }}", ask.call)}).to_string();
        for door in ["/admin/gql", "/admin/graphql"] {
            let request = Request::post(door).header("date", chrono::Utc::now().to_rfc3339());
            let answer = place.world.send(request.body(Body::from(body.clone())).unwrap()).await;
            assert_eq!(answer.told(), "401 auth-failed: Unauthorized access", "{body}");
        }
    }
}
