//! A page that is followed. Its connection may be lost and made again: what happened meanwhile comes
//! as one more net change, so that nothing is missed and nothing told twice.

use std::time::Duration;

use http::Method;
use rollcall_wire::v1::{self as wire, Frame, GoodBye, ListAnswer, SessionRow, apply, difference, unmoved};
use serde::de::DeserializeOwned;
use uuid::Uuid;

use super::page::Page;
use super::query::borrowed;
use crate::backoff::Backoff;
use crate::error::Error;
use crate::sse::{self, Frames};
use crate::transport::{Call, Client};

const ACT: &str = "following the list";
/// The server speaks every 15 seconds, if only to say that it is there.
const SILENCE: Duration = Duration::from_secs(60);
/// The longest pause before a lost connection is made again.
const LONGEST_PAUSE: Duration = Duration::from_secs(15);
/// Of one event at most: the largest page has a thousand rows.
const MOST_BYTES: usize = 32 << 20;

/// What is new of a page that is followed.
#[derive(Clone, Debug, PartialEq)]
pub enum News<R = SessionRow> {
    /// The page is there: the first news.
    Page,
    /// Rows or totals have changed. The changes are meant in their order, and
    /// [`Followed::page`] has them in it.
    Changed(Vec<Change<R>>),
    /// The connection was lost. It is made again by itself.
    Lost,
    /// It is there again. What happened meanwhile is the next news, if anything did.
    Again,
}

/// One change of a page.
#[derive(Clone, Debug, PartialEq)]
pub enum Change<R = SessionRow> {
    /// A row comes in.
    Enter {
        /// Its place once it is in; the first is 0.
        at: usize,
        /// The row.
        row: R,
    },
    /// A row is another, in its place.
    Update {
        /// The row.
        row: R,
    },
    /// A row goes to another place.
    Move {
        /// Which.
        id: Uuid,
        /// Its place once it is there.
        at: usize,
    },
    /// A row goes.
    Leave {
        /// Which.
        id: Uuid,
    },
}

impl<R: DeserializeOwned> Change<R> {
    fn read(change: &wire::Change) -> Result<Self, serde_json::Error> {
        Ok(match change {
            wire::Change::Enter { at, row } => Self::Enter { at: *at, row: R::deserialize(row)? },
            wire::Change::Update { row } => Self::Update { row: R::deserialize(row)? },
            wire::Change::Move { id, at } => Self::Move { id: *id, at: *at },
            wire::Change::Leave { id } => Self::Leave { id: *id },
        })
    }
}

