//! Lists that are followed: from a change to its being seen, and what many of them take.

use std::collections::HashSet;
use std::time::{Duration, Instant};

use tokio::sync::mpsc;
use tokio::task::JoinSet;

use crate::error::BenchError;
use crate::figures::{Row, Times, ms};
use crate::out;
use crate::plain::{Answer, Login, soon};
use crate::processes::{self, memory};
use crate::sessions;
use crate::world::World;

/// Open lists and how many changes each of them is told.
const STEPS: [(usize, usize); 3] = [(1, 60), (100, 40), (1_000, 15)];
/// Between two changes: longer than the time that a list keeps still after a frame.
const BETWEEN: Duration = Duration::from_millis(700);
const QUIET: Duration = Duration::from_secs(20);
const PATIENCE: Duration = Duration::from_secs(30);
/// Those who see a user's session of the first domain.
const READERS: [&str; 3] = ["superadmin", "admin", "user"];
const LIST: &str = "/v1/sessions?tab=running";

/// What a list was told.
enum Heard {
    /// The name of a change.
    Name { list: usize, number: usize, at: Instant },
    /// Nothing more.
    End { list: usize, why: String },
}

/// The lists that are open, and what they hear.
struct Lists {
    readers: JoinSet<()>,
    open: usize,
    tell: mpsc::UnboundedSender<Heard>,
    heard: mpsc::UnboundedReceiver<Heard>,
}

pub(crate) async fn measure(world: &World) -> Result<Vec<Row>, BenchError> {
    let sessions = sessions::many(world, 5).await?;
    let mut logins = Vec::new();
    for role in READERS {
        logins.push(world.login(role).await?);
    }
    let owner = world.login("user").await?;
    let (tell, heard) = mpsc::unbounded_channel();
    let mut lists = Lists { readers: JoinSet::new(), open: 0, tell, heard };
    let mut number = 0;
    let idle = taken(world)?;
    let mut rows = Vec::new();
    for (many, changes) in STEPS {
        out::note(format_args!("opening lists until there are {many}"));
        lists.open(many, &logins).await?;
        tokio::time::sleep(BETWEEN).await;
        out::note(format_args!("{changes} changes"));
        let mut times = Vec::with_capacity(many * changes);
        for _ in 0..changes {
            number += 1;
            let began = Instant::now();
            rename(&owner, number).await?;
            lists.hear(number, |at| times.push(at.duration_since(began))).await?;
            tokio::time::sleep(BETWEEN).await;
        }
        let times = Times::new(times);
        rows.push(Row::new(
            format!("a change, from the request to being told in each open list, {many} open ({changes} changes)"),
            format!("p50 {}, p99 {}", ms(times.percentile(50)), ms(times.percentile(99))),
        ));
    }
    out::note(format_args!("{} s without a change, {0} s with one a second", QUIET.as_secs()));
    let before = processor(world)?;
    tokio::time::sleep(QUIET).await;
    let quiet = share(before, processor(world)?, QUIET);
    let with_lists = taken(world)?;
    let (before, began) = (processor(world)?, Instant::now());
    while began.elapsed() < QUIET {
        number += 1;
        rename(&owner, number).await?;
        tokio::time::sleep(Duration::from_secs(1)).await;
    }
    let busy = share(before, processor(world)?, began.elapsed());
    let open = lists.open;
    lists.readers.shutdown().await;
    rows.push(Row::new(
        format!("memory of the server with {open} open lists of 20 rows"),
        format!("{with_lists:.1} MiB PSS ({idle:.1} without them)"),
    ));
    rows.push(Row::new(
        format!("processor time of the server with {open} open lists"),
        format!("{quiet:.0} % of a core while nothing changes, {busy:.0} % at one change a second"),
    ));
    sessions::end(world, &sessions).await?;
    Ok(rows)
}

impl Lists {
    /// One behind the other: the first page of each is read before the next list is opened.
    async fn open(&mut self, many: usize, logins: &[Login]) -> Result<(), BenchError> {
        for login in logins.iter().cycle().skip(self.open % logins.len().max(1)).take(many - self.open) {
            let list = self.open;
            let mut answer = login.follow(LIST).await?;
            let first = soon(|| format!("the first page of list {list}"), answer.piece()).await?;
            if answer.status != 200 || first.is_none() {
                return Err(BenchError::Wrong(format!("list {list} is answered with {}", answer.status)));
            }
            self.readers.spawn(read(list, answer, self.tell.clone()));
            self.open += 1;
        }
        Ok(())
    }

    /// Waits until each list was told of this change, once.
    async fn hear(&mut self, change: usize, mut told: impl FnMut(Instant)) -> Result<(), BenchError> {
        let began = Instant::now();
        let mut left: HashSet<usize> = (0..self.open).collect();
        while !left.is_empty() {
            let late = |_| BenchError::Late {
                what: format!("{} of {} lists to tell of change {change}", left.len(), self.open),
                after: PATIENCE,
            };
            let rest = PATIENCE.saturating_sub(began.elapsed());
            match tokio::time::timeout(rest, self.heard.recv()).await.map_err(late)? {
                Some(Heard::Name { list, number, at }) if number == change => {
                    if left.remove(&list) {
                        told(at);
                    }
                }
                Some(Heard::Name { .. }) => {}
                Some(Heard::End { list, why }) => {
                    return Err(BenchError::Wrong(format!("list {list} has ended: {why}")));
                }
                None => return Err(BenchError::Wrong("the lists have ended".to_owned())),
            }
        }
        Ok(())
    }
}

/// The first session gets the number's name.
async fn rename(owner: &Login, number: usize) -> Result<(), BenchError> {
    let before = if number == 1 { "bench-many-0".to_owned() } else { name(number - 1) };
    let target = format!("/session/{before}/rename?name={}", name(number));
    owner.ask("POST", &target).await?.json(204).await.map(drop)
}

fn name(number: usize) -> String {
    format!("bench-name-{number:06}")
}

async fn read(list: usize, mut answer: Answer, tell: mpsc::UnboundedSender<Heard>) {
    let why = loop {
        let piece = match answer.piece().await {
            Ok(Some(piece)) => piece,
            Ok(None) => break "the answer is over".to_owned(),
            Err(error) => break error.with_causes(),
        };
        let at = Instant::now();
        let text = String::from_utf8_lossy(&piece);
        let number = text.split("bench-name-").nth(1).and_then(|rest| rest.get(..6)).and_then(|n| n.parse().ok());
        if number.is_some_and(|number| tell.send(Heard::Name { list, number, at }).is_err()) {
            return;
        }
    };
    // Who measures may be through.
    let _ = tell.send(Heard::End { list, why });
}

/// MiB.
fn taken(world: &World) -> Result<f64, BenchError> {
    let memory = memory(&world.process()).ok_or_else(gone)?;
    Ok(memory.pss as f64 / 1024.0)
}

fn processor(world: &World) -> Result<Duration, BenchError> {
    processes::processor_time(&world.process()).ok_or_else(gone)
}

fn share(before: Duration, after: Duration, during: Duration) -> f64 {
    after.saturating_sub(before).as_secs_f64() / during.as_secs_f64() * 100.0
}

fn gone() -> BenchError {
    BenchError::Wrong("the server is gone".to_owned())
}
