//! What is looked at after each crash.

use std::collections::{BTreeSet, HashMap, HashSet};
use std::time::{Duration, Instant};

use rollcall_model::access::System;
use rollcall_model::ids::{KernelId, SessionId};
use rollcall_model::list::page::Page;
use rollcall_model::list::request::ListRequest;
use rollcall_model::session::Session;
use rollcall_model::status::Status;
use rollcall_store::{ENDING_SOON, Keyring, Settings, Store};
use serde_json::Value;

use crate::harness::signed::{self, graphql};
use crate::harness::{PATIENCE, Up, traces, wait_for};
use crate::ledger::Kind;
use crate::mix::Worker;
use crate::{associations, belongings, logins, people, reports, secrets, tickets};

const KEPT: usize = 3;

/// The worker's sessions that are not dead, from the list itself.
fn living(up: &Up, worker: &Worker) -> Vec<Value> {
    let statuses = "PENDING,SCHEDULED,PREPARING,BUILDING,PULLING,RUNNING,RESTARTING,TERMINATING,ERROR";
    let query = format!(
        "{{ compute_session_list(limit: 1000, offset: 0, status: \"{statuses}\") {{ items {{ id name status }} }} }}"
    );
    graphql(up, &worker.user, &query).expect("an answer")["items"].as_array().unwrap().clone()
}

/// Waits until nothing moves any more, keeping few enough for the quota. What waits for more memory
/// than there is, rests too.
pub(crate) fn settle(up: &Up, worker: &mut Worker, kill: u32) {
    wait_for(&format!("rest after kill {kill}"), || {
        let rows = living(up, worker);
        let resting = |row: &&Value| row["status"] == "RUNNING" || row["status"] == "PENDING";
        for row in rows.iter().filter(resting).skip(KEPT) {
            end(up, worker, row["id"].as_str().unwrap());
        }
        (rows.iter().all(|row| resting(&row)) && rows.len() <= KEPT).then_some(())
    });
}

/// Ends everything that is left.
pub(crate) fn end_all(up: &Up, worker: &mut Worker) {
    wait_for("the end of all sessions", || {
        let rows = living(up, worker);
        for row in &rows {
            end(up, worker, row["id"].as_str().unwrap());
        }
        rows.is_empty().then_some(())
    });
}

fn end(up: &Up, worker: &mut Worker, id: &str) {
    if let Some(facts) = worker.ledger.sessions.get_mut(id) {
        facts.life.or("ended");
    }
    let answer = signed::request(up, &worker.user, "DELETE", &format!("/session/{id}"), None).expect("an answer");
    if let (true, Some(facts)) = (answer.succeeded(), worker.ledger.sessions.get_mut(id)) {
        facts.life.is("ended");
    }
}

/// Holds the worker's ledger against what the server says, and notes what is known now.
pub(crate) fn judge(up: &Up, worker: &mut Worker) {
    mortals(up, worker);
    people::judge(up, worker);
    secrets::judge(up, worker);
    named(up, worker);
    groups(up, worker);
    places(up, worker);
    logins::judge(up, worker);
    associations::judge(up, worker);
    reports::judge(up, worker);
    tickets::judge(up, worker);
}

/// What ended by itself stays ended.
fn mortals(up: &Up, worker: &mut Worker) {
    let rows = living(up, worker);
    let alive: HashSet<&str> = rows.iter().filter_map(|row| row["id"].as_str()).collect();
    let mortals = worker.ledger.sessions.iter_mut().filter(|(_, facts)| facts.mortal);
    for (_, facts) in mortals.filter(|(id, _)| !alive.contains(id.as_str())) {
        facts.life.is("ended");
    }
}

fn places(up: &Up, worker: &mut Worker) {
    for kind in Kind::ALL {
        let found = belongings::found(up, worker, kind).expect("an answer");
        for ((_, name), fact) in worker.ledger.places.iter_mut().filter(|((of, _), _)| *of == kind) {
            let now = found.get(name).map_or(belongings::ABSENT, String::as_str);
            fact.found(&format!("{kind:?} {name}"), now);
        }
    }
}

