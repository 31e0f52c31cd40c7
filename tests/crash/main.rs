//! `kill -9` of the program at random moments under a mix of all operations, on both engines.
//!
//! After each next start nothing is lost (every change that was acknowledged is there), nothing is
//! there twice (one shim for each kernel of a RUNNING session and none besides), nothing is there by
//! half, counters equal counts, and each history ends in its row's status. No session ends by its lifetime
//! that was extended, and each is told of its end once.
//!
//! `ROLLCALL_CRASH_KILLS` says how often; 40 unless set. `ROLLCALL_CRASH_SEED` takes another course.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod associations;
mod belongings;
mod dice;
mod files;
#[path = "../harness/mod.rs"]
mod harness;
mod images;
mod judge;
mod ledger;
mod logins;
mod mix;
mod operations;
mod people;
mod reports;
mod secrets;
mod server;
mod templates;
mod tickets;

use std::collections::BTreeMap;
use std::io::Write as _;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, RwLock};
use std::time::Duration;

use dice::Dice;
use harness::{Up, traces, wait_for};
use ledger::Ledger;
use mix::Worker;
use operations::MUST_HAPPEN;
use rollcall_store::Settings;
use rollcall_testkit::{postgres::Postgres, skip};
use server::EndsOfAll;

const KILLS: u32 = 40;
const SEED: u64 = 20_260_101;
/// Longest time between a start and the next kill, in milliseconds.
const LONGEST_LIFE: u64 = 900;
/// Strangers may make accounts.
const SIGN_UP: (&str, &str) = ("ROLLCALL_ACCOUNTS_SIGNUP", "true");

#[test]
fn nothing_is_lost_doubled_or_orphaned_on_sqlite() {
    let up = Up::start_with(&[], &[SIGN_UP]);
    let settings = Settings::Sqlite { path: up.data_dir().join("rollcall.db") };
    torment("sqlite", up, &settings);
}

#[test]
fn nothing_is_lost_doubled_or_orphaned_on_postgresql() {
    let server = match Postgres::start() {
        Ok(server) => server,
        Err(missing) => {
            return skip::missing("crash::postgresql", &missing.reason, &missing.remedy);
        }
    };
    let url = server.create_database("crash").unwrap();
    let up = Up::start_with(&[], &[SIGN_UP, ("ROLLCALL_DATABASE_URL", &url)]);
    torment("postgresql", up, &Settings::Postgres { url: url.into() });
}

fn number<N: std::str::FromStr>(variable: &str) -> Option<N> {
    let text = std::env::var(variable).ok()?;
    Some(text.parse().unwrap_or_else(|_| panic!("{variable} is a number")))
}

fn torment(engine: &str, mut up: Up, settings: &Settings) {
    let kills: u32 = number("ROLLCALL_CRASH_KILLS").unwrap_or(KILLS);
    let seed = number("ROLLCALL_CRASH_SEED").unwrap_or(SEED);
    let mut dice = Dice(seed);
    say(&format!("crash on {engine}: {kills} kills, seed {seed}"));
    let admin = up.account("admin", "default").clone();
    let root = up.account("superadmin", "default").clone();
    let users: Vec<_> = up.accounts.iter().filter(|account| account.role == "user").cloned().collect();
    let quiet = Arc::new(RwLock::new(()));
    let ends_of_all = Arc::new(EndsOfAll::default());
    let mut workers: Vec<Worker> = users
        .iter()
        .zip(["a", "b"])
        .map(|(user, name)| Worker {
            name: name.to_owned(),
            dice: Dice(seed + u64::from(name.as_bytes()[0])),
            ledger: Ledger::default(),
            next: 0,
            user: user.clone(),
            admin: admin.clone(),
            root: root.clone(),
            of_server: name == "a",
            borrowers: associations::borrowers(&up, &root, name),
            ends_of_all: Arc::clone(&ends_of_all),
            quiet: Arc::clone(&quiet),
        })
        .collect();
    assert_eq!(workers.len(), 2);
    mix::shorten_lives(&up, &root);
    for kill in 0..kills {
        let stop = AtomicBool::new(false);
        std::thread::scope(|scope| {
            for worker in &mut workers {
                let (up, stop) = (&up, &stop);
                scope.spawn(move || worker.work(up, stop));
            }
            std::thread::sleep(Duration::from_millis(50 + dice.below(LONGEST_LIFE)));
            up.signal("KILL");
            stop.store(true, Ordering::Relaxed);
        });
        let _ = up.ended();
        up.start_again();
        for worker in workers.iter_mut().filter(|worker| worker.of_server) {
            server::judge(&up, worker);
        }
        for worker in &mut workers {
            worker.learn_of_ends();
            judge::settle(&up, worker, kill);
            judge::judge(&up, worker);
        }
        judge::whole(&up, settings, &workers);
        if (kill + 1) % 50 == 0 {
            say(&format!("crash on {engine}: {} of {kills} kills", kill + 1));
        }
    }
    // What chance has not brought yet comes without a kill: how often an operation succeeds is a matter of
    // the machine, that it does is not. Longer rounds than before a kill: looking takes more time than doing.
    let began = std::time::Instant::now();
    while kills >= KILLS && began.elapsed() < 2 * harness::PATIENCE && !never(&up, settings, &workers).is_empty() {
        let stop = AtomicBool::new(false);
        std::thread::scope(|scope| {
            for worker in &mut workers {
                let (up, stop) = (&up, &stop);
                scope.spawn(move || worker.work(up, stop));
            }
            std::thread::sleep(Duration::from_millis(6 * LONGEST_LIFE));
            stop.store(true, Ordering::Relaxed);
        });
        for worker in &mut workers {
            worker.learn_of_ends();
            judge::settle(&up, worker, kills);
            judge::judge(&up, worker);
        }
    }
    for worker in &mut workers {
        judge::end_all(&up, worker);
    }
    wait_for("the end of all processes", || traces::family(&up.data_dir()).is_empty().then_some(()));
    let tally = tally(&up, settings, &workers);
    say(&format!("crash on {engine}: acknowledged {tally:?}"));
    let unlisted: Vec<_> = tally.keys().filter(|what| !MUST_HAPPEN.contains(what)).collect();
    assert!(unlisted.is_empty(), "they could be missing unseen: {unlisted:?}");
    // A mix in which an operation never succeeds would prove nothing of it.
    let never = never(&up, settings, &workers);
    assert!(kills < KILLS || never.is_empty(), "never succeeded: {never:?}");
}

/// How often each operation was acknowledged.
fn tally(up: &Up, settings: &Settings, workers: &[Worker]) -> BTreeMap<&'static str, u32> {
    let by_lifetime = judge::whole(up, settings, workers);
    let mut tally = BTreeMap::from([("end by a lifetime", by_lifetime)]);
    for (what, count) in workers.iter().flat_map(|worker| &worker.ledger.tally) {
        *tally.entry(*what).or_default() += count;
    }
    tally
}

/// The operations that have not succeeded so far.
fn never(up: &Up, settings: &Settings, workers: &[Worker]) -> Vec<&'static str> {
    let tally = tally(up, settings, workers);
    let happened = |what: &&str| tally.get(what).is_some_and(|count| *count > 0);
    MUST_HAPPEN.iter().copied().filter(|what| !happened(what)).collect()
}

/// The handle itself, so that the seed shows without being asked for.
fn say(line: &str) {
    let _ = std::io::stderr().write_all(format!("{line}\n").as_bytes());
}
