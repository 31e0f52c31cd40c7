//! Idle and lifetime limits: what ends and what doesn't, when it is told, and how it is put off. Limits
//! are seconds here, and every wait is for a state.

use std::time::Duration;

use chrono::TimeDelta;
use rollcall_lifecycle::LifecycleError;
use rollcall_model::Timestamp;
use rollcall_model::access::{Extend, Restart, System};
use rollcall_model::event::Event;
use rollcall_model::ids::SessionId;
use rollcall_model::limits::{EndReason, Limits};
use rollcall_model::session::SessionResult;
use rollcall_model::status::Status;
use rollcall_store::{ENDING_SOON, PolicyChange};
use serde_json::json;

use crate::world::{BOUND, World, batch, main_of, request};

fn idle(seconds: i64) -> PolicyChange {
    PolicyChange { idle_timeout: Some(seconds), ..PolicyChange::default() }
}

fn lifetime(seconds: i64, max_extension: i64) -> PolicyChange {
    PolicyChange { max_session_lifetime: Some(seconds), max_extension: Some(max_extension), ..PolicyChange::default() }
}

async fn limits_of(world: &World, id: SessionId) -> Limits {
    world.store.limits_of(&System::control_plane().scope(), &[id]).await.unwrap()[&id]
}

/// When it was told to end.
async fn ended_at(world: &World, id: SessionId) -> Timestamp {
    let history = world.store.history(&System::control_plane().scope(), id).await.unwrap();
    history.into_iter().find(|entry| entry.to == Status::Terminating).unwrap().at
}

async fn events(world: &World, id: SessionId) -> Vec<Event> {
    let events = world.store.events_after(System::control_plane(), 0, 1000).await.unwrap();
    events.into_iter().filter(|event| event.session_id == id).collect()
}

async fn warnings(world: &World, id: SessionId) -> Vec<Event> {
    events(world, id).await.into_iter().filter(|event| event.name == ENDING_SOON).collect()
}

