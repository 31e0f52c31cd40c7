//! Two domains, seven people, one machine; and a client that signs.

use std::sync::Arc;

use axum::body::Body;
use http::{HeaderMap, Method, Request, StatusCode};
use http_body_util::BodyExt;
use rollcall_lifecycle::Lifecycle;
use rollcall_manager::{Manager, ManagerParts, Settings};
use rollcall_model::access::System;
use rollcall_model::account::{KeypairPolicy, ResourceGroup};
use rollcall_model::ids::{AccessKey, DomainName, GroupId, UserId};
use rollcall_model::role::Role;
use rollcall_store::{Founding, Keyring, NewDomain, NewPerson, Store, passwords};
use rollcall_testkit::{postgres::Postgres, skip};
use rollcall_wire::signing::{Hash, ToSign, VersionHeader, sign};
use secrecy::SecretString;
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio_util::sync::{CancellationToken, DropGuard};
use tower::ServiceExt;

use crate::machine::Machine;

pub(crate) const HOST: &str = "api.example.com";
pub(crate) const PASSWORD: &str = "correct horse battery staple";

/// Key, role, domain. The e-mail is the key's name at example.com.
pub(crate) const PEOPLE: [(&str, Role, &str); 8] = [
    ("ROOT", Role::Superadmin, "default"),
    ("ADMIN", Role::Admin, "default"),
    ("USER", Role::User, "default"),
    ("NEIGHBOUR", Role::User, "default"),
    ("MONITOR", Role::Monitor, "default"),
    ("FAR-ADMIN", Role::Admin, "other"),
    ("FAR-USER", Role::User, "other"),
    ("SLOW", Role::User, "default"),
];

pub(crate) struct World {
    directory: TempDir,
    _running: DropGuard,
    pub(crate) manager: Manager,
    pub(crate) lifecycle: Lifecycle,
    pub(crate) machine: Arc<Machine>,
    pub(crate) groups: [GroupId; 2],
    postgres: Option<Arc<Postgres>>,
}

/// An answer read to its end.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) text: String,
}

impl Answer {
    pub(crate) fn json(&self) -> Value {
        if self.text.is_empty() { Value::Null } else { serde_json::from_str(&self.text).unwrap() }
    }

    /// `<status> <slug>: <msg>` of a problem, the status alone of a success.
    pub(crate) fn told(&self) -> String {
        let status = self.status.as_u16();
        if self.status.is_success() {
            return status.to_string();
        }
        assert_eq!(self.headers["content-type"], "application/problem+json; charset=utf-8", "{}", self.text);
        let problem = self.json();
        let slug = problem["type"].as_str().unwrap().rsplit('/').next().unwrap().to_owned();
        match problem["msg"].as_str() {
            Some(msg) => format!("{status} {slug}: {msg}"),
            None => format!("{status} {slug}"),
        }
    }
}

impl World {
    pub(crate) async fn new() -> Self {
        Self::with(Settings::default()).await
    }

    pub(crate) async fn with(settings: Settings) -> Self {
        let directory = tempfile::tempdir().unwrap();
        let place = rollcall_store::Settings::Sqlite { path: directory.path().join("rollcall.db") };
        Self::on(directory, place, settings, None).await
    }

    /// The same on PostgreSQL; `None`, and said so, where there is none.
    pub(crate) async fn on_postgres(test: &str) -> Option<Self> {
        let server = match Postgres::shared() {
            Ok(server) => server,
            Err(missing) => {
                skip::missing(test, &missing.reason, &missing.remedy);
                return None;
            }
        };
        let url = server.create_database(&format!("api{}", uuid::Uuid::new_v4().simple())).unwrap();
        let place = rollcall_store::Settings::Postgres { url: url.into() };
        Some(Self::on(tempfile::tempdir().unwrap(), place, Settings::default(), Some(server)).await)
    }

