//! Three domains full of random sessions behind a real server.

use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use http::Request;
use http_body_util::BodyExt;
use rollcall_lifecycle::Lifecycle;
use rollcall_manager::{Manager, ManagerParts, Settings};
use rollcall_model::access::{Caller, System};
use rollcall_model::account::{KeypairPolicy, ResourceGroup};
use rollcall_model::ids::{AccessKey, DomainName, GroupId, UserId};
use rollcall_model::time;
use rollcall_store::{Founding, Keyring, NewDomain, NewKeypair, NewPerson, Store};
use rollcall_wire::signing::{Hash, ToSign, VersionHeader, sign};
use secrecy::SecretString;
use serde_json::{Value, json};
use tempfile::TempDir;
use tower::ServiceExt;
use uuid::Uuid;

use crate::answer::Answer;
use crate::ask::Case;
use crate::machine::Machine;
use crate::rows::{Dice, Owner, Row};

const HOST: &str = "api.example.com";
pub(crate) const DOMAINS: [&str; 3] = ["default", "other", "third"];
const ROWS: u64 = 260;

/// Someone who signs.
#[derive(Clone, Debug)]
pub(crate) struct Actor {
    pub(crate) access_key: String,
    pub(crate) role: &'static str,
    pub(crate) domain: &'static str,
    pub(crate) email: String,
    pub(crate) user: Uuid,
}

pub(crate) struct World {
    _directory: TempDir,
    pub(crate) router: Router,
    store: Store,
    pub(crate) actors: Vec<Actor>,
    /// Keys that sessions may be of: the actors' and others of the same people.
    pub(crate) keys: Vec<String>,
    /// One project for each domain, and one that is nobody's.
    pub(crate) groups: Vec<Uuid>,
    pub(crate) rows: Vec<Row>,
}

const QUERY: &str = "query($limit: Int!, $offset: Int!, $domain_name: String, $group_id: String, $access_key: String, \
    $status: String, $filter: String, $order: String) { compute_session_list(limit: $limit, offset: $offset, \
    domain_name: $domain_name, group_id: $group_id, access_key: $access_key, status: $status, filter: $filter, \
    order: $order) { items { id name status } total_count } }";

impl World {
    pub(crate) async fn new(database: &rollcall_store::Settings, dice: &mut Dice) -> Self {
        let directory = tempfile::tempdir().unwrap();
        let keyring = Keyring::load_or_create(&directory.path().join("key")).unwrap();
        let store = Store::open(database, keyring).await.unwrap();
        let groups: Vec<Uuid> = (0..4).map(|_| dice.uuid()).collect();
        let actors = actors(dice);
        let mut founding = founding(&actors, &groups);
        let mut rows = Vec::new();
        let mut keys: Vec<String> = actors.iter().map(|actor| actor.access_key.clone()).collect();
        keys.extend(actors.iter().map(|actor| format!("{}-2", actor.access_key)));
        for number in 0..ROWS {
            let actor = dice.one_of(&actors).clone();
            let second = dice.once_in(4);
            let access_key = if second { format!("{}-2", actor.access_key) } else { actor.access_key.clone() };
            // Some sessions are of a domain that their owner has left since.
            let home = DOMAINS.iter().position(|domain| *domain == actor.domain).unwrap();
            let place = if dice.once_in(10) { usize::try_from(dice.below(3)).unwrap() } else { home };
            let owner = Owner {
                user: actor.user,
                email: &actor.email,
                access_key: &access_key,
                domain: DOMAINS[place],
                group: groups[place],
            };
            let row = Row::random(dice, &owner, number);
            founding.demo.push(row.past(&owner));
            rows.push(row);
        }
        assert!(store.found(&founding, time::truncate(chrono::Utc::now())).await.unwrap());
        // The loop does not run: nothing moves while it is looked at.
        let settings = rollcall_lifecycle::Settings::default();
        let lifecycle = Lifecycle::new(System::control_plane(), store.clone(), Arc::new(Machine::new()), settings);
        let manager = Manager::new(ManagerParts { store: store.clone(), lifecycle, settings: Settings::default() });
        Self { _directory: directory, router: manager.router(), store, actors, keys, groups, rows }
    }

