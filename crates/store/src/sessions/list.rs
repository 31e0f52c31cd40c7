//! The session list: one page and its total.

use rollcall_model::access::Scope;
use rollcall_model::ids::SessionId;
use rollcall_model::list::filter::Filter;
use rollcall_model::list::order::OrderKey;
use rollcall_model::list::page::Page;
use rollcall_model::list::request::ListRequest;
use rollcall_model::session::{Kernel, Session};

use crate::{Store, StoreError};

/// One page of a list.
#[derive(Clone, Debug, PartialEq)]
pub struct ListPage<T> {
    /// The rows of the page.
    pub items: Vec<T>,
    /// Rows that meet the conditions, on whatever page.
    pub total: i64,
}

/// One page of sessions.
pub type SessionPage = ListPage<Session>;

/// One page of kernels.
pub type KernelPage = ListPage<Kernel>;

/// What is asked of a session's kernels.
#[derive(Clone, Debug, PartialEq)]
pub struct KernelListRequest {
    /// Only rows that meet this.
    pub filter: Option<Filter>,
    /// Empty is the list's own order.
    pub order: Vec<OrderKey>,
    /// Which rows of them.
    pub page: Page,
}

impl Store {
    /// One page of the sessions inside `scope`, and how many there are.
    ///
    /// # Errors
    /// [`StoreError::Query`], [`StoreError::Filter`].
    pub async fn list_sessions(&self, scope: &Scope, request: &ListRequest) -> Result<SessionPage, StoreError> {
        todo!("{scope:?} {request:?}")
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
        request: &KernelListRequest,
    ) -> Result<KernelPage, StoreError> {
        todo!("{scope:?} {session} {role:?} {request:?}")
    }
}
