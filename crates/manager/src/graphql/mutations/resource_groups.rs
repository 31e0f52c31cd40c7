//! Mutations of resource groups and of who may use them; the API says scaling group.

use async_graphql::{Context, InputObject, Object, Result};
use rollcall_model::account::ResourceGroup;
use rollcall_model::ids::{AccessKey, DomainName, GroupId};
use rollcall_model::manage;
use rollcall_store::{Refusal, ResourceGroupChange, Usage};
use serde_json::Value;

use super::frame::{Stop, allowed, answered, payloads};
use super::input;
use crate::graphql::belongings::ScalingGroup;
use crate::graphql::queries::LIST_COST;
use crate::graphql::scalars::{JsonString, UuidValue};
use crate::manager::now;

payloads! {
    /// Answer.
    CreateScalingGroup { scaling_group: ScalingGroup }
    /// Answer.
    ModifyScalingGroup {}
    /// Answer.
    DeleteScalingGroup {}
    /// Answer.
    AssociateScalingGroupWithDomain {}
    /// Answer.
    AssociateScalingGroupWithUserGroup {}
    /// Answer.
    AssociateScalingGroupWithKeyPair {}
    /// Answer.
    DisassociateScalingGroupWithDomain {}
    /// Answer.
    DisassociateScalingGroupWithUserGroup {}
    /// Answer.
    DisassociateScalingGroupWithKeyPair {}
    /// Answer.
    DisassociateAllScalingGroupsWithDomain {}
    /// Answer.
    DisassociateAllScalingGroupsWithGroup {}
}

/// A resource group to be made.
#[derive(InputObject)]
#[graphql(rename_fields = "snake_case")]
pub(crate) struct CreateScalingGroupInput {
    description: Option<String>,
    is_active: Option<bool>,
    wsproxy_addr: Option<String>,
    driver: String,
    driver_opts: Option<JsonString>,
    scheduler: String,
    scheduler_opts: Option<JsonString>,
}

/// What to change; null leaves it.
#[derive(InputObject)]
#[graphql(rename_fields = "snake_case")]
pub(crate) struct ModifyScalingGroupInput {
    description: Option<String>,
    is_active: Option<bool>,
    wsproxy_addr: Option<String>,
    driver: Option<String>,
    driver_opts: Option<JsonString>,
    scheduler: Option<String>,
    scheduler_opts: Option<JsonString>,
}

/// The mutations.
#[derive(Default)]
pub(crate) struct ResourceGroupMutations;

#[Object(rename_fields = "snake_case", rename_args = "snake_case")]
impl ResourceGroupMutations {
    #[graphql(complexity = "LIST_COST + child_complexity")]
    async fn create_scaling_group(
        &self,
        ctx: &Context<'_>,
        name: String,
        props: CreateScalingGroupInput,
    ) -> Option<Result<CreateScalingGroup>> {
        answered("create_scaling_group", async {
            let (app, may) = allowed(ctx, manage::manage).await?;
            input::name(&name)?;
            let new = props.resource_group(&name)?;
            app.store().create_resource_group(&may, &new).await?;
            Ok(CreateScalingGroup { scaling_group: Some(ScalingGroup(new)), ..CreateScalingGroup::default() })
        })
        .await
    }

    #[graphql(complexity = "LIST_COST + child_complexity")]
    async fn modify_scaling_group(
        &self,
        ctx: &Context<'_>,
        name: String,
        props: ModifyScalingGroupInput,
    ) -> Option<Result<ModifyScalingGroup>> {
        answered("modify_scaling_group", async {
            let (app, may) = allowed(ctx, manage::manage).await?;
            if props.is_empty() {
                return Err(Refusal::NothingToUpdate.into());
            }
            app.store().modify_resource_group(&may, &name, &props.change()?).await?;
            Ok(ModifyScalingGroup::default())
        })
        .await
    }

