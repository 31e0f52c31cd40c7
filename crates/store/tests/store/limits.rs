//! What limits count from, announcements that come once, and extensions that never add up to more
//! than the policy allows.

use chrono::TimeDelta;
use rollcall_model::access::{Extend, Permit};
use rollcall_model::ids::{AgentId, SessionId};
use rollcall_model::limits::{EndReason, Limits, NotExtended};
use rollcall_model::manage::manage;
use rollcall_model::session::{Session, SessionTimes};
use rollcall_model::status::{Status, Step};
use rollcall_store::{Advanced, Announcement, Due, ENDING_SOON, ExtendOutcome, Extension, PolicyChange, Sign};

use crate::on_both_engines;
use crate::world::{AGENT, World, at, step_of, system};

on_both_engines!(
    times_are_kept,
    ends_are_announced_once,
    extensions_never_exceed_the_policy,
    extended_is_not_ended,
    used_is_not_ended
);

const LIMITS: Limits = Limits { idle_timeout: 0, max_session_lifetime: 3600, max_extension: 100 };

async fn running(world: &World, owner: &str, name: &str) -> Session {
    let id = world.create(owner, name, 10).await.id;
    world.walk(id, 20, &[Step::Schedule, Step::Prepare, Step::Start]).await
}

async fn stored(world: &World, id: SessionId) -> Session {
    world.store.session(&system().scope(), id).await.unwrap().unwrap()
}

fn by(session: SessionId, seconds: i64) -> Extension {
    Extension { session, seconds, active: None, default_idle: TimeDelta::seconds(600), at: at(100) }
}

async fn times_are_kept(world: World) {
    let world = world.founded(Vec::new()).await;
    let store = &world.store;
    let session = running(&world, "alice", "timed").await;
    let began = SessionTimes { running_since: Some(at(22)), last_access: Some(at(22)), ..SessionTimes::default() };
    assert_eq!((session.times, stored(&world, session.id).await.times), (began, began));
    // A restart is a use, and no new beginning.
    let again = world.walk(session.id, 30, &[Step::Restart, Step::Restarted]).await;
    assert_eq!(again.times, SessionTimes { last_access: Some(at(31)), ..began });
    store.note_access(system(), &[(session.id, at(50)), (SessionId::random(), at(50))]).await.unwrap();
    store.note_access(system(), &[(session.id, at(40))]).await.unwrap();
    assert_eq!(stored(&world, session.id).await.times.last_access, Some(at(50)));

    let of = |agent: &str| AgentId::from(agent);
    let limited = store.limited_sessions(system(), &of(AGENT)).await.unwrap();
    assert_eq!(limited.iter().map(|one| (one.session, one.limits)).collect::<Vec<_>>(), [(session.id, LIMITS)]);
    assert_eq!(limited[0].times, stored(&world, session.id).await.times);
    assert_eq!(store.limited_sessions(system(), &of("i-gone")).await.unwrap(), []);
    let ids = [session.id];
    assert_eq!(store.limits_of(&world.scope("alice").await, &ids).await.unwrap()[&session.id], LIMITS);
    assert!(store.limits_of(&world.scope("bob").await, &ids).await.unwrap().is_empty());

    world.walk(session.id, 60, &[Step::Terminate]).await;
    assert_eq!(store.limited_sessions(system(), &of(AGENT)).await.unwrap(), []);
    store.note_access(system(), &[(session.id, at(70))]).await.unwrap();
    assert_eq!(stored(&world, session.id).await.times.last_access, Some(at(50)));
}

fn due(reason: EndReason, active: &Sign) -> Due {
    Due { reason, active: active.clone(), default_idle: TimeDelta::seconds(600) }
}

async fn ends_are_announced_once(world: World) {
    let world = world.founded(Vec::new()).await;
    let session = running(&world, "alice", "ending").await;
    let end = |n| {
        let due = due(EndReason::Lifetime, &Sign::default());
        Announcement { session: session.id, ends_at: at(n), due }
    };
    let mut rivals = tokio::task::JoinSet::new();
    for _ in 0..8 {
        let (store, end) = (world.store.clone(), end(3622));
        rivals.spawn(async move { store.announce_end(system(), &end, at(400)).await.unwrap() });
    }
    assert_eq!(rivals.join_all().await.into_iter().filter(|told| *told).count(), 1);
    // After a restart of everything too; another end is news.
    assert!(!world.opened_again().await.announce_end(system(), &end(3622), at(401)).await.unwrap());
    let permit: Permit<Extend> = world.permit("alice").await;
    world.store.extend_session(&permit, &by(session.id, 7)).await.unwrap();
    // What is no longer the end, by an extension or by its reason, is not announced.
    assert!(!world.store.announce_end(system(), &end(3622), at(402)).await.unwrap());
    let other = Announcement { due: due(EndReason::Idle, &Sign::default()), ..end(3629) };
    assert!(!world.store.announce_end(system(), &other, at(402)).await.unwrap());
    assert!(world.store.announce_end(system(), &end(3629), at(402)).await.unwrap());
    world.store.extend_session(&permit, &by(session.id, 7)).await.unwrap();
    world.walk(session.id, 410, &[Step::Terminate]).await;
    assert!(!world.store.announce_end(system(), &end(3636), at(420)).await.unwrap());
    let events = world.store.events_after(system(), 0, 1000).await.unwrap();
    let told: Vec<_> = events.iter().filter(|event| event.name == ENDING_SOON).collect();
    assert_eq!(told.iter().map(|event| event.at).collect::<Vec<_>>(), [at(400), at(402)]);
    assert_eq!((told[0].reason.as_str(), told[0].session_id), ("session-lifetime", session.id));
}

