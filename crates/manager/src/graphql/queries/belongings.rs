//! Queries of domains, projects, policies, presets and resource groups (`graphql.md` §5).

use async_graphql::{Context, Object, Result};
use rollcall_model::ids::{AccessKey, DomainName, GroupId};
use rollcall_model::see;
use rollcall_store::{GroupFilter, ResourceGroupFilter, UsableBy};

use super::{LIST_COST, asked};
use crate::error::{nullable, told};
use crate::graphql::accounts::Group;
use crate::graphql::belongings::{Domain, KeyPairResourcePolicy, ResourcePreset, ScalingGroup};
use crate::graphql::scalars::UuidValue;

/// The queries.
#[derive(Default)]
pub(crate) struct BelongingQueries;

#[Object(rename_fields = "snake_case", rename_args = "snake_case")]
impl BelongingQueries {
    #[graphql(complexity = "LIST_COST + child_complexity")]
    async fn domain(&self, ctx: &Context<'_>, name: Option<String>) -> Option<Result<Domain>> {
        nullable(async {
            let (app, caller) = asked(ctx)?;
            let see = see::see_domain(caller, name.as_deref()).map_err(told)?;
            Ok(app.store().seen_domain(&see).await.map_err(told)?.map(Domain::one))
        })
        .await
    }

    #[graphql(complexity = "LIST_COST + child_complexity")]
    async fn domains(&self, ctx: &Context<'_>, is_active: Option<bool>) -> Option<Result<Vec<Option<Domain>>>> {
        nullable(async {
            let (app, caller) = asked(ctx)?;
            let see = see::see_privileged(caller).map_err(told)?;
            Ok(Some(Domain::page(app.store().domains(see, is_active).await.map_err(told)?)))
        })
        .await
    }

    #[graphql(complexity = "LIST_COST + child_complexity")]
    async fn group(&self, ctx: &Context<'_>, id: UuidValue, domain_name: Option<String>) -> Option<Result<Group>> {
        nullable(async {
            let (app, caller) = asked(ctx)?;
            let see = see::see_group(caller, domain_name.as_deref()).map_err(told)?;
            let filter = GroupFilter { id: Some(GroupId(id.0)), ..GroupFilter::default() };
            Ok(app.store().seen_groups(&see, &filter).await.map_err(told)?.pop().map(Group::one))
        })
        .await
    }

    #[graphql(complexity = "LIST_COST + child_complexity")]
    async fn groups_by_name(
        &self,
        ctx: &Context<'_>,
        name: String,
        domain_name: Option<String>,
    ) -> Option<Result<Vec<Option<Group>>>> {
        nullable(async {
            let (app, caller) = asked(ctx)?;
            let see = see::see_group(caller, domain_name.as_deref()).map_err(told)?;
            let filter = GroupFilter { name: Some(&name), ..GroupFilter::default() };
            Ok(Some(Group::page(app.store().seen_groups(&see, &filter).await.map_err(told)?)))
        })
        .await
    }

    /// Users get the ones they joined, whatever they ask for.
    #[graphql(complexity = "LIST_COST + child_complexity")]
    async fn groups(
        &self,
        ctx: &Context<'_>,
        domain_name: Option<String>,
        is_active: Option<bool>,
    ) -> Option<Result<Vec<Option<Group>>>> {
        nullable(async {
            let (app, caller) = asked(ctx)?;
            let see = see::see_groups(caller, domain_name.as_deref()).map_err(told)?;
            let is_active = is_active.filter(|_| see.member().is_none());
            let found = app.store().seen_groups(&see, &GroupFilter { is_active, ..GroupFilter::default() }).await;
            Ok(Some(Group::page(found.map_err(told)?)))
        })
        .await
    }

    /// Any for anyone; the signing key's own unless named.
    #[graphql(complexity = "LIST_COST + child_complexity")]
    async fn keypair_resource_policy(
        &self,
        ctx: &Context<'_>,
        name: Option<String>,
    ) -> Option<Result<KeyPairResourcePolicy>> {
        nullable(async {
            let (app, caller) = asked(ctx)?;
            let name = name.as_deref().unwrap_or(&caller.identity().resource_policy);
            Ok(app.store().named_policy(name).await.map_err(told)?.map(KeyPairResourcePolicy))
        })
        .await
    }

