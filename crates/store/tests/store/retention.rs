//! Pruning: what goes, what stays, and totals that follow.

use rollcall_model::session::Session;
use rollcall_model::status::{Status, Step};
use rollcall_store::{HistoryEntry, Keep, PastSession, StoreError};

use crate::on_both_engines;
use crate::world::{World, at, kernel, pending, system};

on_both_engines!(old_sessions_go, each_key_keeps_its_newest, old_events_go_and_readers_are_told);

/// A session that ended at second `n`.
fn past(owner: &str, n: i64) -> PastSession {
    let (mut session, _) = pending(owner, &format!("past-{n}"), n);
    session.status = if n % 2 == 0 { Status::Terminated } else { Status::Cancelled };
    session.terminated_at = Some(at(n));
    let kernels = vec![kernel(&session, session.id.main_kernel(), "main")];
    let history = vec![HistoryEntry { step: None, from: None, to: session.status, reason: None, at: at(n) }];
    PastSession { session, kernels, history }
}

async fn left(world: &World, owner: &str) -> Vec<String> {
    let permit = world.inspect(owner).await;
    let mut found: Vec<Session> =
        world.store.find_sessions(&permit, "past-", rollcall_store::Dead::Include).await.unwrap();
    found.sort_by_key(|session| session.created_at);
    found.into_iter().map(|session| session.name).collect()
}

async fn old_sessions_go(world: World) {
    let demo: Vec<PastSession> = (0..7).map(|n| past("alice", n)).collect();
    let ids: Vec<_> = demo.iter().map(|one| one.session.id).collect();
    let world = world.founded(demo).await;
    let store = &world.store;
    let live = world.create("alice", "past-live", 1).await;
    let logged = world.create("bob", "past-logged", 2).await;
    world.walk(logged.id, 2, &[Step::Cancel]).await;
    let nothing = store.prune_sessions(system(), Keep::default(), 100).await.unwrap();
    assert_eq!(nothing, 0);

    let keep = Keep { since: Some(at(4)), newest_per_key: None };
    assert_eq!(store.prune_sessions(system(), keep, 2).await.unwrap(), 2);
    assert_eq!(left(&world, "alice").await, ["past-live", "past-2", "past-3", "past-4", "past-5", "past-6"]);
    assert_eq!(store.prune_sessions(system(), keep, 100).await.unwrap(), 3);
    assert_eq!(store.prune_sessions(system(), keep, 100).await.unwrap(), 0);
    assert_eq!(left(&world, "alice").await, ["past-live", "past-4", "past-5", "past-6"]);
    assert!(left(&world, "bob").await.is_empty());
    let scope = system().scope();
    assert!(store.kernels_of(&scope, &ids[..4]).await.unwrap().is_empty());
    assert!(store.history(&scope, ids[0]).await.unwrap().is_empty());
    assert!(store.session(&scope, live.id).await.unwrap().is_some());
    assert_eq!(store.counters_match(system()).await.unwrap(), []);
    store.fold_counters(system()).await.unwrap();
    assert_eq!(store.counters_match(system()).await.unwrap(), []);
}

async fn each_key_keeps_its_newest(world: World) {
    let demo = (0..6).map(|n| past("alice", n)).chain((0..3).map(|n| past("bob", 100 + n))).collect();
    let world = world.founded(demo).await;
    let keep = Keep { since: None, newest_per_key: Some(2) };
    // Two processes at once never remove for the same surplus.
    let mut rivals = tokio::task::JoinSet::new();
    for _ in 0..4 {
        let store = world.store.clone();
        rivals.spawn(async move { store.prune_sessions(system(), keep, 3).await.unwrap() });
    }
    rivals.join_all().await;
    while world.store.prune_sessions(system(), keep, 3).await.unwrap() > 0 {}
    assert_eq!(left(&world, "alice").await, ["past-4", "past-5"]);
    assert_eq!(left(&world, "bob").await, ["past-101", "past-102"]);
    assert_eq!(world.store.counters_match(system()).await.unwrap(), []);
}

async fn old_events_go_and_readers_are_told(world: World) {
    let world = world.founded(Vec::new()).await;
    let store = &world.store;
    for n in 0..6 {
        world.create("alice", &format!("job-{n}"), n).await;
    }
    let before = store.events_after(system(), 0, 100).await.unwrap();
    let number = |n: usize| before[n].number;
    assert_eq!(store.prune_events(system(), at(0), 100).await.unwrap(), 0);
    assert_eq!(store.prune_events(system(), at(4), 3).await.unwrap(), 3);
    assert_eq!(store.prune_events(system(), at(4), 3).await.unwrap(), 1);
    assert_eq!(store.prune_events(system(), at(4), 3).await.unwrap(), 0);
    // From the start is from what is kept; whoever missed something is told, and where to go on.
    assert_eq!(store.events_after(system(), 0, 100).await.unwrap(), before[4..]);
    let missed = store.events_after(system(), number(1), 100).await;
    let Err(StoreError::EventsPruned { asked, first }) = missed else { panic!("{missed:?}") };
    assert_eq!((asked, first), (number(1), number(4)));
    assert_eq!(store.events_after(system(), first - 1, 100).await.unwrap(), before[4..]);
    assert_eq!(store.events_after(system(), number(4), 100).await.unwrap(), before[5..]);
    // The newest stays: numbers go on.
    assert_eq!(store.prune_events(system(), at(1000), 100).await.unwrap(), 1);
    assert_eq!(store.last_event(system()).await.unwrap(), number(5));
    world.create("alice", "later", 50).await;
    let later = world.opened_again().await.events_after(system(), number(5), 100).await.unwrap();
    assert_eq!(later.iter().map(|event| event.number).collect::<Vec<_>>(), [number(5) + 1]);
}
