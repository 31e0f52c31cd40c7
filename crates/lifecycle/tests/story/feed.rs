//! The feed as those who listen hear it: in order, once, nothing from before, however slow they are
//! and whoever wrote it.

use rollcall_lifecycle::{Lifecycle, Listener};
use rollcall_model::resources::{EventScope, superintend};
use rollcall_model::status::{Status, Step};
use rollcall_store::Advance;

use crate::machine::Machine;
use crate::world::{BOUND, World, request};

async fn heard(listener: &mut Listener, scope: &EventScope) -> Option<(String, String)> {
    let next = tokio::time::timeout(BOUND, listener.next()).await.unwrap().unwrap();
    next.shown_to(scope).map(|event| (event.name.clone(), event.session_name.clone()))
}

/// Makes sessions and cancels them: three events each.
async fn make(world: &World, lifecycle: &Lifecycle, names: &[String]) {
    for name in names {
        let id = world.made(lifecycle, request(name)).await;
        let at = rollcall_model::time::truncate(chrono::Utc::now());
        let cancel = Advance::new(id, Status::Pending, Step::Cancel, at);
        world.store.advance(&rollcall_model::access::System::control_plane(), &cancel).await.unwrap();
    }
}

fn names(count: usize) -> Vec<String> {
    (0..count).map(|number| format!("session-{number}")).collect()
}

async fn story(world: World) {
    let running = world.start().await;
    let still = &running.lifecycle;
    // Nothing moves but what is moved here.
    let may = superintend(&world.caller("ROOT").await).unwrap();
    world.store.set_all_schedulable(may, &["i-test".to_owned()], false).await.unwrap();
    make(&world, still, &["before".to_owned()]).await;
    let root = EventScope::of(&world.caller("ROOT").await);
    let far = EventScope::of(&world.caller("STRANGER").await);
    let mut quick = still.listen().await.unwrap();
    let mut slow = still.listen().await.unwrap();
    let names = names(60);
    let expected: Vec<(String, String)> = names
        .iter()
        .flat_map(|name| {
            ["session_enqueued", "kernel_cancelled", "session_cancelled"].map(|event| (event.to_owned(), name.clone()))
        })
        .collect();
    let reading = async {
        let mut told = Vec::new();
        while told.len() < expected.len() {
            told.extend(heard(&mut quick, &root).await);
        }
        told
    };
    let ((), told) = tokio::join!(make(&world, still, &names), reading);
    assert!(told == expected, "the quick one heard {} events", told.len());
    let mut told = Vec::new();
    for _ in &expected {
        told.extend(heard(&mut slow, &root).await);
    }
    assert!(told == expected, "the slow one heard {} events", told.len());
    // Another manager's events come too; those of others are not shown.
    let rival = world.start_rival(&Machine::sized("i-rival", 4, 8)).await;
    let permit = world.caller("USER").await;
    let made = rival.lifecycle.create(&permit, &world.permit(&permit).await, request("of-rival")).await.unwrap();
    assert_eq!(heard(&mut slow, &root).await, Some(("session_enqueued".to_owned(), made.session.name)));
    assert_eq!(heard(&mut quick, &far).await, None);
    rival.killed().await;
    running.killed().await;
}

/// Far more than are kept in memory: the rest comes from the store.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_listener_far_behind_misses_nothing() {
    let world = World::new().await;
    let running = world.start().await;
    let mut listener = running.lifecycle.listen().await.unwrap();
    let options = sqlx::sqlite::SqliteConnectOptions::new().filename(world.database());
    let pool = sqlx::SqlitePool::connect_with(options).await.unwrap();
    let flood = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 10000) \
        INSERT INTO events (name, reason, session_id, session_name, kernel_id, access_key, user_id, domain_name, \
        group_id, at) SELECT 'session_started', '', zeroblob(16), CAST(i AS TEXT), zeroblob(16), 'USER', \
        zeroblob(16), 'default', zeroblob(16), 0 FROM n";
    sqlx::query(flood).execute(&pool).await.unwrap();
    // Until the feed has gone past all that it keeps.
    let mut feed = running.lifecycle.feed().follow();
    tokio::time::timeout(BOUND, feed.wait_for(|number| *number >= 10_000)).await.unwrap().unwrap();
    let root = EventScope::of(&world.caller("ROOT").await);
    for expected in 1..=10_000 {
        let (_, name) = heard(&mut listener, &root).await.unwrap();
        assert_eq!(name, expected.to_string());
    }
    running.killed().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_is_missed_on_sqlite() {
    story(World::new().await).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_is_missed_on_postgres() {
    let test = "feed::nothing_is_missed_on_postgres";
    if let Some(world) = World::on_postgres(test, Machine::new()).await {
        story(world).await;
    }
}
