//! The session list as each role asks for it.

use std::time::Instant;

use rollcall_client::{Client, ListOptions};
use rollcall_model::list::tab::Tab;

use crate::error::BenchError;
use crate::figures::{Row, Times, ms};
use crate::sessions;
use crate::world::{FIRST_DOMAIN_PEOPLE, PEOPLE, World};

const REQUESTS: usize = 300;
const SIDE_BY_SIDE: usize = 8;
/// Sessions that really run while the list is asked for, for each account of the first domain.
const RUNNING_EACH: usize = 5;

/// Both tabs for each role, with this many finished sessions per person and some running ones.
pub(crate) async fn measure(world: &World, each: u64) -> Result<Vec<Row>, BenchError> {
    let running = sessions::many(world, RUNNING_EACH).await?;
    // Each session that was started and ended before counts as finished.
    let superadmin = &world.account("superadmin")?.client;
    let before = total(superadmin, Tab::Finished).await?.saturating_sub(PEOPLE * each);
    if before > 1000 {
        return Err(BenchError::Wrong(format!("{before} finished sessions more than were made")));
    }
    let mut rows = Vec::new();
    let people = [
        ("superadmin", PEOPLE, FIRST_DOMAIN_PEOPLE),
        ("admin", FIRST_DOMAIN_PEOPLE, FIRST_DOMAIN_PEOPLE),
        ("user", 1, 1),
    ];
    for (role, with_past, with_running) in people {
        let client = &world.account(role)?.client;
        for tab in [Tab::Running, Tab::Finished] {
            let (least, most) = match tab {
                Tab::Running => (with_running * RUNNING_EACH as u64, with_running * RUNNING_EACH as u64),
                Tab::Finished | Tab::Others => (with_past * each, with_past * each + before),
            };
            let total = total(client, tab).await?;
            if !(least..=most).contains(&total) {
                return Err(BenchError::Wrong(format!("{role} has {total} {tab} sessions instead of {least}")));
            }
            rows.push(row(role, tab, client, total).await?);
        }
    }
    sessions::end(world, &running).await?;
    Ok(rows)
}

async fn row(role: &str, tab: Tab, client: &Client, total: u64) -> Result<Row, BenchError> {
    let mut times = Vec::with_capacity(REQUESTS);
    for _ in 0..REQUESTS {
        let began = Instant::now();
        check(tab, total, ask(client, tab).await?)?;
        times.push(began.elapsed());
    }
    let times = Times::new(times);
    let began = Instant::now();
    let mut asking = Vec::new();
    for number in 0..SIDE_BY_SIDE {
        let client = client.clone();
        let share = REQUESTS / SIDE_BY_SIDE + usize::from(number < REQUESTS % SIDE_BY_SIDE);
        asking.push(tokio::spawn(async move {
            for _ in 0..share {
                check(tab, total, ask(&client, tab).await?)?;
            }
            Ok::<_, BenchError>(())
        }));
    }
    for asked in asking {
        asked.await.map_err(|error| BenchError::Wrong(error.to_string()))??;
    }
    let rate = REQUESTS as f64 / began.elapsed().as_secs_f64();
    Ok(Row::new(
        format!("list as {role}, tab {tab} ({total} in all)"),
        format!(
            "p50 {}, p95 {}; {rate:.0}/s from {SIDE_BY_SIDE} clients",
            ms(times.percentile(50)),
            ms(times.percentile(95))
        ),
    ))
}

/// A full page is wanted each time: a quick wrong answer is no figure.
fn check(tab: Tab, total: u64, (got_total, got_rows): (u64, usize)) -> Result<(), BenchError> {
    if got_total == total && got_rows as u64 == total.min(u64::from(LIMIT)) {
        return Ok(());
    }
    Err(BenchError::Wrong(format!("{got_rows} of {got_total} {tab} sessions where there are {total}")))
}

const LIMIT: u32 = 20;

async fn total(client: &Client, tab: Tab) -> Result<u64, BenchError> {
    ask(client, tab).await.map(|(total, _)| total)
}

/// The total and the rows of the first page, with the fields that the SDK asks for by default.
async fn ask(client: &Client, tab: Tab) -> Result<(u64, usize), BenchError> {
    let statuses = tab.statuses(client.server().await?.features());
    let options = ListOptions { statuses, limit: LIMIT, ..ListOptions::default() };
    let page = client.sessions().list(&options).await?;
    Ok((page.total_count, page.items.len()))
}
