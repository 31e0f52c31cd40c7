//! The sessions of somebody or something that is to go: seen first, and ended in the orderly way
//! where that was asked for.

use std::time::Duration;

use rollcall_client::sessions::{SessionField, live};
use rollcall_client::{Client, ListOptions, SessionRow};
use rollcall_model::role::Role;
use rollcall_model::status::Status;
use serde_json::{Value, json};

use super::answer::{counted, listed};
use super::{WHO_MAY, refused};
use crate::cli::connect::Connection;
use crate::cli::failure::Failure;
use crate::cli::text::{self, clean};
use crate::out;

/// How long the end of each session is awaited.
const END_WITHIN: Duration = Duration::from_secs(60);
/// Active sessions that are looked at.
const MOST: usize = 10_000;
/// Active sessions that are named.
const NAMED: usize = 20;

/// Whose.
#[derive(Clone, Debug)]
pub(super) enum Whose<'a> {
    /// Of these keys.
    Keys(&'a [&'a str]),
    /// Of this project.
    Group(rollcall_model::ids::GroupId),
    /// Of this domain.
    Domain(&'a str),
}

/// The sessions.
#[derive(Debug, Default)]
pub(super) struct Holdings {
    pub(super) active: Vec<SessionRow>,
    pub(super) finished: u64,
}

/// Whoever may not remove must not end sessions for it either, though many who may not remove may end
/// them. `end`: whether they would be; then the key's admin flag is needed too.
pub(super) async fn may_remove(connection: &Connection, roles: &[Role], end: bool) -> Result<(), Failure> {
    let allowed = roles.contains(&connection.role().await?);
    let flag = !end || connection.client.keypair(None).await?.is_some_and(|keypair| keypair.is_admin);
    if allowed && flag {
        return Ok(());
    }
    Err(Failure::new("this key may not remove that").next(format!("Nothing was done. {WHO_MAY}")))
}

/// Looks.
pub(super) async fn look(client: &Client, whose: &Whose<'_>) -> Result<Holdings, Failure> {
    use SessionField::{AccessKey, Id, Name, Status as State, UserEmail};
    let all = ListOptions {
        fields: vec![Id, Name, State, AccessKey, UserEmail],
        timeout: Duration::from_secs(30),
        ..ListOptions::default()
    };
    let which: Vec<ListOptions> = match whose {
        Whose::Keys(keys) => keys.iter().map(|key| ListOptions { owner: Some((*key).into()), ..all.clone() }).collect(),
        Whose::Group(id) => vec![ListOptions { group: Some(*id), ..all }],
        Whose::Domain(name) => vec![ListOptions { domain: Some((*name).into()), ..all }],
    };
    let mut holdings = Holdings::default();
    for options in which {
        let active = ListOptions { statuses: live(), ..options.clone() };
        holdings.active.extend(client.sessions().all(&active, MOST).await.map_err(refused)?.items);
        let over = ListOptions { statuses: vec![Status::Terminated, Status::Cancelled], limit: 1, ..options };
        holdings.finished += client.sessions().list(&over).await.map_err(refused)?.total_count;
    }
    Ok(holdings)
}

impl Holdings {
    /// What goes with somebody, as lines for people.
    pub(super) fn lines(&self) -> Vec<String> {
        let mut lines: Vec<String> =
            self.active.iter().take(NAMED).map(|row| format!("active: {}", told(row))).collect();
        if self.active.len() > NAMED {
            lines.push(format!("… and {} active sessions more", self.active.len() - NAMED));
        }
        if self.finished > 0 {
            lines.push(format!("{} with their logs", counted(self.finished, "finished session")));
        }
        lines
    }

    /// Refuses while sessions are active, unless they are to be ended first. Nothing has been done by
    /// then.
    pub(super) fn decided(&self, who: &str, end: bool) -> Result<(), Failure> {
        if end || self.active.is_empty() {
            return Ok(());
        }
        let count = counted(self.active.len() as u64, "active session");
        Err(Failure::new(format!("{} has {count}: {}", clean(who), self.names()))
            .next("Nothing was done. End them with `rollcall rm`, or add --end-sessions to have them ended first."))
    }

    /// The active ones by name.
    pub(super) fn names(&self) -> String {
        let shown = listed(self.active.iter().take(NAMED).map(name));
        match self.active.len().saturating_sub(NAMED) {
            0 => shown,
            more => format!("{shown}, and {more} more"),
        }
    }

    /// Ends what is active in the orderly way and awaits each end. Stops at the first that cannot be
    /// ended, with what was done and what not.
    pub(super) async fn end(&self, client: &Client, undone: &str) -> Result<Vec<String>, Failure> {
        let mut done = Vec::new();
        let stopped = |failure: Failure, done: &[String], at: usize| {
            let left = format!("{} may still be active", listed(self.active[at..].iter().take(NAMED).map(name)));
            failure.midway(done, &[left, undone.to_owned()])
        };
        for (at, row) in self.active.iter().enumerate() {
            ask_for_the_end(client, row).await.map_err(|failure| stopped(failure, &done, at))?;
        }
        for (at, row) in self.active.iter().enumerate() {
            ended(client, row).await.map_err(|failure| stopped(failure, &done, at))?;
            done.push(format!("{} ended", clean(name(row))));
            out::note(done.last().map_or("", String::as_str));
        }
        Ok(done)
    }

    /// The sessions that were ended, for programs.
    pub(super) fn ended_json(&self) -> Value {
        self.active.iter().map(|row| json!({"id": row.any_id(), "name": row.name})).collect()
    }
}

fn name(row: &SessionRow) -> &str {
    row.name.as_deref().unwrap_or("-")
}

fn told(row: &SessionRow) -> String {
    let status = text::status(row.status.as_deref().unwrap_or("-")).0;
    match &row.user_email {
        Some(email) => format!("{} ({status}, of {})", clean(name(row)), clean(email)),
        None => format!("{} ({status})", clean(name(row))),
    }
}

async fn ask_for_the_end(client: &Client, row: &SessionRow) -> Result<(), Failure> {
    let id = row.any_id().ok_or_else(|| Failure::new("the server told no id of a session"))?;
    let owner = row.access_key.as_deref().filter(|key| client.access_key() != Some(key));
    match client.sessions().destroy(id, false, owner).await {
        Ok(_) => Ok(()),
        // It went by itself, or somebody ended it: what was wanted is the case.
        Err(error) if error.slug() == Some("session-not-found") => Ok(()),
        Err(error) => Err(refused(error).about(name(row))),
    }
}

async fn ended(client: &Client, row: &SessionRow) -> Result<(), Failure> {
    let Some(id) = row.any_id() else { return Ok(()) };
    let sessions = client.sessions();
    match tokio::time::timeout(END_WITHIN, sessions.wait(id, SessionRow::is_dead)).await {
        Ok(Ok(_)) | Ok(Err(rollcall_client::Error::NoSuchSession { .. })) => Ok(()),
        Ok(Err(error)) => Err(refused(error).about(name(row))),
        Err(_) => Err(Failure::new(format!("{} has not ended within {} s", clean(name(row)), END_WITHIN.as_secs()))
            .next("Look with `rollcall info`, end it at once with `rollcall rm --force`, then try again.")),
    }
}
