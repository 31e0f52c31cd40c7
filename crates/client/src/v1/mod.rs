//! Rollcall's own API, `/v1`, which other servers of the compatible API lack: pages of the list by
//! person, one session with its history, changes as they happen, logins.
//!
//! ```no_run
//! # async fn example(client: rollcall_client::Client) -> Result<(), rollcall_client::Error> {
//! use rollcall_client::v1::{ListQuery, News};
//! use rollcall_model::list::tab::Tab;
//!
//! if !client.v1().is_there().await? {
//!     println!("a server of the compatible API alone: ask client.sessions()");
//! }
//! let running = ListQuery { tab: Some(Tab::Running), ..ListQuery::default() };
//! let mut followed = client.v1().follow::<serde_json::Value>(&running);
//! loop {
//!     match followed.next().await? {
//!         News::Page => println!("{} sessions", followed.page().rows.len()),
//!         News::Changed(changes) => println!("{} changes", changes.len()),
//!         News::Lost => println!("the server is away"),
//!         News::Again => println!("the server is there again"),
//!     }
//! }
//! # }
//! ```

mod compatible;
mod export;
mod find;
mod follow;
mod logins;
mod page;
mod preferences;
mod query;

use http::Method;
use rollcall_model::ids::SessionId;
use serde::de::DeserializeOwned;

pub use export::Export;
pub use follow::{Change, Followed, News};
pub use page::Page;
pub use query::{ListQuery, Start};
pub use rollcall_wire::v1::{
    Detail, Explanation, HistoryLine, KernelRow, LoginAnswer, LoginRow, RecentUsage, Remaining, SessionRow,
    SlotAmounts, Tabs, Usage, UsageAnswer, UsageLine, Waiting,
};

use crate::error::Error;
use crate::transport::{Call, Client};
use rollcall_wire::v1::ListAnswer;

/// The calls of `/v1`, see [`Client::v1`].
#[derive(Clone, Copy, Debug)]
pub struct V1<'a> {
    client: &'a Client,
}

impl Client {
    /// The calls of Rollcall's own API.
    #[must_use]
    pub fn v1(&self) -> V1<'_> {
        V1 { client: self }
    }
}

impl V1<'_> {
    /// Whether the server has this API; asked once.
    ///
    /// # Errors
    /// When the server refuses the caller, or cannot be reached.
    pub async fn is_there(&self) -> Result<bool, Error> {
        self.client.has_v1().get_or_try_init(|| self.probe()).await.copied()
    }

    /// The handshake of the compatible API is the same everywhere, so that the least page is asked for.
    async fn probe(&self) -> Result<bool, Error> {
        let query = [("limit", "1"), ("fields", "id"), ("count", "none")];
        let call = Call::new("asking what the server is", Method::GET, &["v1", "sessions"]).query(&query);
        match self.client.call::<ListAnswer>(call).await {
            Ok(_) => Ok(true),
            // Another server has something else there, or nothing.
            Err(Error::Response { status: None, .. }) => Ok(false),
            Err(error) if matches!(error.any_status(), Some(404 | 405)) => Ok(false),
            Err(error) => Err(error),
        }
    }

    /// One page. A row is a [`SessionRow`], or with [`ListQuery::fields`] what has these fields.
    ///
    /// # Errors
    /// As the server answers.
    pub async fn page<R: DeserializeOwned>(&self, query: &ListQuery) -> Result<Page<R>, Error> {
        const ACT: &str = "listing sessions";
        let pairs = query.pairs();
        let pairs = query::borrowed(&pairs);
        let call = Call::new(ACT, Method::GET, &["v1", "sessions"]).query(&pairs);
        Page::read(ACT, &self.client.call::<ListAnswer>(call).await?)
    }

    /// A page and what comes of it, from the first call of [`Followed::next`] on. Nothing is sent yet.
    #[must_use]
    pub fn follow<R: DeserializeOwned>(&self, query: &ListQuery) -> Followed<R> {
        Followed::new(self.client.clone(), query.pairs())
    }

    /// One session with its history.
    ///
    /// # Errors
    /// `session-not-found` where the caller sees none of that id; else as the server answers.
    pub async fn session(&self, id: SessionId) -> Result<Detail, Error> {
        let id = id.to_string();
        self.client.call(Call::new("looking up the session", Method::GET, &["v1", "sessions", &id])).await
    }

    /// What a session used over time.
    ///
    /// # Errors
    /// `session-not-found` where the caller sees none of that id; else as the server answers.
    pub async fn usage(&self, id: SessionId) -> Result<UsageAnswer, Error> {
        let id = id.to_string();
        let path = ["v1", "sessions", &id, "usage"];
        self.client.call(Call::new("asking what the session used", Method::GET, &path)).await
    }

    /// Why a session stands in the caller's list, or does not.
    ///
    /// # Errors
    /// As the server answers.
    pub async fn explain(&self, id: SessionId) -> Result<Explanation, Error> {
        let id = id.to_string();
        let path = ["v1", "sessions", &id, "explain"];
        self.client.call(Call::new("asking why the session is listed", Method::GET, &path)).await
    }
}
