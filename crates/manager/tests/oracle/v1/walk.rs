//! Walking from cursor to cursor while sessions change: what stays as it is, is met once and in order.

use serde_json::Value;
use uuid::Uuid;

use super::change::Happened;
use super::list::List;
use super::live::{Live, on_postgresql, on_sqlite, rounds};
use super::read::{Told, id_of, page, target};
use crate::rows::{Dice, Row};

const SEED: u64 = 20_270_401;
/// Walks of a round.
const WALKS: u64 = 2;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_walk_meets_all_that_stays_once_on_sqlite() {
    on_sqlite(&mut Dice(SEED), run).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_walk_meets_all_that_stays_once_on_postgresql() {
    on_postgresql(&mut Dice(SEED + 1), run).await;
}

async fn run(mut live: Live, mut dice: Dice) {
    let (mut happened, mut stayed, mut pages) = (Happened::default(), 0, 0);
    for number in 0..rounds() * WALKS {
        let (key, list) = loop {
            let key = dice.one_of(&live.keys).clone();
            let list = List::random(&mut dice, &live.groups, &live.keys);
            let rows = live.rows().await;
            let held = list.held_by(&live.reader(&key), &rows).map(|held| held.rows.len());
            if held.is_ok_and(|held| held > 2) {
                break (key, list);
            }
        };
        let before = live.rows().await;
        let limit = 1 + dice.below(9);
        let mut given = list.parameters();
        given.push(("limit", limit.to_string()));
        let mut met: Vec<Uuid> = Vec::new();
        loop {
            let (told, answer) = page(&live.router, &key, &target("/v1/sessions", &given)).await;
            assert!(matches!(told, Told::Page(_)), "{told:?}");
            met.extend(answer["items"].as_array().unwrap().iter().map(id_of));
            pages += 1;
            let Some(cursor) = answer["next_cursor"].as_str().map(Value::from) else { break };
            given = vec![("cursor", cursor.as_str().unwrap().to_owned()), ("limit", limit.to_string())];
            live.change_session(&mut dice, &mut happened).await;
        }
        let after = live.rows().await;
        let kept: Vec<&Row> = before.iter().filter(|row| after.contains(row)).collect();
        let all: Vec<Row> = kept.into_iter().cloned().collect();
        let wanted: Vec<Uuid> = list.held_by(&live.reader(&key), &all).unwrap().rows.iter().map(|row| row.id).collect();
        let of_those: Vec<Uuid> = met.iter().copied().filter(|id| all.iter().any(|row| row.id == *id)).collect();
        assert_eq!(of_those, wanted, "walk {number} of {key}, {limit} at a time: {list:#?}\nmet {met:?}");
        stayed += wanted.len();
    }
    crate::say(&format!("walks: {pages} pages, {stayed} rows stayed, {happened:?}"));
    assert!(happened.started > 0 && happened.renamed > 0 && happened.ended > 0, "{happened:?}");
}
