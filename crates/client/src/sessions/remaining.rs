//! How long running sessions have left: Rollcall's own field, which other servers lack.

use std::collections::HashMap;

use rollcall_model::ids::SessionId;
use serde_json::json;

use super::Sessions;
use super::list::ListOptions;
use super::rows::{RemainingTime, SessionPage, SessionRow};
use crate::error::Error;
use crate::graphql::Query;

const SELECTION: &str = "id remaining { sentence ends_at reason seconds extendable_seconds }";

impl Sessions<'_> {
    /// Adds to each RUNNING row of `page` how long it has left, where the server tells; `options` are
    /// those that brought the page. A page on which nothing runs asks for nothing.
    ///
    /// # Errors
    /// When the server refuses or cannot be reached.
    pub async fn add_remaining(&self, options: &ListOptions, page: &mut SessionPage) -> Result<(), Error> {
        if !page.items.iter().any(runs) || !self.client.tells("ComputeSession", "remaining").await? {
            return Ok(());
        }
        let told = self.select(options, SELECTION).await?;
        let mut told: HashMap<SessionId, RemainingTime> =
            told.items.into_iter().filter_map(|row| Some((row.any_id()?, row.remaining?))).collect();
        for row in page.items.iter_mut().filter(|row| runs(row)) {
            row.remaining = row.any_id().and_then(|id| told.remove(&id));
        }
        Ok(())
    }

    /// Adds to a RUNNING row how long it has left, where the server tells.
    ///
    /// # Errors
    /// When the server refuses or cannot be reached.
    pub async fn add_remaining_to(&self, row: &mut SessionRow) -> Result<(), Error> {
        let Some(id) = row.any_id().filter(|_| runs(row)) else { return Ok(()) };
        if !self.client.tells("ComputeSession", "remaining").await? {
            return Ok(());
        }
        let told: Option<SessionRow> = self
            .client
            .graphql(Query {
                act: "asking how long the session has left",
                root: "compute_session",
                text: format!("query($id: UUID!) {{ compute_session(id: $id) {{ {SELECTION} }} }}"),
                variables: json!({ "id": id }),
                timeout: None,
            })
            .await?;
        row.remaining = told.and_then(|told| told.remaining);
        Ok(())
    }
}

fn runs(row: &SessionRow) -> bool {
    row.status.as_deref() == Some("RUNNING")
}
