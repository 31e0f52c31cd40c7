//! `kill -9` of the program at random moments while sessions are made and ended, on both engines.
//!
//! After each next start nothing is lost (every session that was acknowledged is there), nothing is
//! there twice (one shim for each RUNNING session and none besides), counters equal counts, and each
//! history ends in its row's status.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod harness;

use std::collections::HashSet;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use harness::{Account, Up, traces, wait_for};
use rollcall_model::access::System;
use rollcall_model::list::page::Page;
use rollcall_model::list::request::ListRequest;
use rollcall_model::session::Session;
use rollcall_model::status::Status;
use rollcall_store::{Keyring, Settings, Store};
use rollcall_testkit::{postgres::Postgres, skip};
use serde_json::Value;

const KILLS: u32 = 50;
const SEED: u64 = 20_260_101;

#[test]
fn nothing_is_lost_and_nothing_is_there_twice_on_sqlite() {
    let up = Up::start(&[]);
    let settings = Settings::Sqlite { path: up.data_dir().join("rollcall.db") };
    torment(up, &settings);
}

#[test]
fn nothing_is_lost_and_nothing_is_there_twice_on_postgresql() {
    let server = match Postgres::start() {
        Ok(server) => server,
        Err(missing) => {
            return skip::missing("crash::postgresql", &missing.reason, &missing.remedy);
        }
    };
    let url = server.create_database("crash").unwrap();
    let up = Up::start_with(&[], &[("ROLLCALL_DATABASE_URL", &url)]);
    torment(up, &Settings::Postgres { url: url.into() });
}

/// Which names the server acknowledged.
#[derive(Default)]
struct Acknowledged(Mutex<HashSet<String>>);

fn torment(mut up: Up, settings: &Settings) {
    let mut dice = Dice(SEED);
    // The handle itself, so that the seed shows without being asked for.
    let _ = std::io::Write::write_all(&mut std::io::stderr(), format!("crash seed {SEED}\n").as_bytes());
    let alice = up.accounts[2].clone();
    let made = Acknowledged::default();
    let next = AtomicU64::new(0);
    for kill in 0..KILLS {
        let stop = AtomicBool::new(false);
        std::thread::scope(|scope| {
            for _ in 0..2 {
                scope.spawn(|| busy(&up, &alice, &made, &next, &stop));
            }
            std::thread::sleep(Duration::from_millis(dice.below(700)));
            up.signal("KILL");
            stop.store(true, Ordering::Relaxed);
        });
        let _ = up.ended();
        up.start_again();
        settled(&up, &alice, kill);
        judge(&up, settings, &made);
    }
    for row in listed(&up, &alice) {
        up.rollcall_ok(&alice, &["rm", row["id"].as_str().unwrap()]);
    }
    wait_for("the end of all processes", || traces::family(&up.data_dir()).is_empty().then_some(()));
    judge(&up, settings, &made);
}

/// Makes sessions and ends older ones until told to stop.
fn busy(up: &Up, account: &Account, made: &Acknowledged, next: &AtomicU64, stop: &AtomicBool) {
    while !stop.load(Ordering::Relaxed) {
        let number = next.fetch_add(1, Ordering::Relaxed);
        let name = format!("crash-{number:05}");
        if up.rollcall(account, &["run", "bash", "--name", &name, "--no-wait"]).status.success() {
            made.0.lock().unwrap().insert(name);
        }
        if number % 2 == 1 {
            let _ = up.rollcall(account, &["rm", &format!("crash-{:05}", number - 1)]);
        }
        if number % 4 == 2 {
            let _ = up.rollcall(account, &["rm", &format!("crash-{number:05}")]);
        }
    }
}

fn listed(up: &Up, account: &Account) -> Vec<Value> {
    let text = up.rollcall_ok(account, &["ps", "--json", "-n", "1000"]);
    serde_json::from_str::<Value>(&text).unwrap()["items"].as_array().unwrap().clone()
}

/// Waits until nothing moves any more, keeping few enough for the quota.
fn settled(up: &Up, account: &Account, kill: u32) {
    wait_for(&format!("rest after kill {kill}"), || {
        let rows = listed(up, account);
        let moving = rows.iter().any(|row| row["status"] != "RUNNING");
        for row in rows.iter().filter(|row| row["status"] == "RUNNING").skip(3) {
            let _ = up.rollcall(account, &["rm", row["id"].as_str().unwrap()]);
        }
        (!moving && rows.len() <= 4).then_some(())
    });
}

fn judge(up: &Up, settings: &Settings, made: &Acknowledged) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let (sessions, mismatches) = runtime.block_on(look(up, settings));
    assert!(mismatches.is_empty(), "{mismatches:?}");
    let names: Vec<&str> = sessions.iter().map(|session| session.name.as_str()).collect();
    let distinct: HashSet<&str> = names.iter().copied().collect();
    assert_eq!(names.len(), distinct.len(), "a session is there twice");
    for name in made.0.lock().unwrap().iter() {
        assert!(distinct.contains(name.as_str()), "{name} was acknowledged and is lost");
    }
    let running = sessions.iter().filter(|session| session.status == Status::Running).count();
    wait_for("one shim for each running session", || (traces::shims(&up.data_dir()).len() == running).then_some(()));
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
        let history = store.history(&system.scope(), session.id).await.unwrap();
        if history.last().map(|entry| entry.to) != Some(session.status) {
            wrong.push(format!("{} is {} but its history ends in {:?}", session.name, session.status, history.last()));
        }
    }
    store.close().await;
    (sessions, wrong)
}

/// SplitMix64: the same moments in each run.
struct Dice(u64);

impl Dice {
    fn below(&mut self, limit: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (mixed ^ (mixed >> 31)) % limit
    }
}