    /// The real answer.
    pub(crate) async fn answer(&self, case: &Case) -> Answer {
        let body = json!({ "query": QUERY, "variables": case.variables() });
        let response =
            self.router.clone().oneshot(signed(&case.key(self), "POST", "/admin/gql", Some(&body))).await.unwrap();
        let status = response.status();
        let bytes = response.into_body().collect().await.unwrap().to_bytes();
        let answer: Value = serde_json::from_slice(&bytes).unwrap();
        assert_eq!(status, 200, "{answer}");
        if let Some(errors) = answer.get("errors") {
            return match errors[0]["message"].as_str().unwrap() {
                "Forbidden operation." => Answer::Forbidden,
                message if message.ends_with("(Unknown client role)") => Answer::UnknownRole,
                _ => Answer::Invalid,
            };
        }
        let list = &answer["data"]["compute_session_list"];
        let text = |value: &Value| value.as_str().unwrap().to_owned();
        let items = list["items"].as_array().unwrap().iter();
        let items = items.map(|item| (text(&item["id"]).parse().unwrap(), text(&item["name"]), text(&item["status"])));
        Answer::Page(items.collect(), list["total_count"].as_i64().unwrap())
    }

    /// A second key for each, which signs as well as the first.
    pub(crate) async fn add_second_keys(&self) {
        add_second_keys(&self.store, &self.actors).await;
    }
}

pub(crate) fn cases(usual: u64) -> u64 {
    number("ROLLCALL_ORACLE_CASES", usual)
}

/// What a variable says, or what is usual.
pub(crate) fn number(variable: &str, usual: u64) -> u64 {
    std::env::var(variable).map_or(usual, |text| text.parse().expect("the variable is a number"))
}

pub(crate) async fn add_second_keys(store: &Store, actors: &[Actor]) {
    let root = store.signing_key(&AccessKey::from(actors[0].access_key.as_str())).await.unwrap().unwrap();
    let may = rollcall_model::manage::manage(&Caller::authenticated(root.identity)).unwrap();
    let drawn = NewKeypair::draw(true, false, "default", i32::MAX).unwrap();
    for actor in actors {
        let access_key = AccessKey::from(format!("{}-2", actor.access_key).as_str());
        let secret_key = secret(access_key.as_str());
        let new = NewKeypair { access_key, secret_key, is_admin: actor.role != "user", ..drawn.clone() };
        store.create_keypair(&may, &actor.email, &new, time::truncate(chrono::Utc::now())).await.unwrap();
    }
}

/// A request with a JSON body, or without one.
pub(crate) fn signed(key: &str, method: &str, target: &str, body: Option<&Value>) -> Request<Body> {
    let date = chrono::Utc::now().to_rfc3339();
    let to_sign = ToSign {
        method,
        target,
        date: &date,
        host: HOST,
        content_type: "application/json",
        version: "v6.20210815",
        version_header: VersionHeader::Current,
    };
    let authorization = sign(&to_sign, Hash::Sha256, key, &secret(key)).unwrap();
    Request::builder()
        .method(method)
        .uri(target)
        .header("host", HOST)
        .header("date", date)
        .header("content-type", "application/json")
        .header("x-backendai-version", "v6.20210815")
        .header("authorization", authorization)
        .body(body.map_or_else(Body::empty, |body| Body::from(body.to_string())))
        .unwrap()
}

fn secret(key: &str) -> SecretString {
    SecretString::from(format!("secret of {key}"))
}

pub(crate) fn actors(dice: &mut Dice) -> Vec<Actor> {
    let mut actors = Vec::new();
    for domain in DOMAINS {
        for (role, count) in [("superadmin", 1), ("admin", 1), ("user", 3), ("monitor", 1)] {
            for number in 0..count {
                let access_key = format!("{}-{}{number}", role.to_uppercase(), domain.to_uppercase());
                let email = format!("{}@example.com", access_key.to_lowercase());
                actors.push(Actor { access_key, role, domain, email, user: dice.uuid() });
            }
        }
    }
    actors
}

pub(crate) fn founding(actors: &[Actor], groups: &[Uuid]) -> Founding {
    let now = time::truncate(chrono::Utc::now());
    let domain = |(name, group): (&&str, &Uuid)| NewDomain {
        name: DomainName::from(*name),
        group_id: GroupId(*group),
        group_name: "default".to_owned(),
        allowed_registries: vec!["local.rollcall".to_owned()],
    };
    let person = |actor: &Actor| NewPerson {
        id: UserId(actor.user),
        email: actor.email.clone(),
        full_name: actor.access_key.clone(),
        username: actor.email.clone(),
        role: actor.role.parse().unwrap(),
        domain: DomainName::from(actor.domain),
        password_hash: "nobody signs in here".to_owned(),
        access_key: AccessKey::from(actor.access_key.as_str()),
        secret_key: secret(&actor.access_key),
        resource_policy: "default".to_owned(),
        rate_limit: i32::MAX,
    };
    Founding {
        domains: DOMAINS.iter().zip(groups).map(domain).collect(),
        people: actors.iter().map(person).collect(),
        policies: vec![KeypairPolicy::unlimited("default", 30, 1, now)],
        resource_groups: vec![ResourceGroup::new("default", now)],
        ..Founding::default()
    }
}