/// A page that is followed, see [`super::V1::follow`]. Dropping it ends that.
#[derive(Debug)]
pub struct Followed<R = SessionRow> {
    client: Client,
    query: Vec<(&'static str, String)>,
    connection: Option<reqwest::Response>,
    frames: Frames,
    backoff: Backoff,
    /// The place in the stream, for who comes back.
    seen: Option<String>,
    /// As the server told it; `None` before the first page.
    told: Option<ListAnswer>,
    page: Page<R>,
}

impl<R: DeserializeOwned> Followed<R> {
    pub(super) fn new(client: Client, query: Vec<(&'static str, String)>) -> Self {
        Self {
            client,
            query,
            connection: None,
            frames: Frames::new(MOST_BYTES),
            backoff: Backoff::new(LONGEST_PAUSE),
            seen: None,
            told: None,
            page: Page { rows: Vec::new(), total_count: None, tabs: None, next_cursor: None, event: 0 },
        }
    }

    /// The page as it is after the last news; empty before the first.
    #[must_use]
    pub fn page(&self) -> &Page<R> {
        &self.page
    }

    /// The next news. A lost connection is made again, as often as need be; dropping the future loses
    /// nothing.
    ///
    /// # Errors
    /// When the first connection cannot be made, when the server refuses (also later: a right can be
    /// lost), and when its answer is no such stream. It may be asked again after that.
    pub async fn next(&mut self) -> Result<News<R>, Error> {
        let cancel = self.client.cancel().clone();
        tokio::select! {
            biased;
            () = cancel.cancelled() => Err(Error::Cancelled { act: ACT }),
            news = self.news() => news,
        }
    }

    async fn news(&mut self) -> Result<News<R>, Error> {
        loop {
            while let Some(event) = self.frames.pop() {
                match self.read(&event) {
                    Ok(Some(news)) => return Ok(news),
                    Ok(None) => {}
                    Err(reason) => return Err(self.strange(reason)),
                }
            }
            let Some(connection) = &mut self.connection else {
                if let Some(news) = self.connect().await? {
                    return Ok(news);
                }
                continue;
            };
            match tokio::time::timeout(SILENCE, connection.chunk()).await {
                Ok(Ok(Some(bytes))) => {
                    self.backoff.works();
                    if let Err(reason) = self.frames.push(&bytes) {
                        return Err(self.strange(reason));
                    }
                }
                // Ended, broken, or silent for too long.
                _ => {
                    if let Some(news) = self.lost(None) {
                        return Ok(news);
                    }
                }
            }
        }
    }

    /// Connects when it is time; `None` when there is nothing to tell of it.
    async fn connect(&mut self) -> Result<Option<News<R>>, Error> {
        self.backoff.wait().await;
        match self.open().await {
            Ok(connection) => {
                self.connection = Some(connection);
                Ok(self.told.is_some().then_some(News::Again))
            }
            Err(error) if self.told.is_some() && error.may_pass() => {
                self.backoff.failed(error.retry_after());
                Ok(None)
            }
            Err(error) => Err(error),
        }
    }

    async fn open(&self) -> Result<reqwest::Response, Error> {
        let query = borrowed(&self.query);
        let mut headers = vec![("accept", "text/event-stream")];
        headers.extend(self.seen.as_deref().map(|seen| ("last-event-id", seen)));
        let call = Call::new(ACT, Method::GET, &["v1", "sessions"]).query(&query).headers(&headers);
        self.client.stream(&call, "text/event-stream").await
    }

    /// What an event tells; `None` for nothing new. The error says what is wrong with it.
    fn read(&mut self, event: &sse::Frame) -> Result<Option<News<R>>, String> {
        let news = match event.event.as_str() {
            "page" => self.read_page(&event.data)?,
            "change" => self.read_change(&event.data)?,
            "end" => return Ok(self.read_end(&event.data)),
            // Of a newer server.
            _ => return Ok(None),
        };
        if let Some(id) = &event.id {
            self.seen = Some(id.clone());
        }
        Ok(news)
    }

    fn read_page(&mut self, data: &str) -> Result<Option<News<R>>, String> {
        let answer: ListAnswer = serde_json::from_str(data).map_err(words)?;
        let page = Page::read(ACT, &answer).map_err(words)?;
        let news = match &self.told {
            None => Some(News::Page),
            Some(before) => {
                let changes = difference(&before.items, &answer.items, |a, b| unmoved(a) == unmoved(b));
                let totals = |page: &ListAnswer| (page.total_count, page.tabs, page.next_cursor.is_some());
                let still = changes.is_empty() && totals(before) == totals(&answer);
                if still { None } else { Some(News::Changed(typed(&changes)?)) }
            }
        };
        (self.told, self.page) = (Some(answer), page);
        Ok(news)
    }

    fn read_change(&mut self, data: &str) -> Result<Option<News<R>>, String> {
        let frame: Frame = serde_json::from_str(data).map_err(words)?;
        let Some(before) = &self.told else { return Err("it changes a page that was not told".to_owned()) };
        let mut items = before.items.clone();
        apply(&mut items, &frame.changes);
        let answer = ListAnswer {
            items,
            total_count: frame.total_count,
            tabs: frame.tabs,
            next_cursor: frame.next_cursor,
            event: frame.event,
        };
        let (page, changes) = (Page::read(ACT, &answer).map_err(words)?, typed(&frame.changes)?);
        (self.told, self.page) = (Some(answer), page);
        Ok(Some(News::Changed(changes)))
    }

    fn read_end(&mut self, data: &str) -> Option<News<R>> {
        let reason = serde_json::from_str(data).map_or_else(|_| String::new(), |end: GoodBye| end.reason);
        if reason == "behind" {
            self.seen = None;
        }
        // What the server refuses for good it says as it is asked again.
        self.lost(None)
    }

    fn lost(&mut self, asked: Option<Duration>) -> Option<News<R>> {
        let was_there = self.connection.take().is_some();
        self.frames.clear();
        self.backoff.failed(asked);
        (was_there && self.told.is_some()).then_some(News::Lost)
    }

    /// Whoever asks again begins with a fresh page.
    fn strange(&mut self, reason: String) -> Error {
        self.lost(None);
        self.seen = None;
        Error::strange(ACT, reason)
    }
}

fn typed<R: DeserializeOwned>(changes: &[wire::Change]) -> Result<Vec<Change<R>>, String> {
    changes.iter().map(Change::read).collect::<Result<_, _>>().map_err(words)
}

fn words(error: impl std::fmt::Display) -> String {
    error.to_string()
}
