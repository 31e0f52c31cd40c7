//! The event feed.

use rollcall_model::status::Step;
use rollcall_store::Settings;
use secrecy::ExposeSecret;

use crate::on_both_engines;
use crate::world::{World, system};

on_both_engines!(each_step_tells, overlapping_transactions_lose_nothing, writers_and_readers_at_once);

async fn each_step_tells(world: World) {
    let world = world.founded(Vec::new()).await;
    let mut woken = world.store.watch();
    assert_eq!(world.store.last_event(system()).await.unwrap(), 0);
    let created = world.create("alice", "job-one", 10).await;
    assert!(woken.has_changed().unwrap());
    woken.mark_unchanged();
    world.walk(created.id, 20, &[Step::Schedule, Step::Prepare, Step::Start, Step::Terminate, Step::End]).await;
    let cancelled = world.create("alice", "job-two", 30).await;
    world.walk(cancelled.id, 31, &[Step::Cancel]).await;
    assert!(woken.has_changed().unwrap());
    let events = world.store.events_after(system(), 0, 1000).await.unwrap();
    let names: Vec<&str> = events.iter().map(|event| event.name.as_str()).collect();
    assert_eq!(
        names,
        [
            "session_enqueued",
            "session_scheduled",
            "kernel_preparing",
            "kernel_preparing",
            "kernel_creating",
            "kernel_creating",
            "kernel_started",
            "kernel_started",
            "session_started",
            "kernel_terminating",
            "kernel_terminating",
            "kernel_terminated",
            "kernel_terminated",
            "session_terminated",
            "session_enqueued",
            "kernel_cancelled",
            "kernel_cancelled",
            "session_cancelled",
        ]
    );
    assert!(events.windows(2).all(|pair| pair[0].number < pair[1].number));
    assert_eq!((events[1].reason.as_str(), events[1].session_name.as_str()), ("schedule", "job-one"));
    assert_eq!((events[1].kernel_id, events[1].cluster_idx), (created.id.main_kernel(), None));
    assert_eq!((events[3].cluster_role.as_deref(), events[3].cluster_idx), (Some("sub"), Some(1)));
    let last = world.store.last_event(system()).await.unwrap();
    assert_eq!(events.last().unwrap().number, last);
    assert_eq!(world.store.events_after(system(), events[2].number, 2).await.unwrap(), events[3..5]);
    assert_eq!(world.store.events_after(system(), last, 10).await.unwrap(), []);
}

const INSERT: &str = "INSERT INTO events (name, reason, session_id, session_name, kernel_id, access_key, user_id, \
                      domain_name, group_id, at) VALUES ($1, '', $2, '', $2, '', $2, '', $2, 0)";

/// Two transactions insert in one order and commit in the other, with a reader in between. On
/// SQLite the second cannot begin before the first has ended: there the order is kept by that.
async fn overlapping_transactions_lose_nothing(world: World) {
    let id = uuid::Uuid::nil();
    let mut seen = Vec::new();
    let mut last = 0;
    match &world.settings {
        Settings::Postgres { url } => {
            let pool = sqlx::PgPool::connect(url.expose_secret()).await.unwrap();
            let (mut first, mut second) = (pool.begin().await.unwrap(), pool.begin().await.unwrap());
            sqlx::query(INSERT).bind("first").bind(id).execute(&mut *first).await.unwrap();
            sqlx::query(INSERT).bind("second").bind(id).execute(&mut *second).await.unwrap();
            second.commit().await.unwrap();
            read_on(&world, &mut last, &mut seen).await;
            assert_eq!(seen, ["second"]);
            first.commit().await.unwrap();
        }
        Settings::Sqlite { path } => {
            let options =
                sqlx::sqlite::SqliteConnectOptions::new().filename(path).busy_timeout(std::time::Duration::ZERO);
            let pool = sqlx::SqlitePool::connect_with(options).await.unwrap();
            let mut first = pool.begin_with("BEGIN IMMEDIATE").await.unwrap();
            sqlx::query(INSERT).bind("first").bind(id).execute(&mut *first).await.unwrap();
            assert!(pool.begin_with("BEGIN IMMEDIATE").await.is_err());
            read_on(&world, &mut last, &mut seen).await;
            assert!(seen.is_empty());
            first.commit().await.unwrap();
            sqlx::query(INSERT).bind("second").bind(id).execute(&pool).await.unwrap();
        }
    }
    read_on(&world, &mut last, &mut seen).await;
    seen.sort();
    assert_eq!(seen, ["first", "second"]);
}

async fn read_on(world: &World, last: &mut i64, seen: &mut Vec<String>) {
    for event in world.store.events_after(system(), *last, 100).await.unwrap() {
        assert!(event.number > *last);
        *last = event.number;
        seen.push(event.name);
    }
}

/// Readers that go on from the last number they saw get every event once.
async fn writers_and_readers_at_once(world: World) {
    let world = std::sync::Arc::new(world.founded(Vec::new()).await);
    let mut writers = tokio::task::JoinSet::new();
    for owner in ["alice", "bob", "root", "admin"] {
        let world = world.clone();
        writers.spawn(async move {
            for n in 0..15 {
                world.create(owner, &format!("job-{n}"), n).await;
            }
        });
    }
    let (mut last, mut seen) = (0, Vec::new());
    while !writers.is_empty() {
        read_on(&world, &mut last, &mut seen).await;
        while writers.try_join_next().is_some_and(|ended| ended.is_ok()) {}
        tokio::task::yield_now().await;
    }
    read_on(&world, &mut last, &mut seen).await;
    assert_eq!(seen.len(), 60);
}
