//! The list's rendered statements for each role and tab, and who in the queue may not start, with their plans
//! at 100,000 sessions, kept as expected output: a lost index, a sort or a scan shows in the difference.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::fmt::Write;

use rollcall_model::access::{self, Caller, Identity, Scope, ScopeArguments};
use rollcall_model::ids::{AccessKey, DomainName, GroupId, UserId};
use rollcall_model::list::after::{After, Cell};
use rollcall_model::list::page::Page;
use rollcall_model::role::Role;
use rollcall_model::status::Status;
use rollcall_testkit::postgres::{Missing, Postgres};
use sea_query::{PostgresQueryBuilder, SelectStatement, SqliteQueryBuilder};
use sea_query_sqlx::SqlxBinder;
use sqlx::Row;
use uuid::Uuid;

use super::bars::{BARRED, BARRED_ONE};
use super::query::{counted_total, merged_page, rendered};
use crate::engine::Engine;
use crate::{Keyring, Settings, Store};

/// Domains, projects, 100 people and 100,000 sessions over them, 3 of 100 alive.
const PEOPLE: [&str; 6] = [
    "INSERT INTO domains (name, is_active, total_resource_slots, allowed_registries, created_at, modified_at) \
     VALUES ('d0', TRUE, '{}', '[]', 0, 0), ('d1', TRUE, '{}', '[]', 0, 0)",
    "INSERT INTO policies (name, default_for_unspecified, total_resource_slots, max_concurrent_sessions, \
     max_containers_per_session, idle_timeout, created_at) VALUES ('default', 'UNLIMITED', '{}', 30, 1, 0, 0)",
    "@N INSERT INTO projects (id, name, is_active, domain_name, total_resource_slots, created_at, modified_at) \
     SELECT @ID, 'p' || n, TRUE, 'd' || (n % 2), '{}', 0, 0 FROM numbers WHERE n < 10",
    "@N INSERT INTO users (id, username, email, full_name, description, password_hash, need_password_change, status, \
     role, domain_name, created_at, modified_at) \
     SELECT @ID, 'u' || n, 'u' || n, '', '', '', FALSE, 'active', 'user', 'd' || (n % 2), 0, 0 \
     FROM numbers WHERE n < 100",
    "@N INSERT INTO keypairs (access_key, sealed_secret, user_id, is_active, is_admin, resource_policy, rate_limit, \
     num_queries, created_at) SELECT 'AK' || n, '', @ID, TRUE, FALSE, 'default', 1000, 0, 0 \
     FROM numbers WHERE n < 100",
    "INSERT INTO memberships (project_id, user_id) SELECT p.id, u.id FROM projects p JOIN users u ON TRUE",
];

const SESSIONS: &str = "@N, drawn AS (SELECT n, n % 100 AS person, CASE WHEN (n / 100) % 100 < 3 THEN (n / 100) % 10 \
     WHEN (n / 100) % 20 = 7 THEN 12 WHEN (n / 100) % 50 = 11 THEN 11 ELSE 10 END AS status FROM numbers) \
     INSERT INTO sessions (id, name, session_type, image, registry, cluster_mode, cluster_size, domain_name, \
     group_id, user_id, access_key, status, created_at, latest, result, resource_opts, environ, occupied_slots) \
     SELECT @ID, 's' || n, 0, 'i', 'r', 0, 1, 'd' || (person % 2), @GROUP, @USER, 'AK' || person, status, \
     n * 1000, n * 1000, 0, '{}', '[]', '{}' FROM drawn";

const COUNTERS: [&str; 2] = [
    "INSERT INTO counts_by_domain (domain_name, status, amount) \
     SELECT domain_name, status, COUNT(*) FROM sessions GROUP BY domain_name, status",
    "INSERT INTO counts_by_owner (domain_name, group_id, access_key, status, amount) \
     SELECT domain_name, group_id, access_key, status, COUNT(*) FROM sessions \
     GROUP BY domain_name, group_id, access_key, status",
];

/// Fills in how an engine spells a number as an id.
fn spelled(sql: &str, id: &str) -> String {
    let numbers = "WITH RECURSIVE numbers (n) AS (SELECT 0 UNION ALL SELECT n + 1 FROM numbers WHERE n < 99999)";
    sql.replace("@N", numbers)
        .replace("@GROUP", &id.replace('@', "(person % 10)"))
        .replace("@USER", &id.replace('@', "person"))
        .replace("@ID", &id.replace('@', "n"))
}

