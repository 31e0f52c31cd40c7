//! Queries of people and what belongs to them (`graphql.md` §5).

use async_graphql::{Context, Object, Result};
use rollcall_model::ids::AccessKey;
use rollcall_model::see::{self, SeeGroups};

use super::{LIST_COST, asked};
use crate::error::{nullable, told};
use crate::graphql::accounts::{Group, KeyPair, User};

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
            let Some(found) = app.store().keypair(&AccessKey::from(see.subject())).await.map_err(told)? else {
                return Ok(None);
            };
            if see.domain().is_some() {
                let owner = app.store().user_by_id(found.user_id).await.map_err(told)?;
                if !owner.is_some_and(|owner| see.admits(&owner.domain)) {
                    return Ok(None);
                }
            }
            Ok(Some(KeyPair(found)))
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
            let found = app.store().user_by_email(see.subject()).await.map_err(told)?;
            Ok(found.filter(|user| see.admits(&user.domain)).map(User))
        })
        .await
    }

    #[graphql(complexity = "LIST_COST + child_complexity")]
    async fn groups(
        &self,
        ctx: &Context<'_>,
        domain_name: Option<String>,
        is_active: Option<bool>,
    ) -> Option<Result<Vec<Option<Group>>>> {
        nullable(async {
            let (app, caller) = asked(ctx)?;
            let found = match see::see_groups(caller, domain_name.as_deref()).map_err(told)? {
                SeeGroups::JoinedBy(user) => app.store().groups_of_user(user).await,
                SeeGroups::Within(domain) => app.store().groups(domain.as_ref(), is_active).await,
            };
            Ok(Some(found.map_err(told)?.into_iter().map(Group).map(Some).collect()))
        })
        .await
    }
}