    async fn on(
        directory: TempDir,
        place: rollcall_store::Settings,
        settings: Settings,
        postgres: Option<Arc<Postgres>>,
    ) -> Self {
        let keyring = Keyring::load_or_create(&directory.path().join("key")).unwrap();
        let store = Store::open(&place, keyring).await.unwrap();
        let groups = [GroupId::random(), GroupId::random()];
        let now = rollcall_model::time::truncate(chrono::Utc::now());
        assert!(store.found(&founding(groups), now).await.unwrap());
        let machine = Arc::new(Machine::new());
        let lifecycle = Lifecycle::new(
            System::control_plane(),
            store.clone(),
            machine.clone(),
            rollcall_lifecycle::Settings::default(),
        );
        lifecycle.register().await.unwrap();
        let stop = CancellationToken::new();
        tokio::spawn({
            let (lifecycle, stop) = (lifecycle.clone(), stop.clone());
            async move { lifecycle.run(stop).await }
        });
        let manager = Manager::new(ManagerParts { store, lifecycle: lifecycle.clone(), settings });
        Self { directory, _running: stop.drop_guard(), manager, lifecycle, machine, groups, postgres }
    }

    /// Freezes the server, as an administrator's tool would, straight in the database.
    pub(crate) async fn freeze(&self) {
        self.sql("INSERT INTO settings (name, value) VALUES ('frozen', '')").await;
    }

    /// Does something behind the server's back, as another process would.
    pub(crate) async fn sql(&self, statement: &'static str) {
        let options = sqlx::sqlite::SqliteConnectOptions::new().filename(self.directory.path().join("rollcall.db"));
        let pool = sqlx::SqlitePool::connect_with(options).await.unwrap();
        sqlx::query(statement).execute(&pool).await.unwrap();
    }

    /// Every row there is, by table. Without what requests note of themselves (uses of keys), what machines
    /// say now and then, and what is told of changes. Of SQLite alone.
    pub(crate) async fn rows(&self) -> Vec<String> {
        use sqlx::{AssertSqlSafe, Row};
        if self.postgres.is_some() {
            return Vec::new();
        }
        const PASSING: [&str; 5] = ["num_queries", "last_used", "last_contact", "status_changed", "last_stat"];
        let options = sqlx::sqlite::SqliteConnectOptions::new().filename(self.directory.path().join("rollcall.db"));
        let pool = sqlx::SqlitePool::connect_with(options).await.unwrap();
        let tables = "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite%' ORDER BY name";
        let mut rows = Vec::new();
        for table in sqlx::query(tables).fetch_all(&pool).await.unwrap() {
            let table: String = table.get(0);
            // Counters are folded by the way; what they count is in the rows themselves.
            // What is used is noted by the way.
            if table == "events" || table == "kernel_usage" || table.starts_with("counts_") {
                continue;
            }
            let columns = format!("SELECT name FROM pragma_table_info('{table}')");
            let columns = sqlx::query(AssertSqlSafe(columns)).fetch_all(&pool).await.unwrap();
            let columns: Vec<String> = columns.iter().map(|column| column.get::<String, _>(0)).collect();
            let kept = columns.iter().filter(|column| !PASSING.contains(&column.as_str()));
            let written: Vec<String> = kept.map(|column| format!("'{column}=' || quote(\"{column}\")")).collect();
            let select = format!("SELECT {} FROM \"{table}\" ORDER BY 1", written.join(" || ' ' || "));
            let found = sqlx::query(AssertSqlSafe(select)).fetch_all(&pool).await.unwrap();
            rows.extend(found.iter().map(|row| format!("{table}: {}", row.get::<String, _>(0))));
            // Turns of changes that were taken, also by those that changed nothing.
            rows.retain(|row| !row.starts_with("settings: name='accounts_changes'"));
        }
        pool.close().await;
        rows
    }

    /// Fails with the rows that are not as they were.
    pub(crate) async fn is_still(&self, before: &[String]) {
        let after = self.rows().await;
        let gone: Vec<_> = before.iter().filter(|row| !after.contains(row)).collect();
        let new: Vec<_> = after.iter().filter(|row| !before.contains(row)).collect();
        assert!(gone.is_empty() && new.is_empty(), "something has changed:\n{gone:#?}\nis now\n{new:#?}");
        assert_eq!(before.len(), after.len());
    }

    /// A signed request with a JSON body, or without one.
    pub(crate) async fn call(&self, key: &str, method: Method, target: &str, body: Option<Value>) -> Answer {
        self.send(signed(key, &method, target, body.as_ref())).await
    }

    pub(crate) async fn get(&self, key: &str, target: &str) -> Answer {
        self.call(key, Method::GET, target, None).await
    }

    /// The head of an answer alone: some go on for ever.
    pub(crate) async fn head(&self, request: Request<Body>) -> HeaderMap {
        self.manager.router().oneshot(request).await.unwrap().headers().clone()
    }

