//! A server whose sessions really start and end, and all its rows as plain ones.

use std::future::Future;
use std::sync::Arc;

use axum::Router;
use rollcall_lifecycle::Lifecycle;
use rollcall_manager::{Manager, ManagerParts, Settings};
use rollcall_model::access::{Caller, ScopeArguments, System, person_scope};
use rollcall_model::ids::AccessKey;
use rollcall_model::list::request::{ListArguments, ListRequest};
use rollcall_model::session::{ClusterMode, Session, SessionResult, SessionType};
use rollcall_model::time;
use rollcall_store::{Keyring, Store};
use rollcall_testkit::{postgres::Postgres, skip};
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio_util::sync::{CancellationToken, DropGuard};
use uuid::Uuid;

use super::list::Reader;
use super::read::send;
use crate::machine::Machine;
use crate::rows::{Dice, Owner, Row, STATUSES};
use crate::world::{Actor, DOMAINS, actors, add_second_keys, founding, number, signed};

/// Sessions that are over before anybody looks.
const PAST: u64 = 60;
/// Rounds unless `ROLLCALL_ORACLE_ROUNDS` says how many.
const ROUNDS: u64 = 8;

pub(super) struct Live {
    _directory: TempDir,
    _running: DropGuard,
    pub(super) router: Router,
    store: Store,
    pub(super) actors: Vec<Actor>,
    pub(super) keys: Vec<String>,
    pub(super) groups: Vec<Uuid>,
    /// Keys that may not sign now.
    pub(super) disabled: Vec<String>,
    /// Sessions that were started.
    pub(super) started: u64,
}

pub(super) fn rounds() -> u64 {
    number("ROLLCALL_ORACLE_ROUNDS", ROUNDS)
}

/// Runs a test on each engine's own server.
pub(super) async fn on_sqlite<F: Future<Output = ()>>(dice: &mut Dice, test: impl FnOnce(Live, Dice) -> F) {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("live.db");
    let live = Live::new(&rollcall_store::Settings::Sqlite { path }, dice).await;
    test(live, Dice(dice.roll())).await;
}

pub(super) async fn on_postgresql<F: Future<Output = ()>>(dice: &mut Dice, test: impl FnOnce(Live, Dice) -> F) {
    let server = match Postgres::start() {
        Ok(server) => server,
        Err(missing) => return skip::missing("oracle::v1::live", &missing.reason, &missing.remedy),
    };
    let url = server.create_database("live").unwrap();
    let live = Live::new(&rollcall_store::Settings::Postgres { url: url.into() }, dice).await;
    test(live, Dice(dice.roll())).await;
}

impl Live {
    async fn new(database: &rollcall_store::Settings, dice: &mut Dice) -> Self {
        let directory = tempfile::tempdir().unwrap();
        let keyring = Keyring::load_or_create(&directory.path().join("key")).unwrap();
        let store = Store::open(database, keyring).await.unwrap();
        let groups: Vec<Uuid> = (0..4).map(|_| dice.uuid()).collect();
        let actors = actors(dice);
        let mut founding = founding(&actors, &groups);
        for number in 0..PAST {
            let actor = dice.one_of(&actors);
            let place = DOMAINS.iter().position(|domain| *domain == actor.domain).unwrap();
            let second = if dice.once_in(2) { "-2" } else { "" };
            let access_key = format!("{}{second}", actor.access_key);
            let owner = Owner {
                user: actor.user,
                email: &actor.email,
                access_key: &access_key,
                domain: actor.domain,
                group: groups[place],
            };
            let over = *dice.one_of(&["TERMINATED", "ERROR", "CANCELLED"]);
            let status = STATUSES.iter().position(|status| *status == over).unwrap();
            founding.demo.push(Row { status, ..Row::random(dice, &owner, number) }.past(&owner));
        }
        assert!(store.found(&founding, time::truncate(chrono::Utc::now())).await.unwrap());
        add_second_keys(&store, &actors).await;
        let settings = rollcall_lifecycle::Settings::default();
        let lifecycle = Lifecycle::new(System::control_plane(), store.clone(), Arc::new(Machine::new()), settings);
        lifecycle.register().await.unwrap();
        let stop = CancellationToken::new();
        tokio::spawn({
            let (lifecycle, stop) = (lifecycle.clone(), stop.clone());
            async move { lifecycle.run(stop).await }
        });
        let settings = Settings { streams_per_person: 1_000, ..Settings::default() };
        let manager = Manager::new(ManagerParts { store: store.clone(), lifecycle, settings });
        let keys = actors.iter().flat_map(|actor| [actor.access_key.clone(), format!("{}-2", actor.access_key)]);
        Self {
            router: manager.router(),
            store,
            keys: keys.collect(),
            actors,
            groups,
            disabled: Vec::new(),
            started: 0,
            _directory: directory,
            _running: stop.drop_guard(),
        }
    }