fn named(up: &Up, worker: &mut Worker) {
    let policies = graphql(up, &worker.root, "{ keypair_resource_policies { name max_concurrent_sessions } }");
    let policies: HashMap<String, String> =
        pairs(&policies.expect("an answer"), |row| row["max_concurrent_sessions"].to_string());
    for (name, fact) in &mut worker.ledger.policies {
        fact.found(name, policies.get(name).map_or("absent", String::as_str));
    }
    let presets = graphql(up, &worker.root, "{ resource_presets { name resource_slots } }").expect("an answer");
    let presets: HashMap<String, String> = pairs(&presets, |row| {
        let slots: Value = serde_json::from_str(row["resource_slots"].as_str().unwrap()).unwrap();
        slots["cpu"].as_str().unwrap().to_owned()
    });
    for (name, fact) in &mut worker.ledger.presets {
        fact.found(name, presets.get(name).map_or("absent", String::as_str));
    }
}

fn pairs(rows: &Value, of: impl Fn(&Value) -> String) -> HashMap<String, String> {
    rows.as_array().unwrap().iter().map(|row| (row["name"].as_str().unwrap().to_owned(), of(row))).collect()
}

/// Whether something is there and switched on.
pub(crate) fn activity(found: &Value) -> &'static str {
    match found["is_active"].as_bool() {
        None => "absent",
        Some(true) => "active",
        Some(false) => "inactive",
    }
}

fn groups(up: &Up, worker: &mut Worker) {
    let joined = graphql(up, &worker.user, "{ groups { id } }").expect("an answer");
    let joined: BTreeSet<String> =
        joined.as_array().unwrap().iter().map(|row| row["id"].as_str().unwrap().to_owned()).collect();
    for (id, fact) in &mut worker.ledger.groups {
        let query = format!("{{ group(id: \"{id}\") {{ is_active }} }}");
        let found = graphql(up, &worker.root, &query).expect("an answer");
        let found = activity(&found);
        fact.found(id, found);
        if let Some(member) = worker.ledger.members.get_mut(id) {
            let found_member = if joined.contains(id) { "member" } else { "stranger" };
            // Purging a project takes its memberships along.
            if found == "absent" {
                assert_eq!(found_member, "stranger", "a purged project has a member");
                member.is("stranger");
            } else {
                member.found(&format!("membership of {id}"), found_member);
            }
        }
    }
}

/// Everything at once: sessions of all workers, counters, histories, processes. How many sessions ended by
/// their lifetime is the answer.
pub(crate) fn whole(up: &Up, settings: &Settings, workers: &[Worker]) -> u32 {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let (sessions, mut wrong) = runtime.block_on(look(up, settings));
    wrong.extend(runtime.block_on(told_twice(up, settings)));
    assert!(wrong.is_empty(), "{wrong:?}");
    let ids: HashSet<String> = sessions.iter().map(|session| session.id.to_string()).collect();
    assert_eq!(ids.len(), sessions.len(), "a session is there twice");
    let mut names: HashSet<(&str, &str)> = HashSet::new();
    for session in sessions.iter().filter(|session| !session.status.is_dead()) {
        let fresh = names.insert((session.access_key.as_str(), session.name.as_str()));
        assert!(fresh, "two live sessions of one key are named {}", session.name);
    }
    let by_id: HashMap<String, &Session> = sessions.iter().map(|session| (session.id.to_string(), session)).collect();
    for (id, facts) in workers.iter().flat_map(|worker| &worker.ledger.sessions) {
        let session = by_id.get(id).unwrap_or_else(|| panic!("{id} was acknowledged and is lost"));
        assert!(facts.name.admits(&session.name), "{id} is named {}, but may only be {:?}", session.name, facts.name);
        let life = if session.status.is_dead() { "ended" } else { "live" };
        let by_itself = facts.mortal && life == "ended";
        assert!(facts.life.admits(life) || by_itself, "{id} is {life}, but may only be {:?}", facts.life);
    }
    runtime.block_on(processes(up, settings));
    let by_lifetime = |session: &&Session| session.status_info.as_deref() == Some("session-lifetime");
    u32::try_from(sessions.iter().filter(by_lifetime).count()).unwrap()
}