    #[graphql(complexity = "LIST_COST + child_complexity")]
    async fn keypair_resource_policies(&self, ctx: &Context<'_>) -> Option<Result<Vec<Option<KeyPairResourcePolicy>>>> {
        nullable(async {
            let (app, caller) = asked(ctx)?;
            let see = see::see_policies(caller).map_err(told)?;
            let found = app.store().seen_policies(&see).await.map_err(told)?;
            Ok(Some(found.into_iter().map(KeyPairResourcePolicy).map(Some).collect()))
        })
        .await
    }

    #[graphql(complexity = "LIST_COST + child_complexity")]
    async fn resource_preset(&self, ctx: &Context<'_>, name: Option<String>) -> Option<Result<ResourcePreset>> {
        nullable(async {
            let (app, _) = asked(ctx)?;
            Ok(app.store().preset(&needed(name)?).await.map_err(told)?.map(ResourcePreset))
        })
        .await
    }

    #[graphql(complexity = "LIST_COST + child_complexity")]
    async fn resource_presets(&self, ctx: &Context<'_>) -> Option<Result<Vec<Option<ResourcePreset>>>> {
        nullable(async {
            let (app, _) = asked(ctx)?;
            let found = app.store().presets().await.map_err(told)?;
            Ok(Some(found.into_iter().map(ResourcePreset).map(Some).collect()))
        })
        .await
    }

    #[graphql(complexity = "LIST_COST + child_complexity")]
    async fn scaling_group(&self, ctx: &Context<'_>, name: Option<String>) -> Option<Result<ScalingGroup>> {
        nullable(async {
            let (app, caller) = asked(ctx)?;
            let see = see::see_privileged(caller).map_err(told)?;
            let name = needed(name)?;
            let filter = ResourceGroupFilter { name: Some(&name), ..ResourceGroupFilter::default() };
            Ok(app.store().resource_groups(see, &filter).await.map_err(told)?.pop().map(ScalingGroup))
        })
        .await
    }

    #[graphql(complexity = "LIST_COST + child_complexity")]
    async fn scaling_groups(
        &self,
        ctx: &Context<'_>,
        name: Option<String>,
        is_active: Option<bool>,
    ) -> Option<Result<Vec<Option<ScalingGroup>>>> {
        let filter = ResourceGroupFilter { name: name.as_deref(), is_active, usable_by: None };
        scaling_groups(ctx, filter).await
    }

    #[graphql(complexity = "LIST_COST + child_complexity")]
    async fn scaling_groups_for_domain(
        &self,
        ctx: &Context<'_>,
        domain: String,
        is_active: Option<bool>,
    ) -> Option<Result<Vec<Option<ScalingGroup>>>> {
        let domain = DomainName(domain);
        let usable_by = Some(UsableBy::Domain(&domain));
        scaling_groups(ctx, ResourceGroupFilter { name: None, is_active, usable_by }).await
    }

    #[graphql(complexity = "LIST_COST + child_complexity")]
    async fn scaling_groups_for_user_group(
        &self,
        ctx: &Context<'_>,
        user_group: String,
        is_active: Option<bool>,
    ) -> Option<Result<Vec<Option<ScalingGroup>>>> {
        let group = match super::uuid(&user_group) {
            Ok(group) => GroupId(group),
            Err(malformed) => return Some(Err(malformed)),
        };
        let usable_by = Some(UsableBy::Group(group));
        scaling_groups(ctx, ResourceGroupFilter { name: None, is_active, usable_by }).await
    }

    #[graphql(complexity = "LIST_COST + child_complexity")]
    async fn scaling_groups_for_keypair(
        &self,
        ctx: &Context<'_>,
        access_key: String,
        is_active: Option<bool>,
    ) -> Option<Result<Vec<Option<ScalingGroup>>>> {
        let key = AccessKey(access_key);
        let usable_by = Some(UsableBy::Keypair(&key));
        scaling_groups(ctx, ResourceGroupFilter { name: None, is_active, usable_by }).await
    }
}

/// The schema leaves the name open, and its absence is an error all the same.
fn needed(name: Option<String>) -> Result<String> {
    name.ok_or_else(|| "name is required".into())
}

async fn scaling_groups(
    ctx: &Context<'_>,
    filter: ResourceGroupFilter<'_>,
) -> Option<Result<Vec<Option<ScalingGroup>>>> {
    nullable(async {
        let (app, caller) = asked(ctx)?;
        let see = see::see_privileged(caller).map_err(told)?;
        let found = app.store().resource_groups(see, &filter).await.map_err(told)?;
        Ok(Some(found.into_iter().map(ScalingGroup).map(Some).collect()))
    })
    .await
}
