//! Quotas, places and notes, without a store.
#![allow(clippy::unwrap_used)]

use std::time::Duration;

use rollcall_model::account::{DefaultForUnspecified, KeypairPolicy};
use rollcall_model::agent::{Agent, AgentStatus};
use serde_json::{Value, json};

use super::explain::{Explanations, Reason};
use super::pick::{Room, pick};
use super::predicates::{Limits, evaluate};
use super::usage::Usage;
use super::*;
use crate::sample::{self, slots};

fn limits(key: Value, default: DefaultForUnspecified, group: Value, domain: Value) -> Limits {
    let policy = KeypairPolicy {
        default_for_unspecified: default,
        total_resource_slots: slots(key),
        ..KeypairPolicy::unlimited("policy", 10, 1, clock::now())
    };
    Limits { policy: Some(policy), group: slots(group), domain: slots(domain), resource_group: Ok(()) }
}

fn failed(limits: &Limits) -> Vec<String> {
    let running = [sample::session(Status::Running), sample::session(Status::Terminating)];
    let usage = Usage::of(running.iter(), &HashSet::new());
    let verdicts = evaluate(&sample::session(Status::Pending), limits, &usage, clock::now());
    let (failed, passed) = verdicts.json();
    let failed = failed.as_array().unwrap();
    assert_eq!(failed.len() + passed.as_array().unwrap().len(), 7);
    failed.iter().map(|one| format!("{}: {}", one["name"].as_str().unwrap(), one["msg"].as_str().unwrap())).collect()
}

#[test]
fn quotas() {
    let unlimited = DefaultForUnspecified::Unlimited;
    // One runs with one core and one gigabyte; the one that is ending counts no more.
    assert!(failed(&limits(json!({"cpu": 2}), unlimited, json!({"cpu": 2}), json!({}))).is_empty());
    assert_eq!(
        failed(&limits(json!({"cpu": 1, "mem": "16g"}), unlimited, json!({"mem": "1g"}), json!({"cpu": 0}))),
        [
            "keypair_resource_limit: Your keypair resource quota is exceeded. (cpu=1 mem=16g)",
            "user_group_resource_limit: Your group resource quota is exceeded. (mem=1g)",
            "domain_resource_limit: Your domain resource quota is exceeded. (cpu=0)",
        ]
    );
    let limited = failed(&limits(json!({"cpu": 2}), DefaultForUnspecified::Limited, json!({}), json!({})));
    assert_eq!(limited, ["keypair_resource_limit: Your keypair resource quota is exceeded. (cpu=2)"]);
}

#[test]
fn other_predicates() {
    let mut closed = limits(json!({}), DefaultForUnspecified::Unlimited, json!({}), json!({}));
    closed.resource_group = Err("closed".to_owned());
    assert_eq!(failed(&closed), ["scaling_group_resource_limit: closed"]);
    closed.policy = None;
    assert_eq!(failed(&closed)[0], "concurrency: The keypair has no resource policy");
}

fn room(id: &str, has: Value, taken: Value) -> Room {
    Room::of(Agent {
        id: AgentId::from(id),
        status: AgentStatus::Alive,
        status_changed: clock::now(),
        region: String::new(),
        scaling_group: "default".to_owned(),
        schedulable: true,
        available_slots: slots(has),
        occupied_slots: slots(taken),
        addr: String::new(),
        first_contact: clock::now(),
        lost_at: None,
        version: String::new(),
        compute_plugins: json!({}),
    })
}

#[test]
fn places() {
    let mut rooms = [
        room("gpu", json!({"cpu": 64, "mem": "64g", "cuda.device": 1}), json!({})),
        room("full", json!({"cpu": 32, "mem": "64g"}), json!({"cpu": 32})),
        room("small", json!({"cpu": 4, "mem": "8g"}), json!({})),
        room("large", json!({"cpu": 16, "mem": "8g"}), json!({"cpu": 10})),
    ];
    let demand = slots(json!({"cpu": 4, "mem": "1g"}));
    let mut next = |designated: Option<&str>, demand: &Slots| {
        let designated = designated.map(AgentId::from);
        let room = pick(&mut rooms, demand, designated.as_ref())?;
        room.take(demand);
        Some(room.agent().to_string())
    };
    assert_eq!(next(None, &demand).as_deref(), Some("large"));
    // What is taken is taken.
    assert_eq!(next(None, &demand).as_deref(), Some("small"));
    assert_eq!(next(None, &demand).as_deref(), Some("gpu"));
    assert_eq!(next(Some("small"), &demand), None);
    let accelerated = slots(json!({"cpu": 1, "mem": "1g", "cuda.device": 1}));
    assert_eq!(next(None, &accelerated).as_deref(), Some("gpu"));
    assert_eq!(next(None, &accelerated), None);
}

#[tokio::test(start_paused = true)]
async fn notes_are_rare_unless_they_say_something_new() {
    let mut explanations = Explanations::default();
    let mut session = sample::session(Status::Pending);
    session.status_data = Some(json!({"scheduler": {"retries": 40}}));
    let retries = |note: Option<explain::Note>| note.map(|note| note.data["scheduler"]["retries"].as_i64().unwrap());
    let waits =
        |explanations: &mut Explanations| retries(explanations.failed_try(&session, Reason::NoAgent, clock::now()));
    assert_eq!(waits(&mut explanations), Some(41));
    let mut written = 0;
    // A try each second for an hour: the count alone is written ever more rarely.
    for _ in 0..3600 {
        tokio::time::advance(Duration::from_secs(1)).await;
        written += u32::from(waits(&mut explanations).is_some());
    }
    assert!((3..=12).contains(&written), "{written}");
    let limits = limits(json!({"cpu": 0}), DefaultForUnspecified::Unlimited, json!({}), json!({}));
    let verdicts = evaluate(&session, &limits, &Usage::default(), clock::now());
    let note = explanations.failed_try(&session, Reason::Predicates(verdicts), clock::now());
    assert_eq!(note.as_ref().map(|note| note.info), Some("predicate-checks-failed"));
    assert_eq!(retries(note), Some(3642));
    explanations.keep(|_| false);
    assert_eq!(retries(explanations.failed_try(&session, Reason::NoAgent, clock::now())), Some(41));
}

#[test]
fn an_error_on_a_lost_agent_holds_nothing() {
    let (lost, alive) = (AgentId::from("lost"), AgentId::from("alive"));
    let on = |agent: &AgentId, status| Session { agent: Some(agent.clone()), ..sample::session(status) };
    let rows = [on(&lost, Status::Error), on(&lost, Status::Running), on(&alive, Status::Error)];
    let usage = Usage::of(rows.iter(), &HashSet::from([lost]));
    assert_eq!(usage.sessions_of(&AccessKey::from("USER")), 2);
    assert_eq!(usage.key(&AccessKey::from("USER")), slots(json!({"cpu": 2, "mem": "2g"})));
}
