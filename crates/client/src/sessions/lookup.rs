//! From what people type to a session. They type an exact name or an id; what is sent is always
//! the id, because a server takes prefixes of names too.

use std::time::Duration;

use rollcall_model::ids::SessionId;
use rollcall_model::status::Status;
use serde_json::json;

use super::Sessions;
use super::fields::{ContainerField, SessionField, selection};
use super::list::{ListOptions, PAGE};
use super::rows::SessionRow;
use crate::error::{Candidate, Error};
use crate::graphql::Query;

/// Rows looked through on a server without a filter.
const MOST_LOOKED_THROUGH: usize = 10_000;

/// Which sessions a name may mean.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Which {
    /// Those that are not over.
    Live,
    /// Those that are over too, when no live one has the name.
    Any,
}

impl Sessions<'_> {
    /// The session of an id, in any status; `None` when there is none the caller may see.
    ///
    /// # Errors
    /// When the server refuses or cannot be reached.
    pub async fn get(&self, id: SessionId) -> Result<Option<SessionRow>, Error> {
        let server = self.client.server().await?;
        let fields = selection(server, SessionField::ALL, ContainerField::ALL);
        self.client
            .graphql(Query {
                act: "looking up the session",
                root: "compute_session",
                text: format!("query($id: UUID!) {{ compute_session(id: $id) {{ {fields} }} }}"),
                variables: json!({"id": id}),
                timeout: None,
            })
            .await
    }

    /// The one session of an exact name, or of an id. One's own come before others', live ones
    /// before those that are over.
    ///
    /// # Errors
    /// [`Error::NoSuchSession`], [`Error::SeveralSessions`], or as the server answers.
    pub async fn find(&self, reference: &str, which: Which, owner: Option<&str>) -> Result<SessionRow, Error> {
        if let Ok(id) = reference.parse::<SessionId>()
            && let Some(row) = self.get(id).await?
        {
            return Ok(row);
        }
        self.find_by_name(reference, which, owner).await
    }

    /// The one session of an exact name, see [`Sessions::find`].
    ///
    /// # Errors
    /// [`Error::NoSuchSession`], [`Error::SeveralSessions`], or as the server answers.
    pub async fn find_by_name(&self, name: &str, which: Which, owner: Option<&str>) -> Result<SessionRow, Error> {
        let rows = self.of_name(name, which, owner).await?;
        choose(name, rows, self.client.access_key(), which)
    }

    async fn of_name(&self, name: &str, which: Which, owner: Option<&str>) -> Result<Vec<SessionRow>, Error> {
        let Some(filter) = name_filter(name) else { return Ok(Vec::new()) };
        let mut options = ListOptions {
            fields: SessionField::ALL.to_vec(),
            container_fields: ContainerField::ALL.to_vec(),
            statuses: if which == Which::Live { live() } else { Vec::new() },
            owner: owner.map(str::to_owned),
            limit: PAGE,
            timeout: Duration::from_secs(10),
            ..ListOptions::default()
        };
        let rows = if self.client.server().await?.has_filter_and_order() {
            options.filter = Some(filter);
            self.list(&options).await?.items
        } else {
            self.all(&options, MOST_LOOKED_THROUGH).await?.items
        };
        Ok(rows.into_iter().filter(|row| row.name.as_deref() == Some(name)).collect())
    }
}

/// Every status that is not over.
#[must_use]
pub fn live() -> Vec<Status> {
    Status::ALL.into_iter().filter(|status| !status.is_dead() && *status != Status::Building).collect()
}

/// The condition that a session has exactly this name; `None` for what no session can be called, and
/// what could not be quoted either.
pub(crate) fn name_filter(name: &str) -> Option<String> {
    let is_name = !name.is_empty() && !name.contains(['"', '\\']) && !name.chars().any(char::is_control);
    is_name.then(|| format!("name == \"{name}\""))
}

/// The one that is meant by a name.
pub(crate) fn choose(name: &str, rows: Vec<SessionRow>, own: Option<&str>, which: Which) -> Result<SessionRow, Error> {
    let is_own = |row: &SessionRow| own.is_some() && row.access_key.as_deref() == own;
    let rows: Vec<SessionRow> = rows.into_iter().filter(|row| which == Which::Any || !row.is_dead()).collect();
    let best = rows.iter().map(|row| rank(row, &is_own)).min();
    let mut rows: Vec<SessionRow> = rows.into_iter().filter(|row| Some(rank(row, &is_own)) == best).collect();
    match rows.len() {
        0 => Err(Error::NoSuchSession { reference: name.to_owned() }),
        1 => Ok(rows.swap_remove(0)),
        _ => {
            rows.sort_by_key(|row| std::cmp::Reverse(row.created_at));
            let candidates = rows.into_iter().filter_map(candidate).collect();
            Err(Error::SeveralSessions { reference: name.to_owned(), candidates })
        }
    }
}

/// Live before over, own before others'.
fn rank(row: &SessionRow, is_own: &impl Fn(&SessionRow) -> bool) -> (bool, bool) {
    (row.is_dead(), !is_own(row))
}

fn candidate(row: SessionRow) -> Option<Candidate> {
    Some(Candidate {
        id: row.any_id()?,
        status: row.status.unwrap_or_default(),
        access_key: row.access_key,
        created_at: row.created_at,
    })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::panic)]
    use super::*;

    fn row(id: u128, status: &str, key: &str) -> SessionRow {
        SessionRow {
            id: Some(SessionId(uuid::Uuid::from_u128(id))),
            name: Some("mine".into()),
            status: Some(status.into()),
            access_key: Some(key.into()),
            ..SessionRow::default()
        }
    }

    #[track_caller]
    fn check(rows: &[SessionRow], which: Which, chosen: Result<u128, usize>) {
        let got = match choose("mine", rows.to_vec(), Some("OWN"), which) {
            Ok(row) => Ok(row.any_id().unwrap().0.as_u128()),
            Err(Error::NoSuchSession { .. }) => Err(0),
            Err(Error::SeveralSessions { candidates, .. }) => Err(candidates.len()),
            Err(other) => panic!("{other}"),
        };
        assert_eq!(got, chosen);
    }

    #[test]
    fn own_and_live_come_first() {
        check(&[], Which::Any, Err(0));
        check(&[row(1, "RUNNING", "OTHER"), row(2, "PENDING", "OWN")], Which::Live, Ok(2));
        check(&[row(1, "TERMINATED", "OWN"), row(2, "RUNNING", "OTHER")], Which::Any, Ok(2));
        check(&[row(1, "RUNNING", "A"), row(2, "RUNNING", "B")], Which::Live, Err(2));
    }

    #[test]
    fn over_counts_only_when_asked_for() {
        check(&[row(1, "TERMINATED", "OWN")], Which::Live, Err(0));
        check(&[row(1, "TERMINATED", "OWN")], Which::Any, Ok(1));
        check(&[row(1, "TERMINATED", "OWN"), row(2, "CANCELLED", "OWN")], Which::Any, Err(2));
    }
}