    pub(crate) async fn send(&self, request: Request<Body>) -> Answer {
        let response = self.manager.router().oneshot(request).await.unwrap();
        let (head, body) = response.into_parts();
        let bytes = body.collect().await.unwrap().to_bytes();
        Answer { status: head.status, headers: head.headers, text: String::from_utf8(bytes.to_vec()).unwrap() }
    }

    /// The answer of `/admin/gql`.
    pub(crate) async fn gql(&self, key: &str, query: &str, variables: Value) -> Answer {
        self.call(key, Method::POST, "/admin/gql", Some(json!({ "query": query, "variables": variables }))).await
    }

    /// Sees to it that the key has a running session of this name.
    pub(crate) async fn session(&self, key: &str, name: &str) -> String {
        let domain = PEOPLE.iter().find(|(known, ..)| *known == key).unwrap().2;
        let body = json!({"name": name, "image": "sh", "domain": domain, "config": {"resources": {"cpu": 1}}});
        let answer = self.call(key, Method::POST, "/session", Some(body)).await;
        assert!(answer.status.is_success(), "{}", answer.text);
        assert_eq!(answer.json()["status"], "RUNNING");
        answer.json()["sessionId"].as_str().unwrap().to_owned()
    }
}

pub(crate) fn secret(key: &str) -> SecretString {
    SecretString::from(format!("secret of {key}"))
}

/// Parts of a signature that a test may spoil.
pub(crate) struct Signing<'a> {
    pub(crate) key: &'a str,
    pub(crate) secret: SecretString,
    pub(crate) hash: Hash,
    pub(crate) date: String,
    pub(crate) method: &'a str,
    pub(crate) target: &'a str,
}

impl<'a> Signing<'a> {
    pub(crate) fn of(key: &'a str, method: &'a str, target: &'a str) -> Self {
        let date = chrono::Utc::now().to_rfc3339();
        Self { key, secret: secret(key), hash: Hash::Sha256, date, method, target }
    }

    pub(crate) fn header(&self) -> String {
        self.header_of("application/json")
    }

    /// For a request with this content type.
    pub(crate) fn header_of(&self, content_type: &str) -> String {
        let to_sign = ToSign {
            method: self.method,
            target: self.target,
            date: &self.date,
            host: HOST,
            content_type,
            version: "v6.20210815",
            version_header: VersionHeader::Current,
        };
        sign(&to_sign, self.hash, self.key, &self.secret).unwrap()
    }

    pub(crate) fn request(&self, body: Body) -> Request<Body> {
        Request::builder()
            .method(self.method)
            .uri(self.target)
            .header("host", HOST)
            .header("date", &self.date)
            .header("content-type", "application/json")
            .header("x-backendai-version", "v6.20210815")
            .header("authorization", self.header())
            .body(body)
            .unwrap()
    }
}

pub(crate) fn signed(key: &str, method: &Method, target: &str, body: Option<&Value>) -> Request<Body> {
    let body = body.map_or_else(Body::empty, |body| Body::from(body.to_string()));
    Signing::of(key, method.as_str(), target).request(body)
}

fn founding(groups: [GroupId; 2]) -> Founding {
    let domain = |name: &str, group_id: GroupId| NewDomain {
        name: DomainName::from(name),
        group_id,
        group_name: "default".into(),
        allowed_registries: vec!["local.rollcall".into()],
    };
    let hash = passwords::hash(&SecretString::from(PASSWORD)).unwrap();
    let person = |(key, role, domain): &(&str, Role, &str)| NewPerson {
        id: UserId::random(),
        email: format!("{}@example.com", key.to_lowercase()),
        full_name: (*key).into(),
        username: key.to_lowercase(),
        role: *role,
        domain: DomainName::from(*domain),
        password_hash: hash.clone(),
        access_key: AccessKey::from(*key),
        secret_key: secret(key),
        resource_policy: "default".into(),
        rate_limit: if *key == "SLOW" { 2 } else { 10_000 },
    };
    let now = rollcall_model::time::truncate(chrono::Utc::now());
    let policy = KeypairPolicy::unlimited("default", 30, 1, now);
    Founding {
        domains: vec![domain("default", groups[0]), domain("other", groups[1])],
        people: PEOPLE.iter().map(person).collect(),
        policies: vec![policy],
        resource_groups: vec![ResourceGroup::new("default", now)],
        ..Founding::default()
    }
}
