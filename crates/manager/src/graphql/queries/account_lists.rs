//! Pages of people and keypairs with filter and order (`graphql.md` §5).
#![expect(clippy::too_many_arguments, reason = "the arguments of a query are the parameters of its resolver")]

use async_graphql::{Context, Object, Result};
use rollcall_model::list::keys::{KEYPAIRS, USERS};
use rollcall_model::list::request::{ListArguments, RowsRequest};
use rollcall_model::see;

use super::accounts::user_filter;
use super::{LIST_COST, asked};
use crate::error::{nullable, told};
use crate::graphql::accounts::{KeyPair, User};
use crate::graphql::lists::{KeyPairList, UserList};
use crate::graphql::scalars::UuidValue;

/// The queries.
#[derive(Default)]
pub(crate) struct AccountListQueries;

#[Object(rename_fields = "snake_case", rename_args = "snake_case")]
impl AccountListQueries {
    #[graphql(complexity = "LIST_COST + child_complexity")]
    async fn user_list(
        &self,
        ctx: &Context<'_>,
        limit: i64,
        offset: i64,
        filter: Option<String>,
        order: Option<String>,
        domain_name: Option<String>,
        group_id: Option<UuidValue>,
        is_active: Option<bool>,
        status: Option<String>,
    ) -> Option<Result<UserList>> {
        nullable(async {
            let (app, caller) = asked(ctx)?;
            let see = see::see_users(caller, domain_name.as_deref()).map_err(told)?;
            let chosen = user_filter(group_id, is_active, status.as_deref())?;
            let arguments =
                ListArguments { limit, offset, status: None, filter: filter.as_deref(), order: order.as_deref() };
            let request = RowsRequest::parse(arguments, &USERS)?;
            let page = app.store().list_users(&see, &chosen, &request).await.map_err(told)?;
            Ok(Some(UserList { items: User::page(page.items), total_count: page.total }))
        })
        .await
    }

    #[graphql(complexity = "LIST_COST + child_complexity")]
    async fn keypair_list(
        &self,
        ctx: &Context<'_>,
        limit: i64,
        offset: i64,
        filter: Option<String>,
        order: Option<String>,
        domain_name: Option<String>,
        email: Option<String>,
        is_active: Option<bool>,
    ) -> Option<Result<KeyPairList>> {
        nullable(async {
            let (app, caller) = asked(ctx)?;
            let see = see::see_keypairs(caller, domain_name.as_deref(), email.as_deref()).map_err(told)?;
            let arguments =
                ListArguments { limit, offset, status: None, filter: filter.as_deref(), order: order.as_deref() };
            let request = RowsRequest::parse(arguments, &KEYPAIRS)?;
            let page = app.store().list_keypairs(&see, is_active, &request).await.map_err(told)?;
            Ok(Some(KeyPairList { items: KeyPair::page(page.items), total_count: page.total }))
        })
        .await
    }
}
