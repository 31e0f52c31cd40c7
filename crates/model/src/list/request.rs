//! A list request with everything parsed and checked, ready for the store.

use super::filter::{self, Filter, FilterError};
use super::keys::{KeyTable, SESSIONS};
use super::order::{self, OrderError, OrderKey};
use super::page::{Page, PageError};
use crate::status::{Status, UnknownStatus};

/// Which sessions, in which order, which page. Whose is the [`crate::access::Scope`]'s business.
#[derive(Clone, Debug, PartialEq)]
pub struct ListRequest {
    /// Only these; `None` is any status. An empty list matches nothing.
    pub statuses: Option<Vec<Status>>,
    /// Only those that meet the condition.
    pub filter: Option<Filter>,
    /// Empty is the default: the latest of created, changed and terminated first.
    pub order: Vec<OrderKey>,
    /// Page.
    pub page: Page,
}

/// Which rows of any other list, in which order, which page. What its default order is and who may
/// see which rows is the list's own business.
#[derive(Clone, Debug, PartialEq)]
pub struct RowsRequest {
    /// Only those that meet the condition.
    pub filter: Option<Filter>,
    /// Empty is the list's own order.
    pub order: Vec<OrderKey>,
    /// Page.
    pub page: Page,
}

/// The arguments as they came.
#[derive(Clone, Copy, Debug, Default)]
pub struct ListArguments<'a> {
    /// `limit`.
    pub limit: i64,
    /// `offset`.
    pub offset: i64,
    /// `status`, names joined by commas.
    pub status: Option<&'a str>,
    /// `filter`.
    pub filter: Option<&'a str>,
    /// `order`; empty is the default order.
    pub order: Option<&'a str>,
}

/// The arguments make no request. The texts are the contract's (`errors.md` §4).
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ListError {
    /// Limit or offset.
    #[error(transparent)]
    Page(#[from] PageError),
    /// A status.
    #[error(transparent)]
    Status(#[from] UnknownStatus),
    /// Filter.
    #[error(transparent)]
    Filter(#[from] FilterError),
    /// Order.
    #[error(transparent)]
    Order(#[from] OrderError),
}

impl ListRequest {
    /// Reads the arguments of `compute_session_list`.
    ///
    /// # Errors
    /// [`ListError`] for the first argument that cannot be read.
    pub fn parse(arguments: ListArguments<'_>) -> Result<Self, ListError> {
        Self::parse_by(arguments, &SESSIONS)
    }

    /// The same with the keys that the asker has.
    ///
    /// # Errors
    /// [`ListError`] for the first argument that cannot be read.
    pub fn parse_by(arguments: ListArguments<'_>, keys: &KeyTable) -> Result<Self, ListError> {
        let statuses = arguments.status.map(parse_statuses).transpose()?;
        let RowsRequest { filter, order, page } = RowsRequest::parse(arguments, keys)?;
        Ok(Self { statuses, filter, order, page })
    }
}

impl RowsRequest {
    /// Reads the arguments of a list with these keys; `status` is not among them.
    ///
    /// # Errors
    /// [`ListError`] for the first argument that cannot be read.
    pub fn parse(arguments: ListArguments<'_>, keys: &KeyTable) -> Result<Self, ListError> {
        Ok(Self {
            page: Page::new(arguments.limit, arguments.offset)?,
            filter: arguments.filter.map(|text| filter::parse(text, keys)).transpose()?,
            order: arguments.order.map(|text| order::parse(text, keys)).transpose()?.unwrap_or_default(),
        })
    }
}

/// Reads status names joined by commas: exact, no blanks, none empty (`graphql.md` §3.2).
/// `RUNNING_DEGRADED`, which newer clients send, is no error and matches nothing.
///
/// # Errors
/// [`UnknownStatus`] prints the first bad piece in single quotes.
pub fn parse_statuses(text: &str) -> Result<Vec<Status>, UnknownStatus> {
    let mut statuses = Vec::new();
    for name in text.split(',').filter(|name| *name != "RUNNING_DEGRADED") {
        let status = name.parse()?;
        if !statuses.contains(&status) {
            statuses.push(status);
        }
    }
    Ok(statuses)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

    use super::*;

    #[test]
    fn status_lists_are_exact() {
        assert_eq!(parse_statuses("RUNNING,PENDING,RUNNING"), Ok(vec![Status::Running, Status::Pending]));
        assert_eq!(parse_statuses("RUNNING,RUNNING_DEGRADED"), Ok(vec![Status::Running]));
        assert_eq!(parse_statuses("RUNNING_DEGRADED"), Ok(vec![]));
        for (text, message) in
            [("running", "'running'"), ("", "''"), ("RUNNING, PENDING", "' PENDING'"), ("RUNNING,", "''")]
        {
            assert_eq!(parse_statuses(text).unwrap_err().to_string(), message);
        }
    }

    #[test]
    fn an_empty_order_is_the_default_and_an_empty_filter_an_error() {
        let arguments = ListArguments { limit: 20, order: Some(""), ..ListArguments::default() };
        assert_eq!(ListRequest::parse(arguments).unwrap().order, []);
        let arguments = ListArguments { filter: Some(""), ..arguments };
        let message = ListRequest::parse(arguments).unwrap_err().to_string();
        assert!(message.starts_with("Query filter parsing error: "), "{message}");
    }

    #[test]
    fn pages_have_bounds() {
        let parse = |limit, offset| ListRequest::parse(ListArguments { limit, offset, ..ListArguments::default() });
        assert!(parse(0, 0).is_ok() && parse(1000, i64::MAX).is_ok());
        assert_eq!(parse(1001, 0), Err(ListError::Page(PageError::Limit)));
        assert_eq!(parse(-1, 0), Err(ListError::Page(PageError::Limit)));
        assert_eq!(parse(1, -1), Err(ListError::Page(PageError::Offset)));
    }
}
