//! Why sessions wait, in words for people: Rollcall's own field, which other servers lack.

use std::collections::HashMap;

use rollcall_model::ids::SessionId;
use rollcall_model::session::Waiting;
use serde_json::json;

use super::Sessions;
use super::list::ListOptions;
use super::rows::{SessionPage, SessionRow};
use crate::error::Error;
use crate::graphql::Query;

const SELECTION: &str = "id waiting { sentence ahead unblock }";

impl Sessions<'_> {
    /// Adds to each PENDING row of `page` why it waits, where the server tells; `options` are those
    /// that brought the page. A page on which nothing waits asks for nothing.
    ///
    /// # Errors
    /// When the server refuses or cannot be reached.
    pub async fn explain(&self, options: &ListOptions, page: &mut SessionPage) -> Result<(), Error> {
        if !page.items.iter().any(waits) || !self.client.tells("ComputeSession", "waiting").await? {
            return Ok(());
        }
        let told = self.select(options, SELECTION).await?;
        let mut told: HashMap<SessionId, Waiting> =
            told.items.into_iter().filter_map(|row| Some((row.any_id()?, row.waiting?))).collect();
        for row in page.items.iter_mut().filter(|row| waits(row)) {
            row.waiting = row.any_id().and_then(|id| told.remove(&id));
        }
        Ok(())
    }

    /// Adds to a PENDING row why it waits, where the server tells.
    ///
    /// # Errors
    /// When the server refuses or cannot be reached.
    pub async fn explain_one(&self, row: &mut SessionRow) -> Result<(), Error> {
        let Some(id) = row.any_id().filter(|_| waits(row)) else { return Ok(()) };
        if !self.client.tells("ComputeSession", "waiting").await? {
            return Ok(());
        }
        let told: Option<SessionRow> = self
            .client
            .graphql(Query {
                act: "asking why the session waits",
                root: "compute_session",
                text: format!("query($id: UUID!) {{ compute_session(id: $id) {{ {SELECTION} }} }}"),
                variables: json!({ "id": id }),
                timeout: None,
            })
            .await?;
        row.waiting = told.and_then(|told| told.waiting);
        Ok(())
    }
}

fn waits(row: &SessionRow) -> bool {
    row.status.as_deref() == Some("PENDING")
}
