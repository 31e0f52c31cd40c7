//! Mutations of projects; the API says group.

use async_graphql::{Context, Error, InputObject, Object, Result};
use rollcall_model::account::Group as GroupRow;
use rollcall_model::ids::{DomainName, GroupId, UserId};
use rollcall_model::manage;
use rollcall_model::naming;
use rollcall_store::{GroupChange, MemberChange, Refusal};

use super::frame::{Stop, allowed, answered, payloads};
use super::input;
use crate::graphql::accounts::Group;
use crate::graphql::queries::LIST_COST;
use crate::graphql::scalars::{JsonString, UuidValue};
use crate::manager::now;

payloads! {
    /// Answer.
    CreateGroup { group: Group }
    /// Answer; `group` is null when only its members changed.
    ModifyGroup { group: Group }
    /// Answer.
    DeleteGroup {}
    /// Answer.
    PurgeGroup {}
}

/// A project to be made.
#[derive(InputObject)]
#[graphql(rename_fields = "snake_case")]
pub(crate) struct GroupInput {
    description: Option<String>,
    is_active: Option<bool>,
    domain_name: String,
    total_resource_slots: Option<JsonString>,
    allowed_vfolder_hosts: Option<Vec<Option<String>>>,
    integration_id: Option<String>,
}

/// What to change; null leaves it.
#[derive(InputObject)]
#[graphql(rename_fields = "snake_case")]
pub(crate) struct ModifyGroupInput {
    name: Option<String>,
    description: Option<String>,
    is_active: Option<bool>,
    domain_name: Option<String>,
    total_resource_slots: Option<JsonString>,
    user_update_mode: Option<String>,
    user_uuids: Option<Vec<Option<String>>>,
    allowed_vfolder_hosts: Option<Vec<Option<String>>>,
    integration_id: Option<String>,
}

/// The mutations.
#[derive(Default)]
pub(crate) struct GroupMutations;

#[Object(rename_fields = "snake_case", rename_args = "snake_case")]
impl GroupMutations {
    #[graphql(complexity = "LIST_COST + child_complexity")]
    async fn create_group(&self, ctx: &Context<'_>, name: String, props: GroupInput) -> Option<Result<CreateGroup>> {
        answered("create_group", async {
            let (app, may) = allowed(ctx, manage::manage_groups).await?;
            let new = props.group(name)?;
            let made = app.store().create_group(&may, &new).await?;
            Ok(CreateGroup { group: Some(Group::one(made)), ..CreateGroup::default() })
        })
        .await
    }

    #[graphql(complexity = "LIST_COST + child_complexity")]
    async fn modify_group(
        &self,
        ctx: &Context<'_>,
        gid: UuidValue,
        props: ModifyGroupInput,
    ) -> Option<Result<ModifyGroup>> {
        answered("modify_group", async {
            let (app, may) = allowed(ctx, manage::manage_groups).await?;
            let changed = app.store().modify_group(&may, GroupId(gid.0), &props.change()?, now()).await?;
            Ok(ModifyGroup { group: changed.map(Group::one), ..ModifyGroup::default() })
        })
        .await
    }

    #[graphql(complexity = "LIST_COST + child_complexity")]
    async fn delete_group(&self, ctx: &Context<'_>, gid: UuidValue) -> Option<Result<DeleteGroup>> {
        answered("delete_group", async {
            let (app, may) = allowed(ctx, manage::manage_groups).await?;
            app.store().delete_group(&may, GroupId(gid.0), now()).await?;
            Ok(DeleteGroup::default())
        })
        .await
    }

    #[graphql(complexity = "LIST_COST + child_complexity")]
    async fn purge_group(&self, ctx: &Context<'_>, gid: UuidValue) -> Option<Result<PurgeGroup>> {
        answered("purge_group", async {
            let (app, may) = allowed(ctx, manage::manage_groups).await?;
            app.store().purge_group(&may, GroupId(gid.0)).await?;
            Ok(PurgeGroup::default())
        })
        .await
    }
}

impl GroupInput {
    fn group(self, name: String) -> Result<GroupRow, Stop> {
        slug(&name)?;
        input::description(self.description.as_deref())?;
        input::short("integration_id", self.integration_id.as_deref())?;
        let at = now();
        Ok(GroupRow {
            id: GroupId::random(),
            name,
            description: self.description,
            is_active: self.is_active.unwrap_or(true),
            domain: DomainName(self.domain_name),
            total_resource_slots: input::slots(self.total_resource_slots)?.unwrap_or_default(),
            allowed_vfolder_hosts: input::texts("folder host", self.allowed_vfolder_hosts)?.unwrap_or_default(),
            integration_id: self.integration_id,
            created_at: at,
            modified_at: at,
        })
    }
}

impl ModifyGroupInput {
    fn change(self) -> Result<GroupChange, Stop> {
        if let Some(name) = &self.name {
            slug(name)?;
        }
        input::description(self.description.as_deref())?;
        input::short("integration_id", self.integration_id.as_deref())?;
        let users = input::ids(self.user_uuids)?.unwrap_or_default();
        Ok(GroupChange {
            name: self.name,
            description: self.description,
            is_active: self.is_active,
            domain: self.domain_name.map(DomainName),
            total_resource_slots: input::slots(self.total_resource_slots)?,
            allowed_vfolder_hosts: input::texts("folder host", self.allowed_vfolder_hosts)?,
            integration_id: self.integration_id,
            members: members(self.user_update_mode.as_deref(), users.into_iter().map(UserId).collect())?,
        })
    }
}

fn members(mode: Option<&str>, users: Vec<UserId>) -> Result<Option<MemberChange>, Stop> {
    match mode {
        _ if users.is_empty() => Ok(None),
        Some("add") => Ok(Some(MemberChange::Add(users))),
        Some("remove") => Ok(Some(MemberChange::Remove(users))),
        _ => Err(Refusal::Invalid("user_update_mode must be add or remove".to_owned()).into()),
    }
}

/// A bad name of a project is a GraphQL error (`graphql.md` §8).
fn slug(name: &str) -> Result<(), Stop> {
    naming::slug(name).map_err(|error| Stop::Error(Error::new(error.to_string())))
}
