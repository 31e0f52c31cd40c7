//! What one list request asks for, checked and parsed.

use crate::list::filter::Filter;
use crate::list::order::OrderKey;
use crate::list::page::Page;
use crate::status::Status;

/// A list request. Whose rows are meant comes apart, as a [`crate::access::Scope`].
#[derive(Clone, Debug, PartialEq)]
pub struct ListRequest {
    /// Only these statuses; `None` is any, an empty list finds nothing.
    pub statuses: Option<Vec<Status>>,
    /// Only rows that meet this.
    pub filter: Option<Filter>,
    /// Empty is the list's own order: the latest of created, changed and terminated first.
    pub order: Vec<OrderKey>,
    /// Which rows of them.
    pub page: Page,
}