    /// Who stays what they are.
    pub(super) fn root(&self) -> &str {
        &self.actors[0].access_key
    }

    /// Whoever a key is of, as they are now.
    pub(super) fn reader(&self, key: &str) -> Reader {
        let actor = self.actors.iter().find(|actor| key.trim_end_matches("-2") == actor.access_key).unwrap();
        Reader { email: actor.email.clone(), role: actor.role.to_owned(), domain: actor.domain.to_owned() }
    }

    pub(super) async fn call(&self, key: &str, method: &str, target: &str, body: Option<&Value>) -> (u16, String) {
        let (status, text) = send(&self.router, signed(key, method, target, body)).await;
        (status.as_u16(), text)
    }

    /// Changes an account.
    pub(super) async fn mutate(&self, mutation: &str) {
        let body = json!({"query": format!("mutation {{ {mutation} {{ ok msg }} }}"), "variables": {}});
        let (_, text) = self.call(self.root(), "POST", "/admin/gql", Some(&body)).await;
        assert!(text.contains("\"ok\":true"), "{mutation}: {text}");
    }

    /// All rows, by nothing that the cases ask with: no scope, no condition, no order, one page.
    pub(super) async fn rows(&self) -> Vec<Row> {
        let key = AccessKey::from(self.root());
        let root = self.store.signing_key(&key).await.unwrap().unwrap();
        let scope = person_scope(&Caller::authenticated(root.identity), ScopeArguments::default()).unwrap();
        let all = ListArguments { limit: 1_000, offset: 0, status: None, filter: None, order: None };
        let sessions = self.store.walk_sessions(&scope, &ListRequest::parse(all).unwrap(), None).await.unwrap();
        assert!(sessions.len() < 1_000, "more sessions than a page holds");
        sessions.into_iter().map(row).collect()
    }

    /// All rows, once none of them is on its way.
    pub(super) async fn rows_at_rest(&self) -> Vec<Row> {
        const RESTING: [&str; 4] = ["RUNNING", "TERMINATED", "ERROR", "CANCELLED"];
        for _ in 0..600 {
            let rows = self.rows().await;
            if rows.iter().all(|row| RESTING.contains(&STATUSES[row.status])) {
                return rows;
            }
            tokio::time::sleep(std::time::Duration::from_millis(50)).await;
        }
        panic!("sessions stay on their way: {:#?}", self.rows().await);
    }
}

fn row(session: Session) -> Row {
    let place = |names: &[&str], name: &str| names.iter().position(|known| *known == name).unwrap();
    Row {
        id: session.id.0,
        name: session.name,
        kind: SessionType::ALL.iter().position(|kind| *kind == session.session_type).unwrap(),
        image: session.image,
        domain: session.domain.as_str().to_owned(),
        group: session.group_id.0,
        group_name: session.group_name,
        email: session.user_email,
        access_key: session.access_key.as_str().to_owned(),
        scaling_group: session.scaling_group,
        mode: ClusterMode::ALL.iter().position(|mode| *mode == session.cluster_mode).unwrap(),
        size: session.cluster_size.into(),
        status: place(&STATUSES, session.status.as_str()),
        status_info: session.status_info,
        status_changed: session.status_changed.map(|at| at.timestamp_micros()),
        result: SessionResult::ALL.iter().position(|result| *result == session.result).unwrap(),
        created_at: session.created_at.timestamp_micros(),
        terminated_at: session.terminated_at.map(|at| at.timestamp_micros()),
        starts_at: session.starts_at.map(|at| at.timestamp_micros()),
        startup_command: session.startup_command,
        agent: session.agent.map(|agent| agent.as_str().to_owned()),
    }
}
