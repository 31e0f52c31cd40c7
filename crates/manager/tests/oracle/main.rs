//! The session list held against one written without a database: every answer of
//! `compute_session_list` on random cases of actor x data x arguments x filter x order x page, on
//! both engines, and those of `GET /v1/sessions`, also while sessions change under the reader. Nothing
//! here uses the real rules, languages or statements.
//!
//! `ROLLCALL_ORACLE_CASES` says how many cases there are on each engine, 20,000 of the one and 1,000 of
//! the other unless set; `ROLLCALL_ORACLE_ROUNDS` how many rounds of changes, 8 unless set.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod answer;
mod ask;
mod language;
#[path = "../api/machine.rs"]
mod machine;
mod rows;
mod v1;
mod world;

use std::io::Write as _;

use rollcall_testkit::{postgres::Postgres, skip};

use ask::Case;
use rows::Dice;
use world::World;

const CASES: u64 = 20_000;
const SEED: u64 = 20_261_124;
/// Another world after so many cases: other rows, other owners.
const CASES_OF_A_WORLD: u64 = 5_000;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_list_is_the_oracle_s_on_sqlite() {
    let directory = tempfile::tempdir().unwrap();
    run("sqlite", |world| {
        let path = directory.path().join(format!("{world}.db"));
        rollcall_store::Settings::Sqlite { path }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_list_is_the_oracle_s_on_postgresql() {
    let server = match Postgres::start() {
        Ok(server) => server,
        Err(missing) => return skip::missing("oracle::postgresql", &missing.reason, &missing.remedy),
    };
    run("postgresql", |world| {
        let url = server.create_database(&format!("oracle{world}")).unwrap();
        rollcall_store::Settings::Postgres { url: url.into() }
    })
    .await;
}

async fn run(engine: &str, database: impl Fn(u64) -> rollcall_store::Settings) {
    let cases = world::cases(CASES);
    let mut tally = ask::Tally::default();
    for world in 0..cases.div_ceil(CASES_OF_A_WORLD) {
        let mut dice = Dice(SEED + world);
        let world_of_cases = World::new(&database(world), &mut dice).await;
        world_of_cases.add_second_keys().await;
        for number in 0..CASES_OF_A_WORLD.min(cases - world * CASES_OF_A_WORLD) {
            let case = Case::random(&mut dice, &world_of_cases);
            let answer = world_of_cases.answer(&case).await;
            let expected = answer::expected(&case, &world_of_cases);
            tally.count(&expected);
            assert_eq!(answer, expected, "world {world}, case {number} on {engine}: {case:#?}");
        }
    }
    say(&format!("oracle on {engine}: {cases} cases, {tally:?}"));
    // Cases that never find anything, or never fail, would prove little.
    tally.assert_varied(cases);
}

/// Tells how it went, also where the test passes.
fn say(text: &str) {
    let _ = std::io::stderr().write_all(format!("{text}\n").as_bytes());
}
