//! GET `/v1/sessions` as a stream of events: the page, and then its changes.
//!
//! A frame holds the net change since the last one, and there is at most one each 200 ms: who reads
//! slowly gets fewer and larger ones. Each frame is judged anew by the rights of its moment. Its id is the
//! number of the newest event it knows of, and a digest of the page that it leaves behind: who comes back
//! with that of the page as it is now is told nothing, everyone else the page anew. A number alone would
//! not do: use, why a session waits, and rights change without an event.

use std::hash::{DefaultHasher, Hasher as _};
use std::io;
use std::sync::Arc;
use std::time::Duration;

use axum::body::Body;
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use http::header::{CACHE_CONTROL, CONTENT_TYPE};
use http::{HeaderName, HeaderValue};
use rollcall_model::access::{Caller, Owners, Scope};
use rollcall_wire::v1::{Frame, GoodBye, ListAnswer, apply, difference, steady, unmoved};
use serde::Serialize;
use serde_json::Value;
use tokio::sync::{mpsc, watch};
use tokio::time::{Instant, sleep_until};

use super::page::Asked;
use super::shared::SharedPage;
use crate::auth::credential::Credential;
use crate::error::ApiError;
use crate::manager::App;

/// Between two frames at the least.
const PACE: Duration = Duration::from_millis(200);
/// Use, and why a session waits, change without an event: looked at this often.
const REFRESH: Duration = Duration::from_secs(5);
/// So that the other side, and what stands in between, know that this side lives.
const PING: Duration = Duration::from_secs(15);
/// Who takes nothing for so long is not there.
const PATIENCE: Duration = Duration::from_secs(60);

/// Opens the stream. `seen` is the id of the last frame that the other side knows.
pub(super) async fn open(
    app: App,
    caller: &Caller,
    credential: Credential,
    asked: Asked,
    seen: Option<String>,
) -> Result<Response, ApiError> {
    asked.scope(caller)?;
    let seat = app.seats().take_for(caller.identity().user_id)?;
    let (out, body) = mpsc::channel(1);
    let follower = Follower {
        events: app.lifecycle().feed().follow(),
        accounts: app.store().watch_accounts(),
        app,
        credential,
        asked,
        out,
        sent: None,
        page: None,
    };
    tokio::spawn(async move {
        follower.run(seen).await;
        drop(seat);
    });
    let body = Body::from_stream(futures_util::stream::unfold(body, |mut body| async {
        body.recv().await.map(|bytes| (Ok::<_, std::convert::Infallible>(bytes), body))
    }));
    let mut response = body.into_response();
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("text/event-stream"));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-cache"));
    headers.insert(HeaderName::from_static("x-accel-buffering"), HeaderValue::from_static("no"));
    Ok(response)
}

/// Why a stream ends.
enum End {
    /// Nobody reads any more.
    Left,
    /// The right to it is gone.
    Unauthorized,
    /// The server ends.
    Closing,
    /// Reading failed.
    Failed(ApiError),
}

/// What to look for next.
#[derive(Clone, Copy, PartialEq, Eq)]
enum News {
    /// Events or accounts changed.
    Changed,
    /// It is time for what changes without an event.
    Refresh,
    /// Nothing for long.
    Ping,
}

struct Follower {
    app: App,
    credential: Credential,
    asked: Asked,
    events: watch::Receiver<i64>,
    accounts: watch::Receiver<u64>,
    out: mpsc::Sender<Bytes>,
    /// The page as the other side has it.
    sent: Option<Known>,
    /// Where it is read with others, as whom.
    page: Option<(Caller, Arc<SharedPage>)>,
}

struct Known {
    answer: ListAnswer,
    scope: Scope,
}

impl Follower {
    async fn run(mut self, seen: Option<String>) {
        let end = self.follow(seen).await;
        let reason = match end {
            End::Left => return,
            End::Unauthorized => "unauthorized",
            End::Closing => "closing",
            End::Failed(error) => {
                tracing::error!(%error, "a list that was followed failed: {error}");
                "failed"
            }
        };
        // Who does not take it has left anyway.
        let _ = self.send("end", None, &GoodBye { reason: reason.to_owned() }).await;
    }

    async fn follow(&mut self, seen: Option<String>) -> End {
        if let Err(end) = self.begin(seen).await {
            return end;
        }
        let mut refresh = Instant::now() + REFRESH;
        let mut ping = Instant::now() + PING;
        loop {
            let news = match self.news(refresh, ping).await {
                Ok(news) => news,
                Err(end) => return end,
            };
            let told = match news {
                News::Ping => self.write(Bytes::from_static(b": ping\n\n")).await.map(|()| true),
                News::Changed | News::Refresh => self.tell(news).await,
            };
            if news == News::Refresh {
                refresh = Instant::now() + REFRESH;
            }
            match told {
                Ok(true) => {
                    ping = Instant::now() + PING;
                    // What comes in the meantime goes into the next frame.
                    sleep_until(Instant::now() + PACE).await;
                }
                Ok(false) => {}
                Err(end) => return end,
            }
        }
    }

    /// The page at first, unless the other side has it.
    async fn begin(&mut self, seen: Option<String>) -> Result<(), End> {
        self.events.mark_unchanged();
        self.accounts.mark_unchanged();
        let (caller, scope) = self.judge().await?;
        let answer = self.look(&caller).await?;
        let digest = digest(&answer);
        let known = seen.is_some_and(|seen| seen.split_once('-').is_some_and(|(_, seen)| seen == digest));
        if !known {
            self.send("page", Some(format!("{}-{digest}", answer.event)), &answer).await?;
        }
        self.sent = Some(Known { answer, scope });
        Ok(())
    }

