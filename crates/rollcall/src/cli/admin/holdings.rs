//! The sessions of somebody or something that is to go: seen and judged first, then ended where that was
//! asked for, in the orderly way wherever there is one.

use std::time::Duration;

use rollcall_client::sessions::{SessionField, live};
use rollcall_client::{Client, Error, ListOptions, SessionRow};
use rollcall_model::ids::SessionId;
use rollcall_model::role::Role;
use rollcall_model::status::{Ending, Status};
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
/// What to do about one whose status forbids its end.
const LATER: &str = "`rollcall info` shows what it is doing. Try again after that.";
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

    /// Refuses while sessions are active, unless they are to be ended first and each can be. Nothing has
    /// been done by then.
    pub(super) fn decided(&self, who: &str, end: bool) -> Result<(), Failure> {
        let who = clean(who);
        if self.active.is_empty() {
            return Ok(());
        }
        if !end {
            let count = counted(self.active.len() as u64, "active session");
            let mut how = "End them with `rollcall rm`".to_owned();
            let forced = self.that(Ending::Forced);
            if !forced.is_empty() {
                how.push_str(&format!(" (--force for {})", some(&forced)));
            }
            return Err(Failure::new(format!("{who} has {count}: {}", self.names()))
                .next(format!("Nothing was done. {how}, or add --end-sessions to have them ended first.")));
        }
        let pulling = self.that(Ending::NotYet);
        if pulling.is_empty() {
            return Ok(());
        }
        Err(Failure::new(format!("nothing ends a session while its image is pulled: {}", some(&pulling)))
            .next("Nothing was done. Try again when the image is there; `rollcall ps` shows it."))
    }

    /// The active ones by name.
    pub(super) fn names(&self) -> String {
        some(&self.active.iter().collect::<Vec<_>>())
    }

    fn that(&self, end: Ending) -> Vec<&SessionRow> {
        self.active.iter().filter(|row| ending(row) == end).collect()
    }

    /// Ends what is active, each in the orderly way where it has one, and awaits each end. Stops at the
    /// first that cannot be ended, with what was done and what not.
    pub(super) async fn end(&self, client: &Client, undone: &str) -> Result<Vec<String>, Failure> {
        for (at, row) in self.active.iter().enumerate() {
            ask_for_the_end(client, row).await.map_err(|failure| self.stopped(failure, 0, at, undone))?;
        }
        for (at, row) in self.active.iter().enumerate() {
            ended(client, row).await.map_err(|failure| self.stopped(failure, at, self.active.len(), undone))?;
            out::note(over(row));
        }
        Ok(self.active.iter().map(over).collect())
    }

    /// Those before `ended` are over, those before `asked` were asked to end.
    fn stopped(&self, failure: Failure, ended: usize, asked: usize, undone: &str) -> Failure {
        let mut done: Vec<String> = self.active[..ended].iter().map(over).collect();
        done.extend(self.active[ended..asked].iter().map(|row| format!("{} asked to end", clean(name(row)))));
        let unasked: Vec<&SessionRow> = self.active[asked..].iter().collect();
        let mut left = Vec::new();
        if !unasked.is_empty() {
            left.push(format!("{} not ended", some(&unasked)));
        }
        left.push(undone.to_owned());
        failure.midway(&done, &left)
    }

    /// The sessions that were ended, for programs.
    pub(super) fn ended_json(&self) -> Value {
        self.active.iter().map(|row| json!({"id": row.any_id(), "name": row.name})).collect()
    }
}

fn name(row: &SessionRow) -> &str {
    row.name.as_deref().unwrap_or("-")
}

/// By name, the first of them.
fn some(rows: &[&SessionRow]) -> String {
    let shown = listed(rows.iter().take(NAMED).map(|row| name(row)));
    match rows.len().saturating_sub(NAMED) {
        0 => shown,
        more => format!("{shown}, and {more} more"),
    }
}

fn over(row: &SessionRow) -> String {
    format!("{} ended", clean(name(row)))
}

/// A status that this client does not know may have an orderly end: the server says so.
fn ending(row: &SessionRow) -> Ending {
    row.known_status().map_or(Ending::Orderly, Status::ending)
}