/// A sample as large as the table: the same estimates, and so the same plans, in every run.
const SAMPLE_ALL: &str = "ALTER TABLE sessions ALTER COLUMN status SET STATISTICS 10000";

pub(super) async fn fill(store: &Store) {
    if let Engine::Postgres(pool) = store.engine() {
        sqlx::query(SAMPLE_ALL).execute(pool).await.unwrap();
    }
    let statements = PEOPLE.iter().chain([&SESSIONS]).chain(COUNTERS.iter()).chain([&"@ANALYZE"]);
    for sql in statements {
        match store.engine() {
            Engine::Sqlite { writer, .. } => {
                sqlx::query(rendered(spelled(sql, "CAST(printf('%016d', @) AS BLOB)").replace("@ANALYZE", "ANALYZE")))
                    .execute(writer)
                    .await
                    .unwrap();
            }
            Engine::Postgres(pool) => {
                sqlx::query(rendered(
                    spelled(sql, "CAST(lpad(CAST(@ AS TEXT), 32, '0') AS UUID)").replace("@ANALYZE", "VACUUM ANALYZE"),
                ))
                .execute(pool)
                .await
                .unwrap();
            }
        }
    }
}

fn scope(role: Role, arguments: ScopeArguments<'_>) -> Scope {
    let identity = Identity {
        user_id: UserId(Uuid::nil()),
        email: String::new(),
        role,
        domain: DomainName::from("d0"),
        access_key: AccessKey::from("AK2"),
        key_is_admin: role.is_administrative(),
        resource_policy: "default".to_owned(),
    };
    access::session_scope(&Caller::authenticated(identity), arguments).unwrap()
}

fn person(user: UserId, arguments: ScopeArguments<'_>) -> Scope {
    let identity = Identity {
        user_id: user,
        email: String::new(),
        role: Role::User,
        domain: DomainName::from("d0"),
        access_key: AccessKey::from("AK2"),
        key_is_admin: false,
        resource_policy: "default".to_owned(),
    };
    access::person_scope(&Caller::authenticated(identity), arguments).unwrap()
}

/// What each role sees first, and how the widest and the narrowest arguments change it.
fn scopes(group: GroupId) -> Vec<(&'static str, Scope)> {
    let any = ScopeArguments::default();
    // Person 2 has the same id as project 2.
    let user = UserId(group.0);
    let group = ScopeArguments { group: Some(group), ..any };
    let key = ScopeArguments { access_key: Some("AK2"), ..any };
    vec![
        ("superadmin", scope(Role::Superadmin, any)),
        ("superadmin, one project", scope(Role::Superadmin, group)),
        ("superadmin, one key", scope(Role::Superadmin, key)),
        ("admin", scope(Role::Admin, any)),
        ("admin, one project", scope(Role::Admin, group)),
        ("admin, one key", scope(Role::Admin, key)),
        ("user", scope(Role::User, any)),
        ("user, one project", scope(Role::User, group)),
        ("person", person(user, any)),
        ("person, one project", person(user, group)),
    ]
}

