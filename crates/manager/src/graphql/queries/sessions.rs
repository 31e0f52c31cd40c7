//! Queries of sessions and containers (`graphql.md` §3, §4).
#![expect(clippy::too_many_arguments, reason = "the arguments of a query are the parameters of its resolver")]

use async_graphql::{Context, ID, Object, Result};
use rollcall_model::access::{self, Caller, Scope, ScopeArguments};
use rollcall_model::ids::{GroupId, KernelId, SessionId};
use rollcall_model::list::keys::CONTAINERS;
use rollcall_model::list::request::{ListArguments, ListRequest, RowsRequest};

use super::{LIST_COST, asked, uuid};
use crate::error::{nullable, told};
use crate::graphql::container::ComputeContainer;
use crate::graphql::lists::{ComputeContainerList, ComputeSessionList};
use crate::graphql::scalars::UuidValue;
use crate::graphql::session::ComputeSession;

/// The queries.
#[derive(Default)]
pub(crate) struct SessionQueries;

#[Object(rename_fields = "snake_case", rename_args = "snake_case")]
impl SessionQueries {
    #[graphql(complexity = "LIST_COST + child_complexity")]
    async fn compute_session_list(
        &self,
        ctx: &Context<'_>,
        limit: i64,
        offset: i64,
        filter: Option<String>,
        order: Option<String>,
        domain_name: Option<String>,
        group_id: Option<String>,
        access_key: Option<String>,
        status: Option<String>,
    ) -> Option<Result<ComputeSessionList>> {
        nullable(async {
            let (app, caller) = asked(ctx)?;
            let scope = scope(caller, domain_name.as_deref(), group_id.as_deref(), access_key.as_deref())?;
            let arguments = ListArguments {
                limit,
                offset,
                status: status.as_deref(),
                filter: filter.as_deref(),
                order: order.as_deref(),
            };
            let request = ListRequest::parse(arguments)?;
            let page = app.store().list_sessions(&scope, &request).await.map_err(told)?;
            let items = ComputeSession::page(scope, page.items);
            Ok(Some(ComputeSessionList { items: items.into_iter().map(Some).collect(), total_count: page.total }))
        })
        .await
    }

    #[graphql(complexity = "LIST_COST + child_complexity")]
    async fn compute_session(
        &self,
        ctx: &Context<'_>,
        id: UuidValue,
        domain_name: Option<String>,
        access_key: Option<String>,
    ) -> Option<Result<ComputeSession>> {
        nullable(async {
            let (app, caller) = asked(ctx)?;
            let scope = scope(caller, domain_name.as_deref(), None, access_key.as_deref())?;
            let found = app.store().session(&scope, SessionId(id.0)).await.map_err(told)?;
            Ok(ComputeSession::page(scope, found.into_iter().collect()).pop())
        })
        .await
    }

    #[graphql(complexity = "LIST_COST + child_complexity")]
    async fn compute_container_list(
        &self,
        ctx: &Context<'_>,
        limit: i64,
        offset: i64,
        filter: Option<String>,
        order: Option<String>,
        session_id: ID,
        role: Option<String>,
        domain_name: Option<String>,
        group_id: Option<String>,
        access_key: Option<String>,
    ) -> Option<Result<ComputeContainerList>> {
        nullable(async {
            let (app, caller) = asked(ctx)?;
            let scope = scope(caller, domain_name.as_deref(), group_id.as_deref(), access_key.as_deref())?;
            let session = SessionId(uuid(&session_id)?);
            let arguments =
                ListArguments { limit, offset, status: None, filter: filter.as_deref(), order: order.as_deref() };
            let request = RowsRequest::parse(arguments, &CONTAINERS)?;
            let listed = app.store().list_kernels(&scope, session, role.as_deref(), &request).await;
            let page = listed.map_err(told)?;
            let items = page.items.into_iter().map(ComputeContainer::new).map(Some).collect();
            Ok(Some(ComputeContainerList { items, total_count: page.total }))
        })
        .await
    }

    #[graphql(complexity = "LIST_COST + child_complexity")]
    async fn compute_container(
        &self,
        ctx: &Context<'_>,
        id: UuidValue,
        domain_name: Option<String>,
        access_key: Option<String>,
    ) -> Option<Result<ComputeContainer>> {
        nullable(async {
            let (app, caller) = asked(ctx)?;
            let scope = scope(caller, domain_name.as_deref(), None, access_key.as_deref())?;
            let found = app.store().kernel(&scope, KernelId(id.0)).await.map_err(told)?;
            Ok(found.map(ComputeContainer::new))
        })
        .await
    }
}

pub(super) fn scope(
    caller: &Caller,
    domain: Option<&str>,
    group: Option<&str>,
    access_key: Option<&str>,
) -> Result<Scope> {
    let group = group.map(uuid).transpose()?.map(GroupId);
    access::session_scope(caller, ScopeArguments { domain, group, access_key }).map_err(told)
}
