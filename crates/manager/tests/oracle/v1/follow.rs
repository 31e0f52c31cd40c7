//! Lists that are followed while sessions and rights change: once it is quiet, each is the page that one
//! would read.

use std::time::Duration;

use axum::body::BodyDataStream;
use futures_util::StreamExt as _;
use rollcall_wire::v1::{Frame, apply};
use serde_json::{Value, json};
use tokio::sync::watch;
use tokio::time::{Instant, timeout};
use tower::ServiceExt as _;

use super::change::Happened;
use super::list::{List, Refused};
use super::live::{Live, on_postgresql, on_sqlite, rounds};
use super::read::{Page, Told, id_of, page, shown, shown_rows, tabs_in, target};
use crate::rows::{Dice, Row};
use crate::world::signed;

const SEED: u64 = 20_270_501;
/// Lists that are followed in a round.
const LISTS: usize = 12;
/// Changes of a round.
const CHANGES: u64 = 10;
/// A stream looks at everything each five seconds. Most must be right before, by what they were told of.
const BEFORE_A_REFRESH: Duration = Duration::from_millis(4_800);
const DEADLINE: Duration = Duration::from_secs(30);

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn following_ends_in_the_page_one_would_read_on_sqlite() {
    on_sqlite(&mut Dice(SEED), run).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn following_ends_in_the_page_one_would_read_on_postgresql() {
    on_postgresql(&mut Dice(SEED + 1), run).await;
}

#[derive(Debug, Default)]
struct Tally {
    followed: u64,
    changed: u64,
    ended: u64,
    late: u64,
}

async fn run(mut live: Live, mut dice: Dice) {
    let (mut happened, mut tally) = (Happened::default(), Tally::default());
    for round in 0..rounds() {
        let rows = live.rows_at_rest().await;
        let mut lists = Vec::new();
        while lists.len() < LISTS {
            lists.extend(Followed::open(&live, &rows, &mut dice).await);
        }
        for _ in 0..CHANGES {
            if dice.once_in(5) {
                live.change_right(&mut dice, &mut happened).await;
            } else {
                live.change_session(&mut dice, &mut happened).await;
            }
            tokio::time::sleep(Duration::from_millis(dice.below(80))).await;
        }
        let rows = live.rows_at_rest().await;
        for list in &mut lists {
            list.judge(&live, &rows, round, &mut tally).await;
        }
        live.enable_all().await;
    }
    crate::say(&format!("followed: {tally:?}, {happened:?}"));
    assert!(tally.changed > tally.followed / 10 && tally.late <= tally.followed / 2, "{tally:?}");
    assert!(tally.ended > 0 || rounds() < 5, "{tally:?}");
}

/// A page as its follower has it.
#[derive(Clone, Debug, Default)]
struct Known {
    items: Vec<Value>,
    told: Option<Page>,
    frames: u64,
    end: Option<String>,
}

#[derive(Debug)]
struct Followed {
    key: String,
    list: List,
    limit: usize,
    offset: usize,
    /// The row that the page begins behind, as it was.
    behind: Option<Row>,
    exact: bool,
    parameters: Vec<(&'static str, String)>,
    opened: Instant,
    known: watch::Receiver<Known>,
}

impl Followed {
    /// `None` where the list is refused, or has no second page where that is what is followed.
    async fn open(live: &Live, rows: &[Row], dice: &mut Dice) -> Option<Self> {
        let key = dice.one_of(&live.keys).clone();
        let list = List::random(dice, &live.groups, &live.keys);
        let held = list.held_by(&live.reader(&key), rows).ok()?;
        let limit = usize::try_from(1 + dice.below(25)).unwrap();
        let exact = !dice.once_in(5);
        let mut parameters = list.parameters();
        parameters.push(("limit", limit.to_string()));
        let (mut offset, mut behind) = (0, None);
        match dice.below(4) {
            0 => offset = usize::try_from(dice.below(12)).unwrap(),
            1 => {
                let (_, answer) = page(&live.router, &key, &target("/v1/sessions", &parameters)).await;
                let cursor = answer["next_cursor"].as_str()?.to_owned();
                behind = Some(held.rows[limit - 1].clone());
                parameters = vec![("limit", limit.to_string()), ("cursor", cursor)];
            }
            _ => {}
        }
        if behind.is_none() {
            parameters.push(("offset", offset.to_string()));
        }
        if !exact {
            parameters.push(("count", "none".to_owned()));
        }
        let opened = Instant::now();
        let mut request = signed(&key, "GET", &target("/v1/sessions", &parameters), None);
        request.headers_mut().insert("accept", "text/event-stream".parse().unwrap());
        let response = live.router.clone().oneshot(request).await.unwrap();
        assert_eq!(response.status(), 200);
        let (tell, mut known) = watch::channel(Known::default());
        tokio::spawn(read_frames(response.into_body().into_data_stream(), tell));
        // What happens from here on comes as changes.
        known.wait_for(|known| known.told.is_some()).await.unwrap();
        Some(Self { key, list, limit, offset, behind, exact, parameters, opened, known })
    }

    /// What a reader of this moment must find.
    fn expected(&self, live: &Live, rows: &[Row]) -> Result<Page, Refused> {
        let held = self.list.held_by(&live.reader(&self.key), rows)?;
        let behind = |row: &&Row| self.behind.as_ref().is_none_or(|place| self.list.compare(place, row).is_lt());
        let left: Vec<_> = held.rows.iter().copied().filter(behind).skip(self.offset).collect();
        Ok(Page {
            more: left.len() > self.limit,
            rows: left.into_iter().take(self.limit).map(shown).collect(),
            total: self.exact.then(|| i64::try_from(held.rows.len()).unwrap()),
            tabs: self.exact.then_some(held.tabs),
        })
    }

    async fn judge(&mut self, live: &Live, rows: &[Row], round: u64, tally: &mut Tally) {
        let (told, _) = page(&live.router, &self.key, &target("/v1/sessions", &self.parameters)).await;
        let disabled = live.disabled.contains(&self.key);
        assert_eq!(told == Told::Nobody, disabled, "{self:#?}");
        let expected = self.expected(live, rows).ok().filter(|_| !disabled);
        // A cursor is its role's alone; who follows from one goes on by the new role.
        if let (Some(expected), Told::Page(read)) = (&expected, &told) {
            assert_eq!(read, expected, "round {round}, read: {self:#?}");
        }
        let right = |known: &Known| match &expected {
            None => known.end.as_deref() == Some("unauthorized"),
            Some(page) => known.end.is_none() && known.told.as_ref() == Some(page),
        };
        let found = timeout(DEADLINE, self.known.wait_for(right)).await.is_ok_and(|found| found.is_ok());
        let known = self.known.borrow().clone();
        assert!(found, "round {round}: {self:#?}\nhas {:#?} {:?}\nbut there is {expected:#?}", known.told, known.end);
        tally.late += u64::from(self.opened.elapsed() > BEFORE_A_REFRESH);
        tally.followed += 1;
        tally.changed += u64::from(known.frames > 1);
        tally.ended += u64::from(known.end.is_some());
    }
}

async fn read_frames(mut body: BodyDataStream, tell: watch::Sender<Known>) {
    let mut text = String::new();
    while let Some(bytes) = body.next().await {
        text.push_str(std::str::from_utf8(&bytes.unwrap()).unwrap());
        while let Some((frame, rest)) = text.split_once("\n\n") {
            let frame = frame.to_owned();
            text = rest.to_owned();
            tell.send_modify(|known| known.hear(&frame));
        }
        // Nobody is left to tell.
        if tell.is_closed() {
            return;
        }
    }
}

impl Known {
    fn hear(&mut self, frame: &str) {
        let field = |name: &str| frame.lines().find_map(|line| line.strip_prefix(&format!("{name}: ")));
        let (Some(event), Some(data)) = (field("event"), field("data")) else { return };
        let data: Value = serde_json::from_str(data).unwrap();
        match event {
            "page" => self.items = data["items"].as_array().unwrap().clone(),
            "change" => {
                let frame: Frame = serde_json::from_value(data.clone()).unwrap();
                apply(&mut self.items, &frame.changes);
                let mut ids: Vec<_> = self.items.iter().map(id_of).collect();
                ids.sort();
                ids.dedup();
                assert!(ids.len() == self.items.len(), "a row twice after {}", json!(frame));
            }
            "end" => {
                self.end = Some(data["reason"].as_str().unwrap().to_owned());
                return;
            }
            other => panic!("no event {other}"),
        }
        self.frames += 1;
        self.told = Some(Page {
            rows: shown_rows(&self.items),
            total: data["total_count"].as_i64(),
            tabs: tabs_in(&data),
            more: data["next_cursor"].is_string(),
        });
    }
}
