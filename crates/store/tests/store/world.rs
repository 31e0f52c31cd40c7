//! A founded installation: two domains, five people, one agent, on either engine.

use std::sync::Arc;

use chrono::DateTime;
use rollcall_model::Timestamp;
use rollcall_model::access::{
    self, Caller, Create, Destroy, Inspect, Operation, Permit, Rename, Scope, ScopeArguments, System,
};
use rollcall_model::account::{KeypairPolicy, Preset, ResourceGroup};
use rollcall_model::agent::{Agent, AgentStatus};
use rollcall_model::ids::{AccessKey, AgentId, DomainName, GroupId, KernelId, SessionId, UserId};
use rollcall_model::role::Role;
use rollcall_model::session::{ClusterMode, Kernel, Session, SessionResult, SessionTimes, SessionType};
use rollcall_model::slots::Slots;
use rollcall_model::status::{Status, Step};
use rollcall_store::{
    Advance, Advanced, Change, CreateOutcome, Founding, Keyring, NewAgent, NewDomain, NewPerson, NewSession,
    PastSession, Placement, Settings, Store,
};
use rollcall_testkit::postgres::Postgres;
use serde_json::json;
use uuid::Uuid;

pub(crate) const AGENT: &str = "i-test";

pub(crate) struct World {
    pub(crate) store: Store,
    pub(crate) settings: Settings,
    pub(crate) keys: std::path::PathBuf,
    _home: tempfile::TempDir,
    _server: Option<Arc<Postgres>>,
}

/// Second `n` of the story.
pub(crate) fn at(n: i64) -> Timestamp {
    DateTime::from_timestamp_micros(1_600_000_000_000_000 + n * 1_000_000 + 123_456).unwrap()
}

pub(crate) fn group(domain: &str) -> GroupId {
    GroupId(Uuid::from_u128(if domain == "default" { 0xd1 } else { 0xd2 }))
}

pub(crate) const PEOPLE: [(&str, Role, &str); 5] = [
    ("root", Role::Superadmin, "default"),
    ("admin", Role::Admin, "default"),
    ("alice", Role::User, "default"),
    ("bob", Role::User, "default"),
    ("carol", Role::User, "second"),
];

pub(crate) fn key(name: &str) -> AccessKey {
    AccessKey(format!("AKIA{}", name.to_uppercase()))
}

pub(crate) fn user(name: &str) -> UserId {
    let place = PEOPLE.iter().position(|(known, ..)| *known == name).unwrap();
    UserId(Uuid::from_u128(0xa000 + place as u128))
}

pub(crate) fn email(name: &str) -> String {
    format!("{name}@example.com")
}

pub(crate) fn founding(demo: Vec<PastSession>) -> Founding {
    let person = |(name, role, domain): &(&str, Role, &str)| NewPerson {
        id: user(name),
        email: email(name),
        full_name: format!("Person {name}"),
        username: (*name).to_owned(),
        role: *role,
        domain: DomainName::from(*domain),
        password_hash: "$argon2id$none".to_owned(),
        access_key: key(name),
        secret_key: format!("secret of {name}").into(),
        resource_policy: "default".to_owned(),
        rate_limit: 10_000,
    };
    let domain = |name: &str| NewDomain {
        name: DomainName::from(name),
        group_id: group(name),
        group_name: "default".to_owned(),
        allowed_registries: vec!["local.rollcall".to_owned()],
    };
    Founding {
        domains: vec![domain("default"), domain("second")],
        people: PEOPLE.iter().map(person).collect(),
        policies: vec![KeypairPolicy {
            max_session_lifetime: 3600,
            max_extension: 100,
            ..KeypairPolicy::unlimited("default", 3, 4, at(0))
        }],
        presets: vec![Preset { name: "small".to_owned(), resource_slots: slots("1", "1g"), shared_memory: None }],
        resource_groups: vec![ResourceGroup::new("default", at(0))],
        agents: vec![Agent {
            id: AgentId::from("i-gone"),
            status: AgentStatus::Lost,
            status_changed: at(0),
            region: "local".to_owned(),
            scaling_group: "default".to_owned(),
            schedulable: true,
            available_slots: slots("8", "8g"),
            occupied_slots: Slots::default(),
            addr: "local://gone".to_owned(),
            first_contact: at(0),
            lost_at: Some(at(0)),
            version: "0".to_owned(),
            compute_plugins: json!({}),
        }],
        demo,
    }
}

pub(crate) fn slots(cpu: &str, mem: &str) -> Slots {
    let map = json!({"cpu": cpu, "mem": mem});
    Slots::parse(map.as_object().unwrap()).unwrap()
}

impl World {
    pub(crate) async fn on_sqlite() -> Self {
        let home = tempfile::tempdir().unwrap();
        let settings = Settings::Sqlite { path: home.path().join("data/rollcall.db") };
        Self::open(home, settings, None).await
    }

    /// `None` when there is no server; it was said aloud then.
    pub(crate) async fn on_postgres(test: &str) -> Option<Self> {
        let name = format!("rollcall_test_{}", Uuid::new_v4().simple());
        let started = tokio::task::spawn_blocking(move || {
            let server = Postgres::shared()?;
            let url = server.create_database(&name)?;
            Ok::<_, rollcall_testkit::postgres::Missing>((server, url))
        });
        match started.await.unwrap() {
            Ok((server, url)) => {
                let settings = Settings::Postgres { url: url.into() };
                Some(Self::open(tempfile::tempdir().unwrap(), settings, Some(server)).await)
            }
            Err(missing) => {
                rollcall_testkit::skip::missing(test, &missing.reason, &missing.remedy);
                None
            }
        }
    }

