//! What is done with a session. It is named by its id, and by its owner's key where that is not
//! one's own.

use std::time::Duration;

use http::Method;
use rollcall_model::ids::SessionId;
use rollcall_wire::session::ExtendAnswer;
use serde::Deserialize;
use serde_json::Value;

use super::Sessions;
use super::rows::{RemainingTime, SessionRow};
use crate::error::Error;
use crate::transport::Call;

/// A waiting client looks again after this, then ever more slowly: most sessions start at once,
/// and those that wait for long must not use up the rate limit of their key.
const FIRST_LOOK: Duration = Duration::from_millis(50);
/// The longest pause between two looks.
const LAST_LOOK: Duration = Duration::from_secs(2);

#[derive(Deserialize)]
struct Destroyed {
    #[serde(default)]
    stats: Value,
}

#[derive(Deserialize)]
struct LogAnswer {
    result: LogText,
}

#[derive(Deserialize)]
struct LogText {
    logs: String,
}

impl Sessions<'_> {
    /// Gives a running session another name.
    ///
    /// # Errors
    /// As the server answers.
    pub async fn rename(&self, session: SessionId, name: &str, owner: Option<&str>) -> Result<(), Error> {
        let mut query = owned(owner);
        query.push(("name", name));
        self.send("renaming the session", Method::POST, session, Some("rename"), &query).await
    }

    /// Pushes the end of a running session out by `seconds`, within the policy of its key: what it has
    /// left then. Rollcall's own; other servers answer that there is no such address.
    ///
    /// # Errors
    /// As the server answers.
    pub async fn extend(
        &self,
        session: SessionId,
        seconds: u64,
        owner: Option<&str>,
    ) -> Result<Option<RemainingTime>, Error> {
        let (id, seconds) = (session.to_string(), seconds.to_string());
        let mut query = owned(owner);
        query.push(("seconds", &seconds));
        let path = [self.client.server().await?.session_prefix(), &id, "extend"];
        let call = Call::new("extending the session", Method::POST, &path).query(&query);
        let answer: ExtendAnswer = self.client.call(call).await?;
        Ok(answer.remaining)
    }

    /// Replaces the process of a running session; its home stays.
    ///
    /// # Errors
    /// As the server answers.
    pub async fn restart(&self, session: SessionId, owner: Option<&str>) -> Result<(), Error> {
        self.send("restarting the session", Method::PATCH, session, None, &owned(owner)).await
    }

    /// Ends a session. `forced` ends one that cannot be ended in order, at once; administrators
    /// only.
    ///
    /// # Errors
    /// As the server answers.
    pub async fn destroy(&self, session: SessionId, forced: bool, owner: Option<&str>) -> Result<Value, Error> {
        let mut query = owned(owner);
        if forced {
            query.push(("forced", "true"));
        }
        let id = session.to_string();
        let path = [self.client.server().await?.session_prefix(), &id];
        let call = Call::new("ending the session", Method::DELETE, &path).query(&query);
        let answer: Destroyed = self.client.call(call).await?;
        Ok(answer.stats)
    }

    /// What the session printed, as far as it is kept.
    ///
    /// # Errors
    /// As the server answers.
    pub async fn logs(&self, session: SessionId, owner: Option<&str>) -> Result<String, Error> {
        let id = session.to_string();
        let path = [self.client.server().await?.session_prefix(), &id, "logs"];
        let query = owned(owner);
        let answer: LogAnswer =
            self.client.call(Call::new("reading the log", Method::GET, &path).query(&query)).await?;
        Ok(answer.result.logs)
    }

    /// Looks at a session until `done` says so, and shows each look to `done`. The caller bounds
    /// the time.
    ///
    /// # Errors
    /// [`Error::NoSuchSession`] when it cannot be seen any more, or as the server answers.
    pub async fn wait(
        &self,
        session: SessionId,
        mut done: impl FnMut(&SessionRow) -> bool,
    ) -> Result<SessionRow, Error> {
        let mut pause = FIRST_LOOK;
        loop {
            let row =
                self.get(session).await?.ok_or_else(|| Error::NoSuchSession { reference: session.to_string() })?;
            if done(&row) {
                return Ok(row);
            }
            tokio::time::sleep(pause).await;
            pause = (pause + pause / 4).min(LAST_LOOK);
        }
    }

    async fn send(
        &self,
        act: &'static str,
        method: Method,
        session: SessionId,
        last: Option<&'static str>,
        query: &[(&str, &str)],
    ) -> Result<(), Error> {
        let id = session.to_string();
        let mut path = vec![self.client.server().await?.session_prefix(), &id];
        path.extend(last);
        self.client.call_empty(Call::new(act, method, &path).query(query)).await
    }
}

fn owned(owner: Option<&str>) -> Vec<(&str, &str)> {
    owner.map(|key| ("owner_access_key", key)).into_iter().collect()
}
