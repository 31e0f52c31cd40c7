//! The error log: who sees and clears which entries, and how many are kept.

use rollcall_model::error_log::{ErrorLog, KEPT, Report, Severity};
use rollcall_model::own::{OwnAccount, SeeErrorLogs};
use serde_json::json;
use uuid::Uuid;

use crate::on_both_engines;
use crate::world::{World, at, email, user};

on_both_engines!(entries_are_seen_marked_and_cleared, the_oldest_go, who_is_purged_leaves_none);

fn report(message: &str) -> Report {
    Report {
        severity: Severity::Critical,
        source: "webui".to_owned(),
        message: message.to_owned(),
        context_lang: "en".to_owned(),
        context_env: json!({"browser": ["x", 1, null]}),
        request_url: Some("/func/x?a=b".to_owned()),
        request_status: Some(500),
        traceback: None,
    }
}

async fn add(world: &World, name: &str, message: &str, n: i64) -> Uuid {
    let own = OwnAccount::of(&world.caller(name).await);
    world.store.add_error_log(&own, &report(message), at(n)).await.unwrap()
}

async fn see(world: &World, name: &str) -> SeeErrorLogs {
    SeeErrorLogs::of(&world.caller(name).await)
}

async fn page(world: &World, name: &str, limit: i64, offset: i64, mark: bool) -> (Vec<ErrorLog>, i64) {
    world.store.error_logs(&see(world, name).await, limit, offset, mark).await.unwrap()
}

/// Message, with `*` when read and `x` when cleared; and how many there are.
async fn told(world: &World, name: &str) -> String {
    let (logs, count) = page(world, name, 100, 0, false).await;
    let marks = |log: &ErrorLog| format!("{}{}", mark(log.is_read, "*"), mark(log.is_cleared, "x"));
    let logs: Vec<_> = logs.iter().map(|log| format!("{}{}", log.report.message, marks(log))).collect();
    format!("{} of {count}", logs.join(" "))
}

fn mark(set: bool, text: &str) -> &str {
    if set { text } else { "" }
}

async fn entries_are_seen_marked_and_cleared(world: World) {
    let world = world.founded(Vec::new()).await;
    let one = add(&world, "alice", "a1", 1).await;
    let same = add(&world, "alice", "a2", 1).await;
    let of_bob = add(&world, "bob", "b1", 2).await;
    let of_carol = add(&world, "carol", "c1", 3).await;
    let (logs, _) = page(&world, "alice", 1, 1, false).await;
    let kept = ErrorLog {
        id: one,
        created_at: at(1),
        user: Some(user("alice")),
        is_read: false,
        is_cleared: false,
        report: report("a1"),
    };
    assert_eq!(logs, [kept]);
    assert_eq!(told(&world, "root").await, "c1 b1 a2 a1 of 4");
    assert_eq!(told(&world, "admin").await, "b1 a2 a1 of 3");
    assert_eq!(told(&world, "alice").await, "a2 a1 of 2");
    assert_eq!(told(&world, "carol").await, "c1 of 1");

    // What is marked is told as it was before, and on this page alone.
    let (logs, count) = page(&world, "alice", 1, 0, true).await;
    assert_eq!((logs[0].is_read, logs[0].id, count), (false, same, 2));
    assert_eq!(told(&world, "alice").await, "a2* a1 of 2");
    assert_eq!(page(&world, "alice", 10, 5, true).await, (Vec::new(), 2));
    assert_eq!(page(&world, "alice", 10, i64::MAX, true).await, (Vec::new(), 2));

    let clear = async |name: &str, id: Uuid| {
        let see = see(&world, name).await;
        world.store.clear_error_log(&see, id).await.unwrap()
    };
    for (name, id) in [("alice", of_bob), ("alice", Uuid::nil()), ("admin", of_carol), ("carol", one)] {
        assert!(!clear(name, id).await, "{name}");
    }
    assert_eq!(told(&world, "root").await, "c1 b1 a2* a1 of 4");
    for (name, id) in [("alice", one), ("alice", one), ("admin", of_bob), ("root", of_carol)] {
        assert!(clear(name, id).await, "{name}");
    }
    assert_eq!(told(&world, "root").await, "c1x b1x a2* a1x of 4");
    assert_eq!(told(&world, "alice").await, "a2* of 1");
    assert_eq!(told(&world, "carol").await, " of 0");
}

async fn the_oldest_go(world: World) {
    let world = world.founded(Vec::new()).await;
    add(&world, "bob", "other", 0).await;
    let own = OwnAccount::of(&world.caller("alice").await);
    for n in 0..KEPT - 5 {
        world.store.add_error_log(&own, &report(&n.to_string()), at(n)).await.unwrap();
    }
    // Many at once leave as many as one after another.
    let adding: Vec<_> = (0..20)
        .map(|n| {
            let (store, own) = (world.store.clone(), own.clone());
            tokio::spawn(async move { store.add_error_log(&own, &report("late"), at(KEPT + n)).await.unwrap() })
        })
        .collect();
    for one in adding {
        one.await.unwrap();
    }
    let (logs, count) = page(&world, "alice", 2000, 0, false).await;
    assert_eq!((logs.len() as i64, count), (KEPT, KEPT));
    assert_eq!(logs.iter().filter(|log| log.report.message == "late").count(), 20);
    assert_eq!(logs.last().unwrap().report.message, "15");
    assert_eq!(told(&world, "bob").await, "other of 1");
}

async fn who_is_purged_leaves_none(world: World) {
    let world = world.founded(Vec::new()).await;
    add(&world, "alice", "a1", 1).await;
    world.store.purge_user(&crate::manage::root(&world).await, &email("alice")).await.unwrap();
    assert_eq!(told(&world, "root").await, " of 0");
}