    async fn open(home: tempfile::TempDir, settings: Settings, server: Option<Arc<Postgres>>) -> Self {
        let keys = home.path().join("secret.key");
        let store = Store::open(&settings, Keyring::load_or_create(&keys).unwrap()).await.unwrap();
        Self { store, settings, keys, _home: home, _server: server }
    }

    /// Founds with a past, and registers the agent.
    pub(crate) async fn founded(self, demo: Vec<PastSession>) -> Self {
        assert!(self.store.found(&founding(demo), at(0)).await.unwrap());
        let agent = NewAgent {
            id: AgentId::from(AGENT),
            region: "local".to_owned(),
            scaling_group: "default".to_owned(),
            available_slots: slots("4", "4g"),
            addr: "local://test".to_owned(),
            version: "1".to_owned(),
            compute_plugins: json!({"fence": "none"}),
        };
        self.store.register_agent(system(), &agent, at(1)).await.unwrap();
        self
    }

    /// Another store on the same database.
    pub(crate) async fn opened_again(&self) -> Store {
        Store::open(&self.settings, Keyring::load_or_create(&self.keys).unwrap()).await.unwrap()
    }

    pub(crate) async fn caller(&self, name: &str) -> Caller {
        Caller::authenticated(self.store.signing_key(&key(name)).await.unwrap().unwrap().identity)
    }

    pub(crate) async fn scope(&self, name: &str) -> Scope {
        access::session_scope(&self.caller(name).await, ScopeArguments::default()).unwrap()
    }

    pub(crate) async fn permit<O: Operation>(&self, name: &str) -> Permit<O> {
        let owner = self.store.key_owner(&key(name)).await.unwrap().unwrap();
        access::act_for(&self.caller(name).await, owner).unwrap()
    }

    pub(crate) async fn create(&self, owner: &str, name: &str, n: i64) -> Session {
        let permit: Permit<Create> = self.permit(owner).await;
        let (session, kernels) = pending(owner, name, n);
        let new = NewSession { session: session.clone(), kernels };
        assert_eq!(self.store.create_session(&permit, &new).await.unwrap(), CreateOutcome::Created);
        session
    }

    /// Takes steps that must succeed.
    pub(crate) async fn walk(&self, id: SessionId, n: i64, steps: &[Step]) -> Session {
        let mut session = self.store.session(&system().scope(), id).await.unwrap().unwrap();
        for (step, n) in steps.iter().zip(n..) {
            let advance = step_of(&session, *step, n);
            match self.store.advance(&system(), &advance).await.unwrap() {
                Advanced::Done(moved) => session = moved,
                other => panic!("{step:?}: {other:?}"),
            }
        }
        session
    }

    pub(crate) async fn inspect(&self, name: &str) -> Permit<Inspect> {
        self.permit(name).await
    }

    pub(crate) async fn rename(&self, name: &str) -> Permit<Rename> {
        self.permit(name).await
    }

    pub(crate) async fn destroy(&self, name: &str) -> Permit<Destroy> {
        self.permit(name).await
    }
}

pub(crate) fn system() -> System {
    System::control_plane()
}

pub(crate) fn step_of(session: &Session, step: Step, n: i64) -> Advance {
    let mut advance = Advance::new(session.id, session.status, step, at(n));
    advance.reason = Change::Set(Some(step.as_str().to_owned()));
    if step == Step::Schedule {
        advance.placement = Some(Placement { agent: AgentId::from(AGENT), scaling_group: "default".to_owned() });
    }
    advance
}

/// A session of two kernels, one core each.
pub(crate) fn pending(owner: &str, name: &str, n: i64) -> (Session, Vec<Kernel>) {
    let domain = PEOPLE.iter().find(|(known, ..)| *known == owner).unwrap().2;
    let id = SessionId::random();
    let session = Session {
        id,
        name: name.to_owned(),
        session_type: SessionType::Interactive,
        image: "local.rollcall/python:3".to_owned(),
        registry: "local.rollcall".to_owned(),
        tag: None,
        cluster_mode: ClusterMode::SingleNode,
        cluster_size: 2,
        domain: DomainName::from(domain),
        group_id: group(domain),
        group_name: "default".to_owned(),
        user_id: user(owner),
        user_email: email(owner),
        access_key: key(owner),
        status: Status::Pending,
        status_changed: None,
        status_info: None,
        status_data: None,
        created_at: at(n),
        terminated_at: None,
        starts_at: None,
        startup_command: None,
        bootstrap_script: Some("ZWNobw==".to_owned()),
        result: SessionResult::Undefined,
        resource_opts: json!({"shmem": 67_108_864}),
        scaling_group: Some("default".to_owned()),
        agent: None,
        service_ports: None,
        environ: vec![("B".to_owned(), "2".to_owned()), ("A".to_owned(), "1".to_owned())],
        occupied_slots: slots("1", "128m"),
        waiting: None,
        times: SessionTimes::default(),
    };
    let kernels = vec![kernel(&session, id.main_kernel(), "main"), kernel(&session, KernelId::random(), "sub")];
    (session, kernels)
}

pub(crate) fn kernel(session: &Session, id: KernelId, role: &str) -> Kernel {
    Kernel {
        id,
        session_id: session.id,
        cluster_role: role.to_owned(),
        cluster_idx: 1,
        cluster_hostname: format!("{role}1"),
        image: session.image.clone(),
        registry: session.registry.clone(),
        status: session.status,
        status_changed: session.status_changed,
        status_info: session.status_info.clone(),
        status_data: session.status_data.clone(),
        created_at: session.created_at,
        terminated_at: session.terminated_at,
        starts_at: None,
        agent: session.agent.clone(),
        container_id: None,
        generation: 0,
        exit_code: None,
        occupied_slots: slots("0.5", "64m"),
        resource_opts: json!({}),
        last_stat: None,
    }
}
