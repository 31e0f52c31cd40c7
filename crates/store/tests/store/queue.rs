//! What the loop reads, and the limits that scheduling asks again.

use rollcall_model::access;
use rollcall_model::agent::AgentStatus;
use rollcall_model::ids::AgentId;
use rollcall_model::quota::Excess;
use rollcall_model::session::Waiting;
use rollcall_model::status::{Status, Step};
use rollcall_store::{Advanced, FailedTry, HistoryEntry, PastSession, PendingNote, Placement};
use serde_json::json;

use crate::on_both_engines;
use crate::world::{AGENT, World, at, kernel, pending, slots, step_of, system};

on_both_engines!(oldest_first_with_reasons, limits_hold_under_rivalry, lost_errors_use_nothing, agents_fill_up);

async fn oldest_first_with_reasons(world: World) {
    let world = world.founded(Vec::new()).await;
    let store = &world.store;
    let second = world.create("bob", "second", 11).await;
    let first = world.create("alice", "first", 10).await;
    let queue: Vec<String> = store.pending_sessions(system()).await.unwrap().into_iter().map(|s| s.name).collect();
    assert_eq!(queue, ["first", "second"]);
    let data = json!({"scheduler": {"retries": 1}});
    let waiting = Waiting { sentence: "Waits.".to_owned(), ahead: 1, unblock: "Nothing.".to_owned() };
    let tried = FailedTry { status_info: "no-available-instances".to_owned(), status_data: data.clone() };
    let note = PendingNote { waiting: waiting.clone(), tried: Some(tried) };
    assert!(store.note_pending(system(), first.id, &note).await.unwrap());
    // Who was not tried keeps what the last try said.
    let again = Waiting { ahead: 0, ..waiting };
    let untried = PendingNote { waiting: again.clone(), tried: None };
    assert!(store.note_pending(system(), first.id, &untried).await.unwrap());
    let noted = store.session(&system().scope(), first.id).await.unwrap().unwrap();
    assert_eq!((noted.status_info.as_deref(), noted.status_data), (Some("no-available-instances"), Some(data.clone())));
    assert_eq!((noted.status_changed, noted.waiting), (None, Some(again)));
    world.walk(second.id, 20, &[Step::Schedule]).await;
    assert!(!store.note_pending(system(), second.id, &note).await.unwrap());
    let unfinished = store.unfinished_sessions(system()).await.unwrap();
    assert!(unfinished.iter().all(|(_, kernels)| kernels.len() == 2));
    assert_eq!(unfinished.len(), 2);
    assert_eq!(world.walk(first.id, 30, &[Step::Cancel]).await.waiting, None);
    assert_eq!(store.session(&system().scope(), first.id).await.unwrap().unwrap().waiting, None);
    assert_eq!(store.unfinished_sessions(system()).await.unwrap().len(), 1);
}

async fn limits_hold_under_rivalry(world: World) {
    let world = world.founded(Vec::new()).await;
    let mut rivals = tokio::task::JoinSet::new();
    for n in 0..6 {
        let session = world.create("alice", &format!("job-{n}"), n).await;
        let store = world.store.clone();
        rivals.spawn(async move { store.advance(&system(), &step_of(&session, Step::Schedule, 20)).await.unwrap() });
    }
    let outcomes = rivals.join_all().await;
    let count = |wanted: fn(&Advanced) -> bool| outcomes.iter().filter(|outcome| wanted(outcome)).count();
    assert_eq!(count(|outcome| matches!(outcome, Advanced::Done(_))), 3);
    assert_eq!(count(|outcome| *outcome == Advanced::OverLimit(vec![Excess::Sessions { limit: 3, using: 3 }])), 3);
    let scheduled = world.store.unfinished_sessions(system()).await.unwrap();
    let (running, _) = scheduled.iter().find(|(session, _)| session.status == Status::Scheduled).unwrap();
    // TERMINATING still holds the agent, but the limit is free again.
    world.walk(running.id, 30, &[Step::Prepare, Step::Start, Step::Terminate]).await;
    let (waiting, _) = scheduled.iter().find(|(session, _)| session.status == Status::Pending).unwrap();
    world.walk(waiting.id, 40, &[Step::Schedule]).await;
}

async fn lost_errors_use_nothing(world: World) {
    let past = |n: i64, agent: &str| {
        let (mut session, _) = pending("alice", &format!("broken-{n}-{agent}"), n);
        session.status = Status::Error;
        session.agent = Some(AgentId::from(agent));
        let kernels = vec![kernel(&session, session.id.main_kernel(), "main")];
        let history = vec![HistoryEntry { step: None, from: None, to: Status::Error, reason: None, at: at(n) }];
        PastSession { session, kernels, history }
    };
    let world = world.founded((0..5).map(|n| past(n, "i-gone")).chain([past(9, AGENT)]).collect()).await;
    for name in ["one", "two"] {
        let session = world.create("alice", name, 20).await;
        world.walk(session.id, 30, &[Step::Schedule]).await;
    }
    // The one in ERROR on an agent that lives counts: three in all.
    let third = world.create("alice", "three", 40).await;
    let refused = world.store.advance(&system(), &step_of(&third, Step::Schedule, 41)).await.unwrap();
    assert_eq!(refused, Advanced::OverLimit(vec![Excess::Sessions { limit: 3, using: 3 }]));
    let errors = world.store.errors_that_count(system()).await.unwrap();
    assert_eq!(errors.iter().map(|session| session.name.as_str()).collect::<Vec<_>>(), [format!("broken-9-{AGENT}")]);
    let candidates = world.store.candidate_agents(system(), "default").await.unwrap();
    assert_eq!(candidates[0].occupied_slots, slots("2.5", "320m"));
    assert_eq!(world.store.counters_match(system()).await.unwrap(), []);
}

async fn agents_fill_up(world: World) {
    let world = world.founded(Vec::new()).await;
    // Each takes one core of four; three keys with three sessions each.
    let mut rivals = tokio::task::JoinSet::new();
    for owner in ["alice", "bob", "root"] {
        for n in 0..2 {
            let session = world.create(owner, &format!("job-{n}"), n).await;
            let store = world.store.clone();
            rivals
                .spawn(async move { store.advance(&system(), &step_of(&session, Step::Schedule, 20)).await.unwrap() });
        }
    }
    let outcomes = rivals.join_all().await;
    assert_eq!(outcomes.iter().filter(|outcome| matches!(outcome, Advanced::Done(_))).count(), 4);
    assert_eq!(outcomes.iter().filter(|outcome| **outcome == Advanced::NoRoom).count(), 2);
    let agents = access::see_agents(&world.caller("root").await).unwrap();
    let agent = world.store.agent(&agents, AGENT).await.unwrap().unwrap();
    assert_eq!(agent.occupied_slots, slots("4", "512m"));
    let waiting = world.store.pending_sessions(system()).await.unwrap();
    let mut elsewhere = step_of(&waiting[0], Step::Schedule, 30);
    elsewhere.placement = Some(Placement { agent: "i-gone".into(), scaling_group: "default".to_owned() });
    assert_eq!(world.store.advance(&system(), &elsewhere).await.unwrap(), Advanced::NoRoom);
    let id = AgentId::from(AGENT);
    world.store.mark_agent(system(), &id, AgentStatus::Lost, at(50)).await.unwrap();
    assert!(world.store.candidate_agents(system(), "default").await.unwrap().is_empty());
    world.store.heartbeat(system(), &id, at(51)).await.unwrap();
    assert_eq!(world.store.candidate_agents(system(), "default").await.unwrap()[0].status_changed, at(51));
}
