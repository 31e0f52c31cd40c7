//! A small installation: two domains, four people, one scripted machine, a real store on SQLite or,
//! where asked for, on PostgreSQL.

use std::sync::Arc;
use std::time::Duration;

use rollcall_lifecycle::{CreateConfig, CreateRequest, Created, Lifecycle, LifecycleError, Settings};
use rollcall_model::access::{Caller, Operation, Permit, System, act_for};
use rollcall_model::account::{KeypairPolicy, ResourceGroup};
use rollcall_model::ids::{AccessKey, DomainName, GroupId, KernelId, SessionId, UserId};
use rollcall_model::manage::manage;
use rollcall_model::role::Role;
use rollcall_model::session::{ClusterMode, Kernel, Session, SessionType};
use rollcall_model::status::Status;
use rollcall_runtime::Engine;
use rollcall_store::{Founding, Keyring, NewDomain, NewPerson, PolicyChange, Store};
use rollcall_testkit::postgres::Postgres;
use serde_json::json;
use tempfile::TempDir;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use crate::machine::Machine;

/// Longest wait for a state; reached only by a failing test.
pub(crate) const BOUND: Duration = Duration::from_secs(20);

pub(crate) struct World {
    directory: TempDir,
    settings: rollcall_store::Settings,
    _server: Option<Arc<Postgres>>,
    pub(crate) store: Store,
    pub(crate) machine: Arc<Machine>,
}

/// A lifecycle with its loop running.
pub(crate) struct Running {
    pub(crate) lifecycle: Lifecycle,
    stop: CancellationToken,
    task: JoinHandle<()>,
}

impl World {
    pub(crate) async fn new() -> Self {
        Self::on(Machine::new()).await
    }

    /// A store of its own on a machine that may have others.
    pub(crate) async fn on(machine: Arc<Machine>) -> Self {
        let directory = tempfile::tempdir().unwrap();
        let settings = rollcall_store::Settings::Sqlite { path: directory.path().join("rollcall.db") };
        Self::founded(directory, settings, None, machine).await
    }

    /// `None` when there is no server; it was said aloud then.
    pub(crate) async fn on_postgres(test: &str, machine: Arc<Machine>) -> Option<Self> {
        let name = format!("rollcall_test_{}", uuid::Uuid::new_v4().simple());
        let started = tokio::task::spawn_blocking(move || {
            let server = Postgres::shared()?;
            let url = server.create_database(&name)?;
            Ok::<_, rollcall_testkit::postgres::Missing>((server, url))
        });
        match started.await.unwrap() {
            Ok((server, url)) => {
                let settings = rollcall_store::Settings::Postgres { url: url.into() };
                Some(Self::founded(tempfile::tempdir().unwrap(), settings, Some(server), machine).await)
            }
            Err(missing) => {
                rollcall_testkit::skip::missing(test, &missing.reason, &missing.remedy);
                None
            }
        }
    }

    async fn founded(
        directory: TempDir,
        settings: rollcall_store::Settings,
        server: Option<Arc<Postgres>>,
        machine: Arc<Machine>,
    ) -> Self {
        let store = open(&directory, &settings).await;
        assert!(store.found(&founding(), rollcall_model::time::truncate(chrono::Utc::now())).await.unwrap());
        Self { directory, settings, _server: server, store, machine }
    }

    /// The file of a store on SQLite.
    pub(crate) fn database(&self) -> std::path::PathBuf {
        self.directory.path().join("rollcall.db")
    }

    /// Another manager of the same installation: its own connections, its own machine.
    pub(crate) async fn start_rival(&self, machine: &Arc<Machine>) -> Running {
        let store = open(&self.directory, &self.settings).await;
        run(Self::lifecycle_of(store, machine.engine(), Duration::from_secs(1)).await)
    }

    /// A lifecycle that registered but does not run.
    pub(crate) async fn still(&self) -> Lifecycle {
        self.lifecycle(self.machine.engine()).await
    }

    pub(crate) async fn lifecycle(&self, engine: Arc<dyn Engine>) -> Lifecycle {
        Self::lifecycle_of(self.store.clone(), engine, Duration::from_secs(1)).await
    }