async fn warned(world: &World, id: SessionId) {
    let wait = async {
        while warnings(world, id).await.is_empty() {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    tokio::time::timeout(BOUND, wait).await.expect("no warning");
}

#[tokio::test]
async fn idle_sessions_end_and_used_ones_do_not() {
    let world = World::new().await;
    world.policy(&idle(4)).await;
    let running = world.start().await;
    let made = async |name: &str| {
        let id = world.made(&running.lifecycle, request(name)).await;
        world.reaches(id, Status::Running).await;
        id
    };
    let task = world.made(&running.lifecycle, batch("task")).await;
    world.reaches(task, Status::Running).await;
    let (left, typed, computing) = (made("left").await, made("typed").await, made("computing").await);
    world.machine.be_busy(main_of(computing));
    let typing = tokio::spawn({
        let lifecycle = running.lifecycle.clone();
        async move {
            loop {
                lifecycle.touch(typed);
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
        }
    });
    let ended = world.reaches(left, Status::Terminated).await;
    assert_eq!(ended.status_info.as_deref(), Some("idle-timeout"));
    assert_eq!(ended.status_data.unwrap()["session"], json!({"status": "terminated"}));
    assert!(ended_at(&world, left).await >= ended.times.last_access.unwrap() + TimeDelta::seconds(4));
    assert_eq!(warnings(&world, left).await.len(), 1);
    for (id, what) in [(typed, "was typed in"), (computing, "computes"), (task, "is a batch job")] {
        let session = world.session(id).await;
        assert_eq!(session.status, Status::Running, "{} {what}", session.name);
    }
    typing.abort();
    let ended = world.reaches(typed, Status::Terminated).await;
    assert_eq!(ended.status_info.as_deref(), Some("idle-timeout"));
    assert_eq!(world.session(computing).await.status, Status::Running);
    assert!(!world.machine.running().contains(&main_of(typed)));
    running.stopped().await;
}

#[tokio::test]
async fn signs_of_life_in_memory_are_written_down_at_the_end() {
    let world = World::new().await;
    let running = world.start().await;
    let id = world.made(&running.lifecycle, request("used")).await;
    let before = world.reaches(id, Status::Running).await.times.last_access;
    running.lifecycle.touch(id);
    running.stopped().await;
    assert!(world.session(id).await.times.last_access > before);
}

#[tokio::test]
async fn an_extension_moves_the_end_which_is_told_once_whatever_happens_to_the_program() {
    let world = World::new().await;
    world.policy(&lifetime(4, 3)).await;
    let first = world.start().await;
    let id = world.made(&first.lifecycle, request("longer")).await;
    let session = world.reaches(id, Status::Running).await;
    let permit = world.permit::<Extend>(&world.caller("USER").await).await;
    let refused = first.lifecycle.extend(&permit, &session, 4).await.unwrap_err();
    assert!(matches!(refused, LifecycleError::OverExtension { asked: 4, left: 3 }), "{refused:?}");
    assert_eq!(refused.to_string(), "the policy allows this session to be extended by 3 s more (3 s), not by 4 s");
    let left = first.lifecycle.extend(&permit, &session, 2).await.unwrap().unwrap();
    let end = session.times.running_since.unwrap() + TimeDelta::seconds(6);
    assert_eq!((left.ends_at, left.reason, left.extendable_seconds), (end, EndReason::Lifetime, 1));
    warned(&world, id).await;
    first.killed().await;
    let second = world.start().await;
    let ended = world.reaches(id, Status::Terminated).await;
    assert_eq!(ended.status_info.as_deref(), Some("session-lifetime"));
    assert!(ended_at(&world, id).await >= end);
    let told = warnings(&world, id).await;
    assert_eq!(told.iter().map(|event| event.reason.as_str()).collect::<Vec<_>>(), ["session-lifetime"]);
    let late = second.lifecycle.extend(&permit, &session, 1).await.unwrap_err();
    assert!(matches!(late, LifecycleError::SessionNotFound), "{late:?}");
    second.stopped().await;
}

#[tokio::test]
async fn a_restart_is_a_use_but_no_new_life() {
    let world = World::new().await;
    world.policy(&PolicyChange { idle_timeout: Some(-1), ..lifetime(3600, 0) }).await;
    let running = world.start().await;
    let id = world.made(&running.lifecycle, request("again")).await;
    let before = world.reaches(id, Status::Running).await;
    let limits = limits_of(&world, id).await;
    let ends = |session| running.lifecycle.ends(session, limits).into_iter().map(|end| (end.reason, end.at));
    let found: Vec<_> = ends(&before).collect();
    let since = before.times.running_since.unwrap();
    let after_seconds = |seconds| since + TimeDelta::seconds(seconds);
    assert_eq!(found, [(EndReason::Lifetime, after_seconds(3600)), (EndReason::Idle, after_seconds(600))]);
    let permit = world.permit::<Restart>(&world.caller("USER").await).await;
    running.lifecycle.restart(&permit, &before).await.unwrap();
    let after: Vec<_> = ends(&world.session(id).await).collect();
    assert_eq!(after[0], found[0]);
    assert!(after[1].1 > found[1].1, "{after:?}");
    let extend = world.permit::<Extend>(&world.caller("USER").await).await;
    let refused = running.lifecycle.extend(&extend, &before, 1).await.unwrap_err();
    assert!(matches!(refused, LifecycleError::OverExtension { left: 0, .. }), "{refused:?}");
    world.policy(&PolicyChange { idle_timeout: Some(0), ..lifetime(0, 9) }).await;
    let refused = running.lifecycle.extend(&extend, &before, 1).await.unwrap_err();
    assert!(matches!(refused, LifecycleError::NothingEnds), "{refused:?}");
    assert_eq!(running.lifecycle.remaining(&before, limits_of(&world, id).await), None);
    running.stopped().await;
}

async fn ran_for(since: Timestamp, milliseconds: i64) {
    while chrono::Utc::now() < since + TimeDelta::milliseconds(milliseconds) {
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

/// What is told of an end is what happens, also where a limit came that the session is beyond already; an
/// extension that would not help costs nothing.
#[tokio::test]
async fn a_reprieve_is_told_and_no_extension_is_spent_in_vain() {
    let world = World::new().await;
    let running = world.start().await;
    let id = world.made(&running.lifecycle, batch("late")).await;
    let since = world.reaches(id, Status::Running).await.times.running_since.unwrap();
    ran_for(since, 7500).await;
    let permit = world.permit::<Extend>(&world.caller("USER").await).await;
    world.policy(&lifetime(6, 60)).await;
    let session = world.session(id).await;
    let refused = running.lifecycle.extend(&permit, &session, 1).await.unwrap_err();
    assert!(matches!(refused, LifecycleError::ExtensionInVain { least: 2.., left: 60 }), "{refused:?}");
    let mut told = Vec::new();
    let ended = loop {
        let session = world.session(id).await;
        if session.status != Status::Running {
            break world.reaches(id, Status::Terminated).await;
        }
        told.extend(running.lifecycle.remaining(&session, limits_of(&world, id).await).map(|left| left.ends_at));
        tokio::time::sleep(Duration::from_millis(5)).await;
    };
    assert_eq!(ended.times.extended_by, 0);
    // A tenth of the limit from the moment it was seen.
    let last = told.last().copied().unwrap();
    assert!(last > since + TimeDelta::milliseconds(7900), "{last} of one that began at {since}");
    assert!(ended_at(&world, id).await >= last, "{last}");
    running.stopped().await;
}

#[tokio::test]
async fn a_limit_that_comes_suddenly_is_told_before_it_ends_anything() {
    let world = World::new().await;
    let running = world.start().await;
    let id = world.made(&running.lifecycle, batch("surprised")).await;
    let since = world.reaches(id, Status::Running).await.times.running_since.unwrap();
    // Overdue from the moment that the limit is there.
    ran_for(since, 1500).await;
    world.policy(&lifetime(1, 0)).await;
    let ended = world.reaches(id, Status::Terminated).await;
    assert_eq!((ended.status_info.as_deref(), ended.result), (Some("session-lifetime"), SessionResult::Undefined));
    let told = warnings(&world, id).await;
    assert_eq!(told.len(), 1);
    assert!(ended_at(&world, id).await >= told[0].at + TimeDelta::milliseconds(95));
    running.stopped().await;
}