async fn extensions_never_exceed_the_policy(world: World) {
    let world = world.founded(Vec::new()).await;
    let store = &world.store;
    let session = running(&world, "alice", "longer").await;
    let permit: Permit<Extend> = world.permit("alice").await;
    let bob: Permit<Extend> = world.permit("bob").await;
    assert_eq!(store.extend_session(&bob, &by(session.id, 1)).await.unwrap(), ExtendOutcome::Gone);
    let refused = store.extend_session(&permit, &by(session.id, 101)).await.unwrap();
    assert_eq!(refused, ExtendOutcome::Refused(NotExtended::OverLimit { left: 100 }));
    assert_eq!(stored(&world, session.id).await, session);

    // Eight at once want 30 of 100 seconds: three get them.
    let mut rivals = tokio::task::JoinSet::new();
    for _ in 0..8 {
        let (store, permit, id) = (store.clone(), permit.clone(), session.id);
        rivals.spawn(async move { store.extend_session(&permit, &by(id, 30)).await.unwrap() });
    }
    let outcomes = rivals.join_all().await;
    let extended = outcomes.iter().filter(|outcome| matches!(outcome, ExtendOutcome::Extended(..))).count();
    let left = ExtendOutcome::Refused(NotExtended::OverLimit { left: 10 });
    assert_eq!((extended, outcomes.iter().filter(|outcome| **outcome == left).count()), (3, 5));
    assert_eq!(stored(&world, session.id).await.times.extended_by, 90);
    let history = store.history(&world.scope("alice").await, session.id).await.unwrap();
    let notes: Vec<_> = history.iter().filter(|entry| entry.reason.as_deref() == Some("extended by 30 s")).collect();
    assert_eq!(notes.len(), 3);
    assert!(notes.iter().all(|note| (note.step, note.from, note.to) == (None, Some(Status::Running), Status::Running)));

    world.walk(session.id, 200, &[Step::Terminate]).await;
    let late = store.extend_session(&permit, &by(session.id, 1)).await.unwrap();
    assert_eq!(late, ExtendOutcome::NotRunning(Status::Terminating));
    let gone = store.extend_session(&permit, &by(SessionId::random(), 1)).await.unwrap();
    assert_eq!(gone, ExtendOutcome::Gone);
    assert_eq!(store.counters_match(system()).await.unwrap(), []);
}

/// The limit looks, the owner extends, the limit ends: the last comes too late.
async fn extended_is_not_ended(world: World) {
    let world = world.founded(Vec::new()).await;
    let session = running(&world, "alice", "saved").await;
    let mut end = step_of(&session, Step::Terminate, 3622);
    end.if_due = Some(due(EndReason::Lifetime, &Sign::default()));
    let permit: Permit<Extend> = world.permit("alice").await;
    assert!(matches!(
        world.store.extend_session(&permit, &by(session.id, 5)).await.unwrap(),
        ExtendOutcome::Extended(..)
    ));
    let stale = Advanced::Stale(Status::Running);
    assert_eq!(world.store.advance(&system(), &end).await.unwrap(), stale);
    end.at = at(3626);
    assert_eq!(world.store.advance(&system(), &end).await.unwrap(), stale);
    end.at = at(3627);
    end.if_due = Some(due(EndReason::Idle, &Sign::default()));
    assert_eq!(world.store.advance(&system(), &end).await.unwrap(), stale, "another limit brings the end");
    end.if_due = Some(due(EndReason::Lifetime, &Sign::default()));
    assert!(matches!(world.store.advance(&system(), &end).await.unwrap(), Advanced::Done(_)));
}

/// Signs of life count whether they were written down or not, and policies as they are now.
async fn used_is_not_ended(world: World) {
    let world = world.founded(Vec::new()).await;
    let store = &world.store;
    let policy = async |change: PolicyChange| {
        let may = manage(&world.caller("root").await).unwrap();
        store.modify_policy(&may, "default", &change).await.unwrap();
    };
    policy(PolicyChange { idle_timeout: Some(60), max_session_lifetime: Some(0), ..PolicyChange::default() }).await;
    let session = running(&world, "alice", "busy").await;
    let sign = Sign::default();
    let mut end = step_of(&session, Step::Terminate, 82);
    end.if_due = Some(due(EndReason::Idle, &sign));
    let stale = Advanced::Stale(Status::Running);
    sign.note(at(30));
    sign.note(at(25));
    assert_eq!(store.advance(&system(), &end).await.unwrap(), stale, "used at 30");
    end.at = at(90);
    store.note_access(system(), &[(session.id, at(40))]).await.unwrap();
    assert_eq!(store.advance(&system(), &end).await.unwrap(), stale, "written down at 40");
    end.at = at(100);
    for (idle, why) in [(0, "never"), (-1, "the server's 600 s"), (61, "a second longer")] {
        policy(PolicyChange { idle_timeout: Some(idle), ..PolicyChange::default() }).await;
        assert_eq!(store.advance(&system(), &end).await.unwrap(), stale, "{why}");
    }
    policy(PolicyChange { idle_timeout: Some(60), ..PolicyChange::default() }).await;
    assert!(matches!(store.advance(&system(), &end).await.unwrap(), Advanced::Done(_)));
    assert_eq!(store.counters_match(system()).await.unwrap(), []);
}