    #[graphql(complexity = "LIST_COST + child_complexity")]
    async fn delete_scaling_group(&self, ctx: &Context<'_>, name: String) -> Option<Result<DeleteScalingGroup>> {
        answered("delete_scaling_group", async {
            let (app, may) = allowed(ctx, manage::manage).await?;
            app.store().delete_resource_group(&may, &name).await?;
            Ok(DeleteScalingGroup::default())
        })
        .await
    }

    #[graphql(complexity = "LIST_COST + child_complexity")]
    async fn associate_scaling_group_with_domain(
        &self,
        ctx: &Context<'_>,
        scaling_group: String,
        domain: String,
    ) -> Option<Result<AssociateScalingGroupWithDomain>> {
        answered("associate_scaling_group_with_domain", async {
            associate(ctx, &scaling_group, Usage::Domain(&DomainName(domain))).await
        })
        .await
    }

    #[graphql(complexity = "LIST_COST + child_complexity")]
    async fn associate_scaling_group_with_user_group(
        &self,
        ctx: &Context<'_>,
        scaling_group: String,
        user_group: UuidValue,
    ) -> Option<Result<AssociateScalingGroupWithUserGroup>> {
        answered("associate_scaling_group_with_user_group", async {
            associate(ctx, &scaling_group, Usage::Group(GroupId(user_group.0))).await
        })
        .await
    }

    #[graphql(complexity = "LIST_COST + child_complexity")]
    async fn associate_scaling_group_with_keypair(
        &self,
        ctx: &Context<'_>,
        scaling_group: String,
        access_key: String,
    ) -> Option<Result<AssociateScalingGroupWithKeyPair>> {
        answered("associate_scaling_group_with_keypair", async {
            associate(ctx, &scaling_group, Usage::Keypair(&AccessKey(access_key))).await
        })
        .await
    }

    #[graphql(complexity = "LIST_COST + child_complexity")]
    async fn disassociate_scaling_group_with_domain(
        &self,
        ctx: &Context<'_>,
        scaling_group: String,
        domain: String,
    ) -> Option<Result<DisassociateScalingGroupWithDomain>> {
        answered("disassociate_scaling_group_with_domain", async {
            disassociate(ctx, Some(&scaling_group), Usage::Domain(&DomainName(domain))).await
        })
        .await
    }

    #[graphql(complexity = "LIST_COST + child_complexity")]
    async fn disassociate_scaling_group_with_user_group(
        &self,
        ctx: &Context<'_>,
        scaling_group: String,
        user_group: UuidValue,
    ) -> Option<Result<DisassociateScalingGroupWithUserGroup>> {
        answered("disassociate_scaling_group_with_user_group", async {
            disassociate(ctx, Some(&scaling_group), Usage::Group(GroupId(user_group.0))).await
        })
        .await
    }

    #[graphql(complexity = "LIST_COST + child_complexity")]
    async fn disassociate_scaling_group_with_keypair(
        &self,
        ctx: &Context<'_>,
        scaling_group: String,
        access_key: String,
    ) -> Option<Result<DisassociateScalingGroupWithKeyPair>> {
        answered("disassociate_scaling_group_with_keypair", async {
            disassociate(ctx, Some(&scaling_group), Usage::Keypair(&AccessKey(access_key))).await
        })
        .await
    }

    #[graphql(complexity = "LIST_COST + child_complexity")]
    async fn disassociate_all_scaling_groups_with_domain(
        &self,
        ctx: &Context<'_>,
        domain: String,
    ) -> Option<Result<DisassociateAllScalingGroupsWithDomain>> {
        answered("disassociate_all_scaling_groups_with_domain", async {
            disassociate(ctx, None, Usage::Domain(&DomainName(domain))).await
        })
        .await
    }

    #[graphql(complexity = "LIST_COST + child_complexity")]
    async fn disassociate_all_scaling_groups_with_group(
        &self,
        ctx: &Context<'_>,
        user_group: UuidValue,
    ) -> Option<Result<DisassociateAllScalingGroupsWithGroup>> {
        answered("disassociate_all_scaling_groups_with_group", async {
            disassociate(ctx, None, Usage::Group(GroupId(user_group.0))).await
        })
        .await
    }
}