    async fn news(&mut self, refresh: Instant, ping: Instant) -> Result<News, End> {
        tokio::select! {
            () = self.out.closed() => Err(End::Left),
            () = self.app.stopping().cancelled() => Err(End::Closing),
            changed = self.events.changed() => changed.map(|()| News::Changed).map_err(|_| End::Closing),
            changed = self.accounts.changed() => changed.map(|()| News::Changed).map_err(|_| End::Closing),
            () = sleep_until(refresh) => Ok(News::Refresh),
            () = sleep_until(ping) => Ok(News::Ping),
        }
    }

    /// Tells what has changed; whether anything was.
    async fn tell(&mut self, news: News) -> Result<bool, End> {
        let (caller, scope) = self.judge().await?;
        let Some(known) = self.sent.take() else { return Ok(false) };
        let touched = news == News::Refresh || scope != known.scope || self.touched(&scope, known.answer.event);
        if !touched {
            let event = (*self.events.borrow()).max(known.answer.event);
            self.sent = Some(Known { answer: ListAnswer { event, ..known.answer }, scope });
            return Ok(false);
        }
        let now = self.look(&caller).await?;
        let same: fn(&Value, &Value) -> bool = match news {
            News::Refresh => |one, other| unmoved(one) == unmoved(other),
            News::Changed | News::Ping => |one, other| steady(one) == steady(other),
        };
        let changes = difference(&known.answer.items, &now.items, same);
        // What was not told is not known on the other side.
        let mut items = known.answer.items.clone();
        apply(&mut items, &changes);
        let more = |answer: &ListAnswer| answer.next_cursor.is_some();
        let still = changes.is_empty()
            && (now.total_count, now.tabs, more(&now))
                == (known.answer.total_count, known.answer.tabs, more(&known.answer));
        let left = ListAnswer { items, ..now };
        if !still {
            let frame = Frame {
                changes,
                total_count: left.total_count,
                tabs: left.tabs,
                next_cursor: left.next_cursor.clone(),
                event: left.event,
            };
            self.send("change", Some(format!("{}-{}", left.event, digest(&left))), &frame).await?;
        }
        self.sent = Some(Known { answer: left, scope });
        Ok(!still)
    }

    /// Whether an event after `number` speaks of a session inside the scope; also where nobody knows.
    fn touched(&self, scope: &Scope, number: i64) -> bool {
        let events = self.app.lifecycle().feed().after(number);
        events.is_none_or(|events| {
            events.iter().any(|event| {
                scope.admits(&Owners {
                    domain: &event.domain,
                    group: event.group_id,
                    user: event.user_id,
                    access_key: &event.access_key,
                })
            })
        })
    }

    async fn judge(&self) -> Result<(Caller, Scope), End> {
        let caller = self.credential.caller(&self.app).await.map_err(End::Failed)?.ok_or(End::Unauthorized)?;
        let scope = self.asked.scope(&caller).map_err(|_| End::Unauthorized)?;
        Ok((caller, scope))
    }

    async fn look(&mut self, caller: &Caller) -> Result<ListAnswer, End> {
        let (known, accounts) = (*self.events.borrow(), *self.accounts.borrow());
        let page = match &self.page {
            Some((as_whom, page)) if as_whom == caller => page.clone(),
            _ => {
                let page = self.app.shared_pages().of(caller, &self.asked);
                self.page = Some((caller.clone(), page.clone()));
                page
            }
        };
        let answer = page.look(&self.app, (caller, &self.asked), known, accounts).await.map_err(End::Failed)?;
        Ok(Arc::unwrap_or_clone(answer))
    }

    async fn send(&self, name: &str, id: Option<String>, data: &impl Serialize) -> Result<(), End> {
        let failed = |_| End::Failed(ApiError::Internal("a frame has no text"));
        // JSON has no line ends of its own, so that it is one line of data.
        let data = serde_json::to_string(data).map_err(failed)?;
        let id = id.map_or_else(String::new, |id| format!("id: {id}\n"));
        self.write(Bytes::from(format!("{id}event: {name}\ndata: {data}\n\n"))).await
    }

    async fn write(&self, bytes: Bytes) -> Result<(), End> {
        match tokio::time::timeout(PATIENCE, self.out.send(bytes)).await {
            Ok(Ok(())) => Ok(()),
            Ok(Err(_)) | Err(_) => Err(End::Left),
        }
    }
}

/// Of a page, as far as it is told: what moves with the clock alone makes no other one. It need not
/// withstand anybody: it decides what somebody is told of their own list.
fn digest(answer: &ListAnswer) -> String {
    let mut sum = Sum(DefaultHasher::new());
    let told = ListAnswer {
        items: answer.items.iter().map(unmoved).collect(),
        next_cursor: answer.next_cursor.as_ref().map(|_| String::new()),
        event: 0,
        ..*answer
    };
    // A hash takes whatever is written into it.
    let _ = serde_json::to_writer(&mut sum, &told);
    format!("{:016x}", sum.0.finish())
}

struct Sum(DefaultHasher);

impl io::Write for Sum {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.write(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