/// One shim for each kernel of a RUNNING session, and none besides. A batch job may end by itself meanwhile:
/// both are read anew until they agree.
async fn processes(up: &Up, settings: &Settings) {
    let keyring = Keyring::load_or_create(&up.data_dir().join("keyring")).unwrap();
    let store = Store::open(settings, keyring).await.unwrap();
    let scope = System::control_plane().scope();
    let began = Instant::now();
    loop {
        let page = Page::new(1000, 0).unwrap();
        let request = ListRequest { statuses: Some(vec![Status::Running]), filter: None, order: Vec::new(), page };
        let running: Vec<SessionId> =
            store.list_sessions(&scope, &request).await.unwrap().items.iter().map(|session| session.id).collect();
        let kernels = store.kernels_of(&scope, &running).await.unwrap();
        let kernels: BTreeSet<String> = kernels.values().flatten().map(|kernel| kernel.id.to_string()).collect();
        let shims = traces::shims(&up.data_dir());
        let shown: BTreeSet<String> = shims.iter().filter_map(traces::Process::kernel).collect();
        if shown == kernels && shims.len() == kernels.len() {
            break;
        }
        if began.elapsed() > PATIENCE {
            let mut report = format!("not one shim for each running kernel; shims: {shims:#?}");
            for id in shown.symmetric_difference(&kernels) {
                let kernel = store.kernel(&scope, KernelId(id.parse().unwrap())).await.unwrap();
                let history = match &kernel {
                    Some(kernel) => store.history(&scope, kernel.session_id).await.unwrap(),
                    None => Vec::new(),
                };
                report += &format!("\n{id}: shim {}, {kernel:#?}\n{history:#?}", shown.contains(id));
            }
            panic!("{report}");
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    store.close().await;
}

/// Sessions that were told of their end more than once. An extension puts the end so far off that it is not
/// told again.
async fn told_twice(up: &Up, settings: &Settings) -> Vec<String> {
    let keyring = Keyring::load_or_create(&up.data_dir().join("keyring")).unwrap();
    let store = Store::open(settings, keyring).await.unwrap();
    let mut told: HashMap<SessionId, u32> = HashMap::new();
    let mut last = 0;
    loop {
        let events = store.events_after(System::control_plane(), last, 1000).await.unwrap();
        let Some(end) = events.last() else { break };
        last = end.number;
        for event in events.iter().filter(|event| event.name == ENDING_SOON) {
            *told.entry(event.session_id).or_default() += 1;
        }
    }
    store.close().await;
    let twice = told.into_iter().filter(|(_, times)| *times > 1);
    twice.map(|(session, times)| format!("{session} was told of its end {times} times")).collect()
}

/// Every session, and whether counters and histories agree with the rows.
async fn look(up: &Up, settings: &Settings) -> (Vec<Session>, Vec<String>) {
    let keyring = Keyring::load_or_create(&up.data_dir().join("keyring")).unwrap();
    let store = Store::open(settings, keyring).await.unwrap();
    let system = System::control_plane();
    let mut wrong: Vec<String> =
        store.counters_match(system).await.unwrap().iter().map(|mismatch| format!("{mismatch:?}")).collect();
    let mut sessions = Vec::new();
    loop {
        let offset = i64::try_from(sessions.len()).unwrap();
        let request =
            ListRequest { statuses: None, filter: None, order: Vec::new(), page: Page::new(1000, offset).unwrap() };
        let page = store.list_sessions(&system.scope(), &request).await.unwrap();
        let end = page.items.is_empty();
        sessions.extend(page.items);
        if end {
            break;
        }
    }
    for session in &sessions {
        // What moved while it was looked at is looked at again.
        let mut status = Some(session.status);
        loop {
            let history = store.history(&system.scope(), session.id).await.unwrap();
            let end = history.last().map(|entry| entry.to);
            if end == status {
                break;
            }
            let now = store.session(&system.scope(), session.id).await.unwrap().map(|session| session.status);
            if now == status {
                wrong.push(format!("{} is {status:?} but its history ends in {:?}", session.name, history.last()));
                break;
            }
            status = now;
        }
    }
    store.close().await;
    (sessions, wrong)
}