async fn associate<A: Default>(ctx: &Context<'_>, name: &str, usage: Usage<'_>) -> Result<A, Stop> {
    let (app, may) = allowed(ctx, manage::manage).await?;
    app.store().associate_resource_group(&may, name, usage).await?;
    Ok(A::default())
}

async fn disassociate<A: Default>(ctx: &Context<'_>, name: Option<&str>, usage: Usage<'_>) -> Result<A, Stop> {
    let (app, may) = allowed(ctx, manage::manage).await?;
    app.store().disassociate_resource_group(&may, name, usage).await?;
    Ok(A::default())
}

impl CreateScalingGroupInput {
    fn resource_group(self, name: &str) -> Result<ResourceGroup, Stop> {
        let change = ModifyScalingGroupInput {
            description: self.description,
            is_active: self.is_active,
            wsproxy_addr: self.wsproxy_addr,
            driver: Some(self.driver),
            driver_opts: self.driver_opts,
            scheduler: Some(self.scheduler),
            scheduler_opts: self.scheduler_opts,
        }
        .change()?;
        let plain = ResourceGroup::new(name, now());
        Ok(ResourceGroup {
            description: change.description,
            is_active: change.is_active.unwrap_or(true),
            wsproxy_addr: change.wsproxy_addr,
            driver: change.driver.unwrap_or(plain.driver),
            driver_opts: change.driver_opts.unwrap_or(plain.driver_opts),
            scheduler: change.scheduler.unwrap_or(plain.scheduler),
            scheduler_opts: change.scheduler_opts.unwrap_or(plain.scheduler_opts),
            ..ResourceGroup::new(name, plain.created_at)
        })
    }
}

impl ModifyScalingGroupInput {
    fn is_empty(&self) -> bool {
        let texts = [&self.description, &self.wsproxy_addr, &self.driver, &self.scheduler];
        texts.iter().all(|text| text.is_none())
            && self.is_active.is_none()
            && self.driver_opts.is_none()
            && self.scheduler_opts.is_none()
    }

    fn change(self) -> Result<ResourceGroupChange, Stop> {
        input::description(self.description.as_deref())?;
        input::short("wsproxy_addr", self.wsproxy_addr.as_deref())?;
        one_of("driver", &["static"], self.driver.as_deref())?;
        one_of("scheduler", &["fifo", "lifo", "drf"], self.scheduler.as_deref())?;
        Ok(ResourceGroupChange {
            description: self.description,
            is_active: self.is_active,
            wsproxy_addr: self.wsproxy_addr,
            driver: self.driver,
            driver_opts: input::object("driver_opts", self.driver_opts)?,
            scheduler: self.scheduler,
            scheduler_opts: scheduler_opts(self.scheduler_opts)?,
        })
    }
}

fn one_of(what: &str, known: &[&str], text: Option<&str>) -> Result<(), Stop> {
    match text {
        Some(text) if !known.contains(&text) => Err(Stop::Told(format!("{what} must be one of: {}", known.join(", ")))),
        _ => Ok(()),
    }
}

/// The options that the queue reads (`session-lifecycle.md` §7) must be readable; others are kept.
fn scheduler_opts(json: Option<JsonString>) -> Result<Option<Value>, Stop> {
    let Some(opts) = input::object("scheduler_opts", json)? else { return Ok(None) };
    let kinds = |kinds: &Value| {
        let known = |kind: &Value| matches!(kind.as_str(), Some("interactive" | "batch"));
        kinds.as_array().is_some_and(|kinds| kinds.iter().all(known))
    };
    if opts.get("allowed_session_types").is_some_and(|value| !kinds(value)) {
        return Err(Stop::Told("allowed_session_types must be a list of interactive and batch".to_owned()));
    }
    let retries = |value: &Value| value.as_u64().is_some_and(|number| u32::try_from(number).is_ok());
    if opts.get("num_retries_to_skip").is_some_and(|value| !retries(value)) {
        return Err(Stop::Told("num_retries_to_skip must be a whole number that is not negative".to_owned()));
    }
    Ok(Some(opts))
}
