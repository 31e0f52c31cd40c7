//! GET `/live`: the lists that a browser has open, as one stream of server-sent events.
//!
//! A browser opens half a dozen connections to an address, and people have more tabs than that. So its tabs
//! share one stream (`web/worker.js`), which names every list that one of them shows.

use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::time::Duration;

use axum::body::Body;
use axum::extract::RawQuery;
use axum::response::IntoResponse as _;
use bytes::Bytes;
use http::{Response, StatusCode};
use rollcall_client::Error;
use rollcall_client::v1::{Change, Followed, News, Page, SessionRow};
use rollcall_wire::v1::unmoved;
use serde::Deserialize as _;
use serde_json::{Value, json};
use tokio::sync::mpsc;

use super::ask::Ask;
use super::row::Drawing;
use super::{columns, list};
use crate::site::asked::Pairs;
use crate::site::data::{event, events};
use crate::site::refusal;
use crate::site::visitor::Visitor;

/// Lists of one stream at most: more than anybody has tabs.
const MOST_LISTS: usize = 64;
/// So that the browser, and what stands in between, know that this side lives.
const PING: Duration = Duration::from_secs(15);
/// Between two tries of a list that could not be followed.
const PAUSE: Duration = Duration::from_secs(2);

/// A page as it is shown, in a few letters: a browser that has it need not be sent it.
pub(super) fn digest(page: &Page<Value>) -> String {
    let mut hasher = DefaultHasher::new();
    for row in &page.rows {
        unmoved(row).to_string().hash(&mut hasher);
    }
    (page.total_count, page.tabs.map(|tabs| (tabs.running, tabs.finished, tabs.others))).hash(&mut hasher);
    format!("{:016x}", hasher.finish())
}

/// Opens the stream: `list=NAME:HAVE:COLUMNS:QUERY` for each list.
pub(super) async fn stream(visitor: Visitor, RawQuery(query): RawQuery) -> Response<Body> {
    let pairs = Pairs::parse(query.unwrap_or_default().as_bytes());
    let (out, body) = mpsc::channel::<Bytes>(16);
    let mut lists = 0;
    // The newest, should there be more.
    let asked: Vec<&str> = pairs.all("list").collect();
    for text in asked.iter().rev().take(MOST_LISTS) {
        let Some(listener) = Listener::of(&visitor, text, out.clone()) else {
            return StatusCode::BAD_REQUEST.into_response();
        };
        tokio::spawn(listener.run());
        lists += 1;
    }
    if lists == 0 {
        return StatusCode::BAD_REQUEST.into_response();
    }
    tokio::spawn(async move {
        let mut sent = out.send(Bytes::from_static(b": here\n\n")).await;
        while sent.is_ok() {
            tokio::time::sleep(PING).await;
            sent = out.send(Bytes::from_static(b": ping\n\n")).await;
        }
    });
    events(body)
}

/// One list that is followed for a browser.
struct Listener {
    name: String,
    /// Whether who is signed in is whom the page was made for.
    is_theirs: bool,
    /// Digest of the page that the browser has.
    have: String,
    ask: Ask,
    drawing: Drawing,
    followed: Followed<Value>,
    out: mpsc::Sender<Bytes>,
}

impl Listener {
    fn of(visitor: &Visitor, text: &str, out: mpsc::Sender<Bytes>) -> Option<Self> {
        let mut parts = text.splitn(4, ':');
        let (name, have, chosen, query) = (parts.next()?, parts.next()?, parts.next()?, parts.next()?);
        let plain =
            |text: &str| text.len() <= 64 && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
        if name.is_empty() || name.len() > 128 || !plain(have) || !name.split('-').all(plain) {
            return None;
        }
        // The page behind it was made for this key: tabs share a stream, and somebody else may have signed in since.
        let is_theirs = name.rsplit('-').next() == Some(visitor.access_key.as_str());
        let ask = Ask::parse(query);
        let drawing = Drawing {
            columns: columns::chosen(Some(chosen), visitor.role, visitor.mode),
            taste: visitor.taste,
            mode: visitor.mode,
        };
        let followed = visitor.client.v1().follow::<Value>(&ask.list(visitor));
        Some(Self { is_theirs, name: name.to_owned(), have: have.to_owned(), ask, drawing, followed, out })
    }

    /// Follows until the browser leaves or the right to it is gone.
    async fn run(mut self) {
        if !self.is_theirs {
            let _ = self.tell("out", json!({})).await;
            return;
        }
        let mut away = false;
        loop {
            let out = self.out.clone();
            let news = tokio::select! {
                news = self.followed.next() => news,
                () = out.closed() => return,
            };
            let told = match news {
                Ok(News::Page) => self.page().await,
                Ok(News::Changed(changes)) => self.changed(&changes).await,
                Ok(News::Lost) => self.tell("lost", json!({})).await,
                Ok(News::Again) => self.tell("again", json!({})).await,
                Err(error) if refusal::is_signed_out(&error) => {
                    let _ = self.tell("out", json!({})).await;
                    return;
                }
                Err(error) if refusal::is_away(&error) || error.status() == Some(429) => {
                    let told = if away { Some(()) } else { self.tell("lost", json!({})).await };
                    away = true;
                    tokio::time::sleep(PAUSE).await;
                    told
                }
                Err(error) if matches!(error.status(), Some(400..=499)) => {
                    self.refused(&error).await;
                    return;
                }
                // What has gone wrong once need not the next time.
                Err(error) => {
                    tracing::warn!(%error, "a list is not followed now: {error}");
                    tokio::time::sleep(PAUSE).await;
                    self.tell("lost", json!({})).await
                }
            };
            if told.is_none() {
                return;
            }
        }
    }

    async fn refused(&self, error: &Error) {
        tracing::debug!(%error, "a list is not followed: {error}");
        let _ = self.tell("refused", json!({"reason": refusal::sentence(error)})).await;
    }

    /// The whole page, unless the browser has it.
    async fn page(&mut self) -> Option<()> {
        let page = self.followed.page();
        let digest = digest(page);
        if digest == self.have {
            return self.tell("same", json!({ "have": digest })).await;
        }
        let rows: Vec<Value> =
            (self.ask.offset() + 1..).zip(&page.rows).filter_map(|(number, row)| self.drawn(row, number)).collect();
        let totals = list::totals(self.drawing.taste.language, &self.ask, page);
        self.tell("page", json!({ "rows": rows, "totals": totals, "have": digest })).await
    }

    async fn changed(&mut self, changes: &[Change<Value>]) -> Option<()> {
        let page = self.followed.page();
        let told: Vec<Value> = changes
            .iter()
            .filter_map(|change| {
                Some(match change {
                    Change::Enter { at, row } => json!({ "op": "enter", "at": at, "row": self.drawn(row, 0)? }),
                    Change::Update { row } => json!({ "op": "update", "row": self.drawn(row, 0)? }),
                    Change::Move { id, at } => json!({ "op": "move", "id": id, "at": at }),
                    Change::Leave { id } => json!({ "op": "leave", "id": id }),
                })
            })
            .collect();
        let totals = list::totals(self.drawing.taste.language, &self.ask, page);
        self.tell("change", json!({ "changes": told, "totals": totals, "have": digest(page) })).await
    }

    fn drawn(&self, row: &Value, number: u64) -> Option<Value> {
        let row = SessionRow::deserialize(row).ok()?;
        Some(json!({ "id": row.id, "html": self.drawing.row(&row, number).into_string() }))
    }

    async fn tell(&self, kind: &str, mut data: Value) -> Option<()> {
        data["list"] = json!(self.name);
        self.out.send(event(kind, &data)).await.ok()
    }
}