    /// A loop with other settings than the stories have.
    pub(crate) async fn start_set(&self, change: impl FnOnce(&mut Settings)) -> Running {
        let mut settings = settings(Duration::from_secs(1));
        change(&mut settings);
        run(Self::with_settings(self.store.clone(), self.machine.engine(), settings).await)
    }

    /// Changes the policy that most keys have.
    pub(crate) async fn policy(&self, change: &PolicyChange) {
        let may = manage(&self.caller("ROOT").await).unwrap();
        self.store.modify_policy(&may, "default", change).await.unwrap();
    }

    async fn lifecycle_of(store: Store, engine: Arc<dyn Engine>, idle_tick: Duration) -> Lifecycle {
        Self::with_settings(store, engine, settings(idle_tick)).await
    }

    async fn with_settings(store: Store, engine: Arc<dyn Engine>, settings: Settings) -> Lifecycle {
        let lifecycle = Lifecycle::new(System::control_plane(), store, engine, settings);
        lifecycle.register().await.unwrap();
        lifecycle
    }

    pub(crate) async fn start(&self) -> Running {
        self.start_with(self.machine.engine()).await
    }

    pub(crate) async fn start_with(&self, engine: Arc<dyn Engine>) -> Running {
        run(self.lifecycle(engine).await)
    }

    /// A loop that does not look again by itself.
    pub(crate) async fn start_sleepy(&self) -> Running {
        run(Self::lifecycle_of(self.store.clone(), self.machine.engine(), Duration::from_secs(3600)).await)
    }

    pub(crate) async fn session(&self, id: SessionId) -> Session {
        self.store.session(&System::control_plane().scope(), id).await.unwrap().unwrap()
    }

    pub(crate) async fn kernels(&self, id: SessionId) -> Vec<Kernel> {
        self.store.kernels_of(&System::control_plane().scope(), &[id]).await.unwrap().remove(&id).unwrap()
    }

    /// Waits for a status.
    pub(crate) async fn reaches(&self, id: SessionId, status: Status) -> Session {
        self.until(id, &format!("{status}"), |session| session.status == status).await
    }

    pub(crate) async fn until(&self, id: SessionId, what: &str, reached: impl Fn(&Session) -> bool) -> Session {
        let mut news = self.store.watch();
        let wait = async {
            loop {
                news.mark_unchanged();
                let session = self.session(id).await;
                if reached(&session) {
                    return session;
                }
                // Notes about waiting sessions wake nobody: look again now and then.
                let _ = tokio::time::timeout(Duration::from_millis(50), news.changed()).await;
            }
        };
        match tokio::time::timeout(BOUND, wait).await {
            Ok(session) => session,
            Err(_) => panic!("never {what}: {:?}", self.session(id).await),
        }
    }

    /// Waits until the machine is as wanted.
    pub(crate) async fn machine_until(&self, what: &str, reached: impl Fn(&Machine) -> bool) {
        let engine = self.machine.engine();
        let mut news = engine.changes();
        let wait = async {
            while !reached(&self.machine) {
                news.changed().await.unwrap();
            }
        };
        assert!(tokio::time::timeout(BOUND, wait).await.is_ok(), "the machine never {what}");
    }

    /// Steps of a session's history, by their targets.
    pub(crate) async fn way(&self, id: SessionId) -> Vec<Status> {
        let history = self.store.history(&System::control_plane().scope(), id).await.unwrap();
        history.into_iter().map(|entry| entry.to).collect()
    }

    pub(crate) async fn permit<O: Operation>(&self, who: &Caller) -> Permit<O> {
        self.permit_for(who, who.access_key().as_str()).await
    }

    pub(crate) async fn permit_for<O: Operation>(&self, who: &Caller, key: &str) -> Permit<O> {
        let owner = self.store.key_owner(&AccessKey::from(key)).await.unwrap().unwrap();
        act_for(who, owner).unwrap()
    }

    pub(crate) async fn caller(&self, key: &str) -> Caller {
        let signing = self.store.signing_key(&AccessKey::from(key)).await.unwrap().unwrap();
        Caller::authenticated(signing.identity)
    }

    pub(crate) async fn create(
        &self,
        lifecycle: &Lifecycle,
        request: CreateRequest,
    ) -> Result<Created, LifecycleError> {
        self.create_as(lifecycle, "USER", request).await
    }

