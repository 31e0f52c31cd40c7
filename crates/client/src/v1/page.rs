//! A page with typed rows.

use rollcall_wire::v1::{ListAnswer, SessionRow, Tabs};
use serde::de::DeserializeOwned;

use crate::error::Error;

/// One page of the list.
#[derive(Clone, Debug, PartialEq)]
pub struct Page<R = SessionRow> {
    /// The rows.
    pub rows: Vec<R>,
    /// How many meet the conditions, on whatever page; `None` where nobody counted.
    pub total_count: Option<i64>,
    /// Totals of all tabs under the same scope and filter; `None` where nobody counted.
    pub tabs: Option<Tabs>,
    /// Where the next page begins; `None` on the last one.
    pub next_cursor: Option<String>,
    /// Number of the newest event that the page knows of.
    pub event: i64,
}

impl<R: DeserializeOwned> Page<R> {
    pub(super) fn read(act: &'static str, answer: &ListAnswer) -> Result<Self, Error> {
        let rows = answer.items.iter().map(R::deserialize).collect::<Result<_, _>>();
        Ok(Self {
            rows: rows.map_err(|error| Error::strange(act, error.to_string()))?,
            total_count: answer.total_count,
            tabs: answer.tabs,
            next_cursor: answer.next_cursor.clone(),
            event: answer.event,
        })
    }
}