fn told(row: &SessionRow) -> String {
    let mut about = text::status(row.status.as_deref().unwrap_or("-")).0;
    if let Some(email) = &row.user_email {
        about.push_str(&format!(", of {}", clean(email)));
    }
    if ending(row) == Ending::Forced {
        about.push_str(", ends by force alone");
    }
    format!("{} ({about})", clean(name(row)))
}

/// In the way that its status allows. Where the server refuses because it has moved on since it was looked
/// at, it is looked at again.
async fn ask_for_the_end(client: &Client, row: &SessionRow) -> Result<(), Failure> {
    let id = row.any_id().ok_or_else(|| Failure::new("the server told no id of a session"))?;
    let owner = row.access_key.as_deref().filter(|key| client.access_key() != Some(key));
    let mut status = row.status.clone();
    let mut ending = ending(row);
    loop {
        if matches!(ending, Ending::Underway | Ending::Over) {
            return Ok(());
        }
        let error = match client.sessions().destroy(id, ending == Ending::Forced, owner).await {
            Ok(_) => return Ok(()),
            // It went by itself, or somebody ended it: what was wanted is the case.
            Err(error) if error.slug() == Some("session-not-found") => return Ok(()),
            Err(error) => error,
        };
        let Some(now) = moved(client, id, &error, status.as_deref()).await else {
            let by_status = error.status() == Some(403) && ending != Ending::Orderly;
            let failure = if by_status { Failure::from(error).next(LATER) } else { refused(error) };
            return Err(failure.about(name(row)));
        };
        ending = self::ending(&now);
        status = now.status;
    }
}

/// The row, where it stands elsewhere than when it was asked to end and was refused.
async fn moved(client: &Client, id: SessionId, error: &Error, before: Option<&str>) -> Option<SessionRow> {
    if error.status() != Some(403) {
        return None;
    }
    let now = client.sessions().get(id).await.ok()??;
    (now.status.as_deref() != before).then_some(now)
}

async fn ended(client: &Client, row: &SessionRow) -> Result<(), Failure> {
    let Some(id) = row.any_id() else { return Ok(()) };
    let sessions = client.sessions();
    match tokio::time::timeout(END_WITHIN, sessions.wait(id, SessionRow::is_dead)).await {
        Ok(Ok(_)) | Ok(Err(Error::NoSuchSession { .. })) => Ok(()),
        Ok(Err(error)) => Err(refused(error).about(name(row))),
        Err(_) => Err(Failure::new(format!("{} has not ended within {} s", clean(name(row)), END_WITHIN.as_secs()))
            .next("Look with `rollcall info`, end it at once with `rollcall rm --force`, then try again.")),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn holding(statuses: &[(&str, &str)]) -> Holdings {
        let row = |(name, status): &(&str, &str)| SessionRow {
            name: Some((*name).to_owned()),
            status: Some((*status).to_owned()),
            ..SessionRow::default()
        };
        Holdings { active: statuses.iter().map(row).collect(), finished: 0 }
    }

    fn told(failure: &Failure) -> String {
        format!("{failure:?}")
    }

    #[test]
    fn what_no_way_ends_stands_against_it_before_anything_is_done() {
        let holdings = holding(&[("runs", "RUNNING"), ("pulls", "PULLING"), ("fails", "ERROR")]);
        let refusal = told(&holdings.decided("x@y.z", true).unwrap_err());
        assert!(refusal.contains("image is pulled: pulls\"") && refusal.contains("Nothing was done."), "{refusal}");
        let refusal = told(&holdings.decided("x@y.z", false).unwrap_err());
        assert!(refusal.contains("3 active sessions") && refusal.contains("--force for fails)"), "{refusal}");
        for status in ["PENDING", "SCHEDULED", "PREPARING", "RUNNING", "TERMINATING", "ERROR", "FROM_LATER"] {
            assert!(holding(&[("one", status)]).decided("x@y.z", true).is_ok(), "{status}");
        }
    }

    #[test]
    fn what_was_done_is_told_and_what_was_not() {
        let holdings = holding(&[("one", "RUNNING"), ("two", "RUNNING"), ("three", "RUNNING")]);
        let told = told(&holdings.stopped(Failure::new("it broke"), 1, 2, "x is not removed"));
        assert!(told.contains("Done before that: one ended; two asked to end."), "{told}");
        assert!(told.contains("Not done: three not ended; x is not removed."), "{told}");
    }
}
