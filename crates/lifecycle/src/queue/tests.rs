//! Quotas, places and notes, without a store.
#![allow(clippy::unwrap_used)]

use std::time::Duration;

use rollcall_model::account::{DefaultForUnspecified, KeypairPolicy};
use rollcall_model::agent::{Agent, AgentStatus};
use serde_json::{Value, json};

use rollcall_model::bar::Bar;
use rollcall_model::ids::AccessKey;
use rollcall_model::quota::{Excess, Quota};
use rollcall_model::session::{SessionType, Waiting};

use super::predicates::Closed;
use super::*;
use crate::sample::{self, slots};

fn limits(key: Value, default: DefaultForUnspecified, group: Value, domain: Value) -> Limits {
    let policy = KeypairPolicy {
        default_for_unspecified: default,
        total_resource_slots: slots(key),
        ..KeypairPolicy::unlimited("policy", 10, 1, clock::now())
    };
    Limits { policy: Some(policy), group: slots(group), domain: slots(domain), resource_group: Ok(()), bar: None }
}

fn failed(limits: &Limits) -> Vec<String> {
    let running = [sample::session(Status::Running), sample::session(Status::Terminating)];
    let usage = Usage::of(running.iter());
    let verdicts = evaluate(&sample::session(Status::Pending), limits, &usage, clock::now());
    let (failed, passed) = verdicts.json();
    let failed = failed.as_array().unwrap();
    assert_eq!(failed.len() + passed.as_array().unwrap().len(), 7 + usize::from(limits.bar.is_some()));
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
    for (why, told) in [
        (Closed::NoneAllowed, "You do not have any scaling groups allowed to use."),
        (Closed::NotAllowed("gpu".to_owned()), "You do not have access to the scaling group 'gpu'."),
        (
            Closed::SessionType("gpu".to_owned(), SessionType::Interactive),
            "The session type 'interactive' is not allowed in the scaling group 'gpu'.",
        ),
    ] {
        closed.resource_group = Err(why);
        assert_eq!(failed(&closed), [format!("scaling_group_resource_limit: {told}")]);
    }
    closed.bar = Some(Bar::ProjectOff);
    let both = failed(&closed);
    assert_eq!(both.last().map(String::as_str), Some("owner_rights: The group is not active"));
    closed.bar = None;
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

fn no_agent(has: &str) -> Reason {
    let demand = slots(json!({"mem": "8g"}));
    Reason::NoAgent(shortage(&[room("one", json!({"mem": "16g"}), json!({"mem": has}))], &demand, None))
}

#[tokio::test(start_paused = true)]
async fn notes_are_rare_unless_they_say_something_new() {
    let mut explanations = Explanations::default();
    let mut session = sample::session(Status::Pending);
    session.status_data = Some(json!({"scheduler": {"retries": 40}}));
    let retries = |note: Option<rollcall_store::PendingNote>| {
        note.map(|note| note.tried.unwrap().status_data["scheduler"]["retries"].as_i64().unwrap())
    };
    let waits = |explanations: &mut Explanations, reason: Reason, ahead: i64| {
        retries(explanations.waits(&session, reason, ahead, clock::now()))
    };
    assert_eq!(waits(&mut explanations, no_agent("12g"), 0), Some(41));
    let mut written = 0;
    // A try each second for an hour: the count alone is written ever more rarely.
    for _ in 0..3600 {
        tokio::time::advance(Duration::from_secs(1)).await;
        written += u32::from(waits(&mut explanations, no_agent("12g"), 0).is_some());
    }
    assert!((29..=34).contains(&written), "{written}");
    let limits = limits(json!({"cpu": 0}), DefaultForUnspecified::Unlimited, json!({}), json!({}));
    let verdicts = evaluate(&session, &limits, &Usage::default(), clock::now());
    let note = explanations.waits(&session, Reason::Predicates(verdicts), 0, clock::now());
    assert_eq!(
        note.as_ref().map(|note| note.tried.clone().unwrap().status_info).as_deref(),
        Some("predicate-checks-failed")
    );
    assert_eq!(retries(note), Some(3642));
    explanations.keep(|_| false);
    assert_eq!(waits(&mut explanations, no_agent("12g"), 0), Some(41));
}

#[tokio::test(start_paused = true)]
async fn changed_numbers_are_told_the_sooner_the_nearer_the_turn() {
    let session = sample::session(Status::Pending);
    let seconds_until_told = async |ahead: i64| {
        let mut explanations = Explanations::default();
        assert!(explanations.waits(&session, no_agent("12g"), ahead, clock::now()).is_some());
        for second in 0.. {
            if explanations.waits(&session, no_agent("13g"), ahead, clock::now()).is_some() {
                return second;
            }
            tokio::time::advance(Duration::from_secs(1)).await;
        }
        0
    };
    assert_eq!(seconds_until_told(0).await, 10);
    assert_eq!(seconds_until_told(19).await, 10);
    assert_eq!(seconds_until_told(50).await, 50);
    assert_eq!(seconds_until_told(100_000).await, 120);
}

#[tokio::test(start_paused = true)]
async fn who_is_held_up_was_not_tried() {
    let (mut explanations, session) = (Explanations::default(), sample::session(Status::Pending));
    let note = explanations.waits(&session, Reason::HeldUp, 2, clock::now()).unwrap();
    assert_eq!(note.tried, None);
    assert_eq!(note.waiting.ahead, 2);
    tokio::time::advance(Duration::from_secs(86_400)).await;
    assert_eq!(explanations.waits(&session, Reason::HeldUp, 2, clock::now()), None);
    assert_eq!(explanations.retries(&session), 0);
}

fn told(reason: &Reason, ahead: i64) -> String {
    let Waiting { sentence, ahead: told, unblock } =
        sentence::waiting(&sample::session(Status::Pending), reason, ahead);
    assert_eq!(told, ahead);
    format!("{sentence} -> {unblock}")
}

#[test]
fn sentences_about_room() {
    let rooms = [
        room("one", json!({"cpu": 4, "mem": "16g"}), json!({"cpu": 3, "mem": "13g"})),
        room("two", json!({"cpu": 8, "mem": "8g"}), json!({"cpu": 4, "mem": "4608m"})),
        room("new", json!({"cpu": 2, "mem": "4g", "cuda.device": 1}), json!({"cuda.device": 1})),
    ];
    let asked = |demand: Value, ahead: i64, chosen: Option<&str>| {
        let chosen = chosen.map(AgentId::from);
        told(&Reason::NoAgent(shortage(&rooms, &slots(demand), chosen.as_ref())), ahead)
    };
    let lines = [
        asked(json!({"cpu": 1, "mem": "8g"}), 4, None),
        asked(json!({"cpu": "4.5"}), 1, None),
        asked(json!({"cpu": 3, "mem": "4g"}), 0, None),
        asked(json!({"cpu": 64}), 2, None),
        asked(json!({"cpu": 8, "mem": "16g"}), 0, None),
        asked(json!({"cuda.device": 1}), 0, None),
        asked(json!({"tpu.device": 1}), 0, None),
        asked(json!({"cpu": 2}), 0, Some("one")),
        asked(json!({"cpu": 5}), 0, Some("one")),
        asked(json!({"cpu": 8, "mem": "16g"}), 0, Some("one")),
        asked(json!({"cpu": 1}), 0, Some("gone")),
        told(&Reason::NoAgent(shortage(&[], &slots(json!({"cpu": 1})), None)), 3),
        told(&Reason::HeldUp, 7),
    ];
    insta::assert_snapshot!(lines.join("\n"));
}

#[test]
fn sentences_about_rules() {
    let judged = |limits: &Limits, starts_at: Option<Timestamp>| {
        let session = Session { starts_at, ..sample::session(Status::Pending) };
        let running = [sample::session(Status::Running)];
        let usage = Usage::of(running.iter());
        told(&Reason::Predicates(evaluate(&session, limits, &usage, rollcall_model::time::from_micros(0))), 5)
    };
    let with = |key: Value, group: Value, domain: Value| limits(key, DefaultForUnspecified::Unlimited, group, domain);
    let open = with(json!({}), json!({}), json!({}));
    let few = Limits {
        policy: open.policy.clone().map(|policy| KeypairPolicy { max_concurrent_sessions: 1, ..policy }),
        ..open.clone()
    };
    let closed = |closed| Limits { resource_group: Err(closed), ..open.clone() };
    let fault = Reason::Fault(Fault::of_rules("default", "unknown scheduler 'fair'"));
    let lines = [
        judged(&open, Some(rollcall_model::time::from_micros(1_000_000))),
        judged(&few, None),
        judged(&with(json!({"cpu": 1, "mem": "16g"}), json!({}), json!({})), None),
        judged(&with(json!({}), json!({"mem": "1g"}), json!({})), None),
        judged(&with(json!({}), json!({}), json!({"cpu": 1})), None),
        judged(&with(json!({"cpu": 0}), json!({"mem": "1g"}), json!({"cpu": 1})), None),
        judged(&with(json!({}), json!({"cpu": 1, "mem": "9g"}), json!({})), None),
        judged(&with(json!({}), json!({"cpu": 9, "mem": "512m"}), json!({})), None),
        judged(&with(json!({}), json!({}), json!({"cpu": 0, "mem": "1g"})), None),
        judged(&limits(json!({"mem": "9g"}), DefaultForUnspecified::Limited, json!({}), json!({})), None),
        judged(&Limits { policy: None, ..open.clone() }, None),
        judged(&closed(Closed::NoneAllowed), None),
        judged(&closed(Closed::NotAllowed("gpu".to_owned())), None),
        judged(&closed(Closed::SessionType("gpu".to_owned(), SessionType::Batch)), None),
        told(&fault, 2),
        judged(&Limits { bar: Some(Bar::KeyOff), policy: None, ..open.clone() }, None),
    ];
    let barred = Bar::ALL.map(|bar| judged(&Limits { bar: Some(bar), ..open.clone() }, None));
    insta::assert_snapshot!(lines.into_iter().chain(barred).collect::<Vec<_>>().join("\n"));
}

#[test]
fn an_error_goes_on_counting() {
    let rows = [sample::session(Status::Running), sample::session(Status::Error)];
    let usage = Usage::of(rows.iter());
    assert_eq!(usage.sessions_of(&AccessKey::from("USER")), 2);
    assert_eq!(usage.key(&AccessKey::from("USER")), slots(json!({"cpu": 2, "mem": "2g"})));
}

#[test]
fn what_the_store_counted_is_taken_over() {
    let (session, mut usage) = (sample::session(Status::Pending), Usage::default());
    let excesses = vec![
        Excess::Sessions { limit: 10, using: 12 },
        Excess::Domain { quota: Quota::of_total(slots(json!({"cpu": 2}))), using: slots(json!({"cpu": 2})) },
    ];
    usage.correct(&session, &excesses);
    let limits = limits(json!({}), DefaultForUnspecified::Unlimited, json!({}), json!({"cpu": 2}));
    let alone = evaluate(&session, &limits, &usage, clock::now());
    assert_eq!(alone, evaluate(&session, &limits, &Usage::default(), clock::now()).with(excesses));
    let failed: Vec<_> = alone.failures().collect();
    assert_eq!(failed.len(), 2, "{failed:?}");
}
