//! Queries of people and their keys (`graphql.md` §5).

use async_graphql::{Context, ID, Object, Result};
use rollcall_model::account::UserStatus;
use rollcall_model::ids::{GroupId, UserId};
use rollcall_model::see;
use rollcall_store::{UserFilter, UserStatuses};

use super::{LIST_COST, asked, uuid};
use crate::error::{nullable, told};
use crate::graphql::accounts::{KeyPair, User};
use crate::graphql::scalars::UuidValue;

/// The queries.
#[derive(Default)]
pub(crate) struct AccountQueries;

#[Object(rename_fields = "snake_case", rename_args = "snake_case")]
impl AccountQueries {
    #[graphql(complexity = "LIST_COST + child_complexity")]
    async fn keypair(
        &self,
        ctx: &Context<'_>,
        domain_name: Option<String>,
        access_key: Option<String>,
    ) -> Option<Result<KeyPair>> {
        nullable(async {
            let (app, caller) = asked(ctx)?;
            let own = caller.access_key().as_str();
            let see = see::see_account(caller, domain_name.as_deref(), access_key.as_deref(), own).map_err(told)?;
            Ok(app.store().seen_keypair(&see).await.map_err(told)?.map(KeyPair::one))
        })
        .await
    }

    #[graphql(complexity = "LIST_COST + child_complexity")]
    async fn keypairs(
        &self,
        ctx: &Context<'_>,
        domain_name: Option<String>,
        email: Option<String>,
        is_active: Option<bool>,
    ) -> Option<Result<Vec<Option<KeyPair>>>> {
        nullable(async {
            let (app, caller) = asked(ctx)?;
            let see = see::see_keypairs(caller, domain_name.as_deref(), email.as_deref()).map_err(told)?;
            Ok(Some(KeyPair::page(app.store().seen_keypairs(&see, is_active).await.map_err(told)?)))
        })
        .await
    }

    #[graphql(complexity = "LIST_COST + child_complexity")]
    async fn user(
        &self,
        ctx: &Context<'_>,
        domain_name: Option<String>,
        email: Option<String>,
    ) -> Option<Result<User>> {
        nullable(async {
            let (app, caller) = asked(ctx)?;
            let own = caller.identity().email.as_str();
            let see = see::see_account(caller, domain_name.as_deref(), email.as_deref(), own).map_err(told)?;
            Ok(app.store().seen_user_by_email(&see).await.map_err(told)?.map(User::one))
        })
        .await
    }

    #[graphql(complexity = "LIST_COST + child_complexity")]
    async fn user_from_uuid(
        &self,
        ctx: &Context<'_>,
        domain_name: Option<String>,
        user_id: Option<ID>,
    ) -> Option<Result<User>> {
        nullable(async {
            let (app, caller) = asked(ctx)?;
            let id = user_id.map(|id| uuid(&id)).transpose()?.map(UserId);
            let see = see::see_user_by_id(caller, domain_name.as_deref(), id).map_err(told)?;
            Ok(app.store().seen_user_by_id(&see).await.map_err(told)?.map(User::one))
        })
        .await
    }

    #[graphql(complexity = "LIST_COST + child_complexity")]
    async fn users(
        &self,
        ctx: &Context<'_>,
        domain_name: Option<String>,
        group_id: Option<UuidValue>,
        is_active: Option<bool>,
        status: Option<String>,
    ) -> Option<Result<Vec<Option<User>>>> {
        nullable(async {
            let (app, caller) = asked(ctx)?;
            let see = see::see_users(caller, domain_name.as_deref()).map_err(told)?;
            let filter = user_filter(group_id, is_active, status.as_deref())?;
            Ok(Some(User::page(app.store().seen_users(&see, &filter).await.map_err(told)?)))
        })
        .await
    }
}

/// A status says more than `is_active`, and wins.
pub(super) fn user_filter(
    group: Option<UuidValue>,
    is_active: Option<bool>,
    status: Option<&str>,
) -> Result<UserFilter> {
    let status = match (status, is_active) {
        (Some(name), _) => Some(UserStatuses::Is(UserStatus::parse(name).ok_or_else(|| format!("'{name}'"))?)),
        (None, Some(true)) => Some(UserStatuses::Is(UserStatus::Active)),
        (None, Some(false)) => Some(UserStatuses::IsNot(UserStatus::Active)),
        (None, None) => None,
    };
    Ok(UserFilter { group: group.map(|group| GroupId(group.0)), status })
}
