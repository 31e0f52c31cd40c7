//! Queries of clients before v5 (`graphql.md` §4): the lists of today in other clothes.
#![expect(clippy::too_many_arguments, reason = "the arguments of a query are the parameters of its resolver")]

use async_graphql::{Context, Object, Result};
use rollcall_model::list::filter::{Filter, Operator, Value};
use rollcall_model::list::page::Page;
use rollcall_model::list::request::{ListArguments, ListRequest};
use rollcall_model::status::Status;

use super::sessions::scope;
use super::{LIST_COST, asked};
use crate::error::{nullable, told};
use crate::graphql::legacy::{LegacyComputeSession, LegacyComputeSessionList};
use crate::graphql::session::ComputeSession;

/// The queries.
#[derive(Default)]
pub(crate) struct LegacyQueries;

#[Object(rename_fields = "snake_case", rename_args = "snake_case")]
impl LegacyQueries {
    #[graphql(complexity = "LIST_COST + child_complexity")]
    async fn legacy_compute_session_list(
        &self,
        ctx: &Context<'_>,
        limit: i64,
        offset: i64,
        order_key: Option<String>,
        order_asc: Option<bool>,
        domain_name: Option<String>,
        group_id: Option<String>,
        access_key: Option<String>,
        status: Option<String>,
    ) -> Option<Result<LegacyComputeSessionList>> {
        nullable(async {
            let (app, caller) = asked(ctx)?;
            let scope = scope(caller, domain_name.as_deref(), group_id.as_deref(), access_key.as_deref())?;
            let sign = if order_asc.unwrap_or(true) { '+' } else { '-' };
            let order = order_key.map(|key| format!("{sign}{}", today(&key)));
            let arguments =
                ListArguments { limit, offset, status: status.as_deref(), filter: None, order: order.as_deref() };
            let request = ListRequest::parse(arguments)?;
            let page = app.store().list_sessions(&scope, &request).await.map_err(told)?;
            let items = ComputeSession::page(scope, page.items);
            let items = items.into_iter().map(LegacyComputeSession).map(Some).collect();
            Ok(Some(LegacyComputeSessionList { items, total_count: page.total }))
        })
        .await
    }

    /// The newest one that runs by this name.
    #[graphql(complexity = "LIST_COST + child_complexity")]
    async fn legacy_compute_session(
        &self,
        ctx: &Context<'_>,
        sess_id: String,
        domain_name: Option<String>,
        access_key: Option<String>,
    ) -> Option<Result<LegacyComputeSession>> {
        nullable(async {
            let (app, caller) = asked(ctx)?;
            let scope = scope(caller, domain_name.as_deref(), None, access_key.as_deref())?;
            if sess_id.contains('\0') {
                return Ok(None);
            }
            let named =
                Filter::Compare { key: "name".to_owned(), operator: Operator::Equal, value: Value::Text(sess_id) };
            let request = ListRequest {
                statuses: Some(vec![Status::Running]),
                filter: Some(named),
                order: Vec::new(),
                page: Page::new(1, 0)?,
            };
            let page = app.store().list_sessions(&scope, &request).await.map_err(told)?;
            Ok(ComputeSession::page(scope, page.items).pop().map(LegacyComputeSession))
        })
        .await
    }
}

/// What a column of old is called in today's order.
fn today(key: &str) -> &str {
    match key {
        "sess_id" | "session_name" => "name",
        "sess_type" | "session_type" => "type",
        "lang" => "image",
        other => other,
    }
}