fn tabs() -> [(&'static str, Vec<Status>); 4] {
    use Status::{
        Cancelled, Error, Pending, Preparing, Pulling, Restarting, Running, Scheduled, Terminated, Terminating,
    };
    [
        ("running", vec![Running, Restarting, Terminating, Pending, Scheduled, Preparing, Pulling]),
        ("finished", vec![Terminated, Cancelled]),
        ("others", vec![Terminating, Error]),
        ("all", Status::ALL.to_vec()),
    ]
}

async fn explained(store: &Store, query: &SelectStatement) -> (String, Vec<String>) {
    match store.engine() {
        Engine::Sqlite { readers, .. } => {
            let (text, values) = query.build_sqlx(SqliteQueryBuilder);
            let plan = sqlx::query_with(rendered(format!("EXPLAIN QUERY PLAN {text}")), values);
            let rows = plan.fetch_all(readers).await.unwrap();
            (text, rows.iter().map(|row| row.get::<String, _>("detail")).collect())
        }
        Engine::Postgres(pool) => {
            let (text, values) = query.build_sqlx(PostgresQueryBuilder);
            let plan = sqlx::query_with(rendered(format!("EXPLAIN (COSTS OFF) {text}")), values);
            let rows = plan.fetch_all(pool).await.unwrap();
            (text, rows.iter().map(|row| row.get::<String, _>(0)).collect())
        }
    }
}

/// Plans of the texts that ask who may not start: of the whole queue, and of one session.
async fn barred(store: &Store, session: Uuid) -> String {
    let mut report = String::new();
    for (what, sql) in [("all", BARRED), ("one", BARRED_ONE)] {
        let plan: Vec<String> = match store.engine() {
            Engine::Sqlite { readers, .. } => {
                let query = sqlx::query(rendered(format!("EXPLAIN QUERY PLAN {sql}")));
                let query = if sql == BARRED_ONE { query.bind(session) } else { query };
                query.fetch_all(readers).await.unwrap().iter().map(|row| row.get("detail")).collect()
            }
            Engine::Postgres(pool) => {
                let query = sqlx::query(rendered(format!("EXPLAIN (COSTS OFF) {sql}")));
                let query = if sql == BARRED_ONE { query.bind(session) } else { query };
                query.fetch_all(pool).await.unwrap().iter().map(|row| row.get(0)).collect()
            }
        };
        assert_no_scan(&plan, "queue");
        writeln!(report, "## who may not start: {what}\n{sql}\n").unwrap();
        plan.iter().for_each(|line| writeln!(report, "    {line}").unwrap());
        writeln!(report).unwrap();
    }
    report
}

/// Statement and plan of each role's page and total on each tab.
async fn report(store: &Store, group: GroupId) -> String {
    let page = Page::new(20, 40).unwrap();
    let after = After { values: vec![Some(Cell::Number(50_000_000))], id: group.0 };
    let mut report = String::new();
    for (who, scope) in scopes(group) {
        for (tab, statuses) in tabs() {
            for (what, query) in [
                ("page", merged_page(store.engine(), &scope, &statuses, None, page).unwrap()),
                ("page after a row", merged_page(store.engine(), &scope, &statuses, Some(&after), page).unwrap()),
                ("total", counted_total(&scope, &statuses)),
            ] {
                let (text, plan) = explained(store, &query).await;
                assert_no_scan(&plan, what);
                assert_narrow(&plan, who);
                writeln!(report, "## {who}: {tab}, {what}\n{text}\n").unwrap();
                plan.iter().for_each(|line| writeln!(report, "    {line}").unwrap());
                writeln!(report).unwrap();
            }
        }
    }
    report + &barred(store, group.0).await
}

/// What must never be, said apart from the expected output, which somebody may accept unread.
fn assert_no_scan(plan: &[String], what: &str) {
    for line in plan {
        let scans =
            ["SCAN sessions", "Seq Scan on sessions", "TEMP B-TREE", "->  Sort"].iter().any(|bad| line.contains(bad));
        assert!(what == "total" || !scans, "{line} in {plan:#?}");
    }
}

/// Whoever may not see everything is never served from the index of everything.
fn assert_narrow(plan: &[String], who: &str) {
    let wide = plan.iter().find(|line| line.contains("sessions_listed"));
    assert!(who == "superadmin" || wide.is_none(), "{who}: {wide:?} in {plan:#?}");
}

#[tokio::test]
async fn sqlite_reads_pages_by_index() {
    let home = tempfile::tempdir().unwrap();
    let settings = Settings::Sqlite { path: home.path().join("rollcall.db") };
    let keyring = Keyring::load_or_create(&home.path().join("key")).unwrap();
    let store = Store::open(&settings, keyring.clone()).await.unwrap();
    fill(&store).await;
    // Connections that were open before know nothing of the statistics, and plan by guesses.
    store.close().await;
    let store = Store::open(&settings, keyring).await.unwrap();
    let group = GroupId(Uuid::from_bytes(*b"0000000000000002"));
    insta::assert_snapshot!("sqlite", report(&store, group).await);
}

#[tokio::test]
async fn postgres_reads_pages_by_index() {
    let started = tokio::task::spawn_blocking(|| {
        let server = Postgres::shared()?;
        let url = server.create_database(&format!("rollcall_plans_{}", Uuid::new_v4().simple()))?;
        Ok::<_, Missing>((server, url))
    });
    let (_server, url) = match started.await.unwrap() {
        Ok(started) => started,
        Err(missing) => {
            let test = concat!(module_path!(), "::postgres_reads_pages_by_index");
            return rollcall_testkit::skip::missing(test, &missing.reason, &missing.remedy);
        }
    };
    let home = tempfile::tempdir().unwrap();
    let keyring = Keyring::load_or_create(&home.path().join("key")).unwrap();
    let store = Store::open(&Settings::Postgres { url: url.into() }, keyring).await.unwrap();
    fill(&store).await;
    let group = GroupId(Uuid::parse_str("00000000-0000-0000-0000-000000000002").unwrap());
    insta::assert_snapshot!("postgres", report(&store, group).await);
}
