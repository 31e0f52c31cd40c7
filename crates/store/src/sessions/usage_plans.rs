//! The plans of usage reports at 100,000 sessions: by index over what overlaps, on both engines.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::fmt::Write;

use rollcall_testkit::postgres::{Missing, Postgres};
use sqlx::Row;
use uuid::Uuid;

use super::plans::fill;
use super::query::rendered;
use super::usage::{ENDED, RUNNING, SHARES, SHARES_OF};
use crate::engine::Engine;
use crate::{Keyring, Settings, Store};

/// Each ended a while after it was made, most soon.
const ENDS: &str = "UPDATE sessions SET created_at = created_at * 100000, latest = latest * 100000, terminated_at = \
    CASE WHEN status IN (10, 12) THEN created_at * 100000 + (created_at % 97) * (created_at % 89) * 300000000 END";

const KERNELS: &str = "INSERT INTO kernels (id, session_id, cluster_role, cluster_idx, cluster_hostname, image, registry, \
    status, created_at, latest, generation, occupied_slots, resource_opts) SELECT id, id, 'main', 1, 'main1', image, \
    registry, status, created_at, latest, 0, '{}', '{}' FROM sessions";

const STATEMENTS: [(&str, &str); 6] = [
    ("a project's running", RUNNING),
    ("a project's ended, one class", ENDED),
    ("everybody's running", SHARES[0]),
    ("everybody's ended", SHARES[1]),
    ("one's own running", SHARES_OF[0]),
    ("one's own ended", SHARES_OF[1]),
];

/// The last hundredth of the time.
const FROM: i64 = 9_900_000_000_000;
const TO: i64 = 10_000_000_000_000;

async fn plan(store: &Store, sql: &str, group: Uuid, user: Uuid) -> Vec<String> {
    macro_rules! bound {
        ($text:expr) => {{
            let query = sqlx::query(rendered($text));
            match sql {
                RUNNING => query.bind(group).bind(TO).bind(i64::MIN).bind(Uuid::max()).bind(0_i64).bind(200_i64),
                ENDED => {
                    let query = query.bind(group).bind(TO).bind(FROM).bind(Uuid::max()).bind(1_i64).bind(200_i64);
                    query.bind(TO + 14_400_000_000)
                }
                _ if sql.contains("$3") => query.bind(TO).bind(FROM).bind(user),
                _ => query.bind(TO).bind(FROM),
            }
        }};
    }
    match store.engine() {
        Engine::Sqlite { readers, .. } => {
            let rows = bound!(format!("EXPLAIN QUERY PLAN {sql}")).fetch_all(readers).await.unwrap();
            rows.iter().map(|row| row.get::<String, _>("detail")).collect()
        }
        Engine::Postgres(pool) => {
            let rows = bound!(format!("EXPLAIN (COSTS OFF) {sql}")).fetch_all(pool).await.unwrap();
            rows.iter().map(|row| row.get::<String, _>(0)).collect()
        }
    }
}

async fn fill_and_analyze(store: &Store) {
    fill(store).await;
    for sql in [ENDS, KERNELS] {
        match store.engine() {
            Engine::Sqlite { writer, .. } => sqlx::query(sql).execute(writer).await.map(|_| ()).unwrap(),
            Engine::Postgres(pool) => sqlx::query(sql).execute(pool).await.map(|_| ()).unwrap(),
        }
    }
    match store.engine() {
        Engine::Sqlite { writer, .. } => sqlx::query("ANALYZE").execute(writer).await.map(|_| ()).unwrap(),
        Engine::Postgres(pool) => {
            // As with sessions: the same estimates in every run.
            for sql in ["ALTER TABLE kernels ALTER COLUMN status SET STATISTICS 10000", "VACUUM ANALYZE"] {
                sqlx::query(sql).execute(pool).await.unwrap();
            }
        }
    }
}

async fn report(store: &Store, group: Uuid, user: Uuid) -> String {
    let mut report = String::new();
    for (what, sql) in STATEMENTS {
        let plan = plan(store, sql, group, user).await;
        for line in &plan {
            // What a page's own 200 rows are read by is called a scan too.
            let scan = line.starts_with("SCAN s") && !sql.contains("LIMIT $6");
            assert!(
                !scan && !line.contains("SCAN sessions") && !line.contains("Seq Scan on sessions"),
                "{what}: {plan:#?}"
            );
        }
        writeln!(report, "## {what}\n{sql}\n").unwrap();
        plan.iter().for_each(|line| writeln!(report, "    {line}").unwrap());
        writeln!(report).unwrap();
    }
    report
}

#[tokio::test]
async fn sqlite_reads_reports_by_index() {
    let home = tempfile::tempdir().unwrap();
    let settings = Settings::Sqlite { path: home.path().join("rollcall.db") };
    let keyring = Keyring::load_or_create(&home.path().join("key")).unwrap();
    let store = Store::open(&settings, keyring.clone()).await.unwrap();
    fill_and_analyze(&store).await;
    // Connections that were open before know nothing of the statistics, and plan by guesses.
    store.close().await;
    let store = Store::open(&settings, keyring).await.unwrap();
    let (group, user) = (Uuid::from_bytes(*b"0000000000000002"), Uuid::from_bytes(*b"0000000000000012"));
    insta::assert_snapshot!("sqlite", report(&store, group, user).await);
}

#[tokio::test]
async fn postgres_reads_reports_by_index() {
    let started = tokio::task::spawn_blocking(|| {
        let server = Postgres::shared()?;
        let url = server.create_database(&format!("rollcall_usage_{}", Uuid::new_v4().simple()))?;
        Ok::<_, Missing>((server, url))
    });
    let (_server, url) = match started.await.unwrap() {
        Ok(started) => started,
        Err(missing) => {
            let test = concat!(module_path!(), "::postgres_reads_reports_by_index");
            return rollcall_testkit::skip::missing(test, &missing.reason, &missing.remedy);
        }
    };
    let home = tempfile::tempdir().unwrap();
    let keyring = Keyring::load_or_create(&home.path().join("key")).unwrap();
    let store = Store::open(&Settings::Postgres { url: url.into() }, keyring).await.unwrap();
    fill_and_analyze(&store).await;
    let id = |number: u128| Uuid::from_u128(number);
    insta::assert_snapshot!("postgres", report(&store, id(0x2), id(0x12)).await);
}
