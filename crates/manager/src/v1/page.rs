//! A page of the list, and what it was asked with.

use std::collections::BTreeMap;

use rollcall_model::access::{self, Caller, Scope, ScopeArguments};
use rollcall_model::ids::GroupId;
use rollcall_model::list::after::After;
use rollcall_model::list::keys::session_keys;
use rollcall_model::list::page::Page;
use rollcall_model::list::request::{ListArguments, ListError, ListRequest};
use rollcall_model::session::Session;
use rollcall_model::status::Status;
use rollcall_store::StoreError;
use rollcall_wire::parameters::Parameters;
use rollcall_wire::v1::{Count, ListAsked, Start, Tabs};

use super::cursor::{Cursor, wrong};
use crate::error::ApiError;
use crate::manager::App;

/// A list that somebody asked for, checked.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Asked {
    pub(super) asked: ListAsked,
    pub(super) request: ListRequest,
    after: Option<After>,
}

/// One look at the list.
#[derive(Debug)]
pub(super) struct Look {
    pub(super) sessions: Vec<Session>,
    /// Whether there are more behind them.
    pub(super) more: bool,
    pub(super) total: Option<i64>,
    pub(super) tabs: Option<Tabs>,
}

impl Asked {
    /// Reads the parameters of `/v1/sessions` and what stands beside it.
    pub(super) fn of(app: &App, caller: &Caller, given: Parameters) -> Result<Self, ApiError> {
        let mut asked = ListAsked::of(given)?;
        let after = match asked.start.clone() {
            Start::Cursor(text) => Some(Cursor::open(app.store(), caller, &text, &mut asked)?.after),
            Start::Offset(_) => None,
        };
        let offset = if let Start::Offset(offset) = asked.start { offset } else { 0 };
        let arguments = ListArguments {
            limit: asked.limit,
            offset,
            status: asked.status.as_deref(),
            filter: asked.filter.as_deref(),
            order: asked.order.as_deref(),
        };
        let request = ListRequest::parse_by(arguments, session_keys(caller.role())).map_err(refused)?;
        if after.as_ref().is_some_and(|after| !after.fits(&request.order)) {
            return Err(wrong("cursor", "does not fit the order"));
        }
        Ok(Self { asked, request, after })
    }

    /// Whose sessions the caller asked for, by the rights of this moment: to the filter too.
    pub(super) fn scope(&self, caller: &Caller) -> Result<Scope, ApiError> {
        if let Some(filter) = &self.asked.filter {
            let arguments = ListArguments { limit: 1, filter: Some(filter), ..ListArguments::default() };
            ListRequest::parse_by(arguments, session_keys(caller.role())).map_err(refused)?;
        }
        let arguments = ScopeArguments {
            domain: self.asked.domain_name.as_deref(),
            group: self.asked.group_id.map(GroupId),
            access_key: self.asked.access_key.as_deref(),
        };
        Ok(access::person_scope(caller, arguments)?)
    }

    /// Looks. One row more than asked for tells whether there are more.
    pub(super) async fn look(&self, app: &App, scope: &Scope) -> Result<Look, ApiError> {
        let wanted = self.request.page.limit();
        let counts = match self.asked.count {
            Count::None => None,
            Count::Exact => {
                Some(app.store().count_sessions(scope, self.request.filter.as_ref()).await.map_err(filtered)?)
            }
        };
        let page = Page::new(i64::from(wanted) + 1, i64::try_from(self.request.page.offset()).unwrap_or(i64::MAX));
        // A page of the largest size is asked for twice where there may be more.
        let request = ListRequest { page: page.unwrap_or(self.request.page), ..self.request.clone() };
        let found = app.store().walk_sessions(scope, &request, self.after.as_ref()).await;
        let mut sessions = found.map_err(filtered)?;
        let mut more = sessions.len() > wanted as usize;
        sessions.truncate(wanted as usize);
        if request.page == self.request.page && sessions.len() == wanted as usize {
            more = self.has_more(app, scope, sessions.last()).await?;
        }
        let total = counts.as_ref().map(|counts| self.total(counts));
        Ok(Look { sessions, more, total, tabs: counts.as_ref().map(Tabs::of) })
    }

    async fn has_more(&self, app: &App, scope: &Scope, last: Option<&Session>) -> Result<bool, ApiError> {
        let Some(last) = last else { return Ok(false) };
        let after = After::row(last, &self.request.order);
        let page = Page::new(1, 0).unwrap_or(self.request.page);
        let request = ListRequest { page, ..self.request.clone() };
        Ok(!app.store().walk_sessions(scope, &request, Some(&after)).await.map_err(filtered)?.is_empty())
    }

    fn total(&self, counts: &BTreeMap<Status, i64>) -> i64 {
        let wanted = |status: &Status| self.request.statuses.as_ref().is_none_or(|all| all.contains(status));
        counts.iter().filter(|(status, _)| wanted(status)).map(|(_, count)| count).sum()
    }

    /// Where the next page begins.
    pub(super) fn next(&self, app: &App, caller: &Caller, look: &Look) -> Result<Option<String>, ApiError> {
        let Some(last) = look.sessions.last().filter(|_| look.more) else { return Ok(None) };
        let after = After::row(last, &self.request.order);
        Ok(Some(Cursor::of(&self.asked, after).seal(app.store(), caller)?))
    }

    /// The same list from a row on.
    pub(super) fn from(&self, last: &Session) -> Self {
        let after = Some(After::row(last, &self.request.order));
        let page = Page::new(i64::from(self.request.page.limit()), 0).unwrap_or(self.request.page);
        Self { after, request: ListRequest { page, ..self.request.clone() }, asked: self.asked.clone() }
    }

    /// Rows from here on, without counting them.
    pub(super) async fn walk(&self, app: &App, scope: &Scope) -> Result<Vec<Session>, ApiError> {
        app.store().walk_sessions(scope, &self.request, self.after.as_ref()).await.map_err(filtered)
    }
}

/// What the store cannot compare is the asker's mistake.
fn filtered(error: StoreError) -> ApiError {
    match error {
        StoreError::Filter(reason) => wrong("filter", &reason),
        other => other.into(),
    }
}

fn refused(error: ListError) -> ApiError {
    let name = match &error {
        ListError::Page(_) => "limit",
        ListError::Status(_) => "status",
        ListError::Filter(_) => "filter",
        ListError::Order(_) => "order",
    };
    wrong(name, &error.to_string())
}
