//! The session list: one page and its total.
//!
//! Without a free filter and order nothing is scanned or sorted: the page is a merge of one
//! ordered index walk for each status, and the total comes from counters. Everything else is
//! counted exactly.

use std::collections::BTreeMap;

use rollcall_model::access::Scope;
use rollcall_model::ids::SessionId;
use rollcall_model::list::after::After;
use rollcall_model::list::filter::Filter;
use rollcall_model::list::request::{ListRequest, RowsRequest};
use rollcall_model::session::{Kernel, Session};
use rollcall_model::status::Status;
use uuid::Uuid;

use super::query::{self, KERNELS, SESSIONS, Sought};
use crate::codec::{findable, status, storable};
use crate::{Store, StoreError};

/// One page of a list.
#[derive(Clone, Debug, PartialEq)]
pub struct ListPage<T> {
    /// The rows of the page.
    pub items: Vec<T>,
    /// Rows that meet the conditions, on whatever page.
    pub total: i64,
}

impl<T> ListPage<T> {
    pub(crate) fn empty() -> Self {
        Self { items: Vec::new(), total: 0 }
    }
}

/// One page of sessions.
pub type SessionPage = ListPage<Session>;

/// One page of kernels.
pub type KernelPage = ListPage<Kernel>;

#[derive(sqlx::FromRow)]
struct PageRow {
    id: Uuid,
}

#[derive(sqlx::FromRow)]
struct StatusRow {
    status: i64,
    total: i64,
}

#[derive(sqlx::FromRow)]
pub(crate) struct TotalRow {
    pub(crate) total: i64,
}

impl Store {
    /// One page of the sessions inside `scope`, and how many there are.
    ///
    /// # Errors
    /// [`StoreError::Query`], [`StoreError::Filter`].
    pub async fn list_sessions(&self, scope: &Scope, request: &ListRequest) -> Result<SessionPage, StoreError> {
        let statuses = distinct(request.statuses.as_deref().unwrap_or(&Status::ALL));
        if statuses.is_empty() || !findable(scope) {
            return Ok(ListPage::empty());
        }
        let total = match &request.filter {
            None => query::counted_total(scope, &statuses),
            Some(filter) => Sought::sessions(scope, &statuses, filter)?.count(&SESSIONS),
        };
        let total = self.total(&total).await?;
        Ok(ListPage { items: self.walk_sessions(scope, request, None).await?, total })
    }

    /// Sessions inside `scope` from a place on, without counting them; the offset counts from there.
    ///
    /// # Errors
    /// [`StoreError::Query`], [`StoreError::Filter`], also for a place that is none of this list.
    pub async fn walk_sessions(
        &self,
        scope: &Scope,
        request: &ListRequest,
        after: Option<&After>,
    ) -> Result<Vec<Session>, StoreError> {
        let statuses = distinct(request.statuses.as_deref().unwrap_or(&Status::ALL));
        if statuses.is_empty() || request.page.limit() == 0 || !findable(scope) {
            return Ok(Vec::new());
        }
        let order = request.order.as_slice();
        let page = match (&request.filter, order) {
            (None, []) => query::merged_page(self.engine(), scope, &statuses, after, request.page)?,
            (filter, order) => {
                let sought = match filter {
                    None => Sought::all_sessions(scope, &statuses),
                    Some(filter) => Sought::sessions(scope, &statuses, filter)?,
                };
                let sought = match after {
                    None => sought,
                    Some(after) => sought.after(&SESSIONS, order, after)?,
                };
                sought.page(&SESSIONS, order, request.page)?
            }
        };
        self.sessions_by_id(&self.page_ids(&page).await?).await
    }

    /// How many sessions inside `scope` meet the condition, by status; those that have none are left
    /// out.
    ///
    /// # Errors
    /// [`StoreError::Query`], [`StoreError::Filter`].
    pub async fn count_sessions(
        &self,
        scope: &Scope,
        filter: Option<&Filter>,
    ) -> Result<BTreeMap<Status, i64>, StoreError> {
        if !findable(scope) {
            return Ok(BTreeMap::new());
        }
        let query = match filter {
            None => query::counted_by_status(scope),
            Some(filter) => Sought::sessions(scope, &Status::ALL, filter)?.count_by_status(),
        };
        let rows: Vec<StatusRow> = query::fetch(self, &query, "counting a list by status").await?;
        let counted = rows.into_iter().filter(|row| row.total != 0);
        counted.map(|row| Ok((status(row.status, &"a total")?, row.total))).collect()
    }

    /// One page of a session's kernels, optionally of one cluster role, and how many there are.
    ///
    /// # Errors
    /// [`StoreError::Query`], [`StoreError::Filter`].
    pub async fn list_kernels(
        &self,
        scope: &Scope,
        session: SessionId,
        role: Option<&str>,
        request: &RowsRequest,
    ) -> Result<KernelPage, StoreError> {
        if !findable(scope) || !role.is_none_or(storable) {
            return Ok(ListPage::empty());
        }
        let sought = Sought::kernels(scope, session, role, request.filter.as_ref())?;
        let total = self.total(&sought.count(&KERNELS)).await?;
        let page = sought.page(&KERNELS, &request.order, request.page)?;
        let items = self.page_ids(&page).await?;
        Ok(ListPage { items: self.kernels_by_id(&items).await?, total })
    }

    async fn total(&self, query: &sea_query::SelectStatement) -> Result<i64, StoreError> {
        let rows: Vec<TotalRow> = query::fetch(self, query, "counting a list").await?;
        Ok(rows.first().map_or(0, |row| row.total))
    }

    async fn page_ids(&self, query: &sea_query::SelectStatement) -> Result<Vec<Uuid>, StoreError> {
        let rows: Vec<PageRow> = query::fetch(self, query, "reading a list").await?;
        Ok(rows.into_iter().map(|row| row.id).collect())
    }
}

/// A status given twice must not give its rows twice.
fn distinct(statuses: &[Status]) -> Vec<Status> {
    Status::ALL.into_iter().filter(|status| statuses.contains(status)).collect()
}