    pub(crate) async fn create_as(
        &self,
        lifecycle: &Lifecycle,
        key: &str,
        request: CreateRequest,
    ) -> Result<Created, LifecycleError> {
        let caller = self.caller(key).await;
        let permit = self.permit(&caller).await;
        lifecycle.create(&caller, &permit, request).await
    }

    pub(crate) async fn made(&self, lifecycle: &Lifecycle, request: CreateRequest) -> SessionId {
        self.create(lifecycle, request).await.unwrap().session.id
    }
}

fn settings(idle_tick: Duration) -> Settings {
    Settings {
        end_patience: Duration::from_millis(200),
        answer_patience: Duration::from_secs(5),
        busy_tick: Duration::from_millis(100),
        idle_tick,
        heartbeat_timeout: Duration::from_millis(300),
        ..Settings::default()
    }
}

async fn open(directory: &TempDir, settings: &rollcall_store::Settings) -> Store {
    let keyring = Keyring::load_or_create(&directory.path().join("key")).unwrap();
    Store::open(settings, keyring).await.unwrap()
}

fn run(lifecycle: Lifecycle) -> Running {
    let stop = CancellationToken::new();
    let task = tokio::spawn({
        let (lifecycle, stop) = (lifecycle.clone(), stop.clone());
        async move { lifecycle.run(stop).await }
    });
    Running { lifecycle, stop, task }
}

impl Running {
    /// As kill -9 of the manager: whatever is going on is cut off.
    pub(crate) async fn killed(self) {
        self.task.abort();
        let _ = self.task.await;
    }

    pub(crate) async fn stopped(self) {
        self.stop.cancel();
        tokio::time::timeout(BOUND, self.task).await.unwrap().unwrap();
    }
}

/// A session of one core and one gigabyte.
pub(crate) fn request(name: &str) -> CreateRequest {
    CreateRequest {
        name: name.to_owned(),
        image: "sh".to_owned(),
        session_type: SessionType::Interactive,
        group: "default".to_owned(),
        domain: "default".to_owned(),
        cluster_size: 1,
        cluster_mode: ClusterMode::SingleNode,
        tag: None,
        starts_at: None,
        reuse: true,
        startup_command: None,
        bootstrap_script: None,
        config: sized("1", "1g"),
    }
}

pub(crate) fn batch(name: &str) -> CreateRequest {
    CreateRequest { session_type: SessionType::Batch, startup_command: Some("true".to_owned()), ..request(name) }
}

pub(crate) fn sized(cpu: &str, mem: &str) -> CreateConfig {
    let resources = json!({"cpu": cpu, "mem": mem}).as_object().unwrap().clone();
    CreateConfig { resources, ..CreateConfig::default() }
}

/// The main kernel.
pub(crate) fn main_of(id: SessionId) -> KernelId {
    id.main_kernel()
}

fn founding() -> Founding {
    let now = rollcall_model::time::truncate(chrono::Utc::now());
    let domain = |name: &str, registry: &str| NewDomain {
        name: DomainName::from(name),
        group_id: GroupId::random(),
        group_name: "default".to_owned(),
        allowed_registries: vec![registry.to_owned()],
    };
    let policy = |name: &str, sessions: i32| KeypairPolicy::unlimited(name, sessions, 3, now);
    Founding {
        domains: vec![domain("default", "local.rollcall"), domain("other", "elsewhere")],
        people: vec![
            person("ROOT", Role::Superadmin, "default", "default"),
            person("USER", Role::User, "default", "default"),
            person("TIGHT", Role::User, "default", "tight"),
            person("STRANGER", Role::User, "other", "default"),
        ],
        policies: vec![policy("default", 30), policy("tight", 1)],
        presets: Vec::new(),
        resource_groups: vec![ResourceGroup::new("default", now)],
        agents: Vec::new(),
        demo: Vec::new(),
    }
}

fn person(key: &str, role: Role, domain: &str, policy: &str) -> NewPerson {
    NewPerson {
        id: UserId::random(),
        email: format!("{key}@example.com").to_lowercase(),
        full_name: key.to_owned(),
        username: key.to_lowercase(),
        role,
        domain: DomainName::from(domain),
        password_hash: "$argon2id$unused".to_owned(),
        access_key: AccessKey::from(key),
        secret_key: "unused".to_owned().into(),
        resource_policy: policy.to_owned(),
        rate_limit: 10_000,
    }
}
