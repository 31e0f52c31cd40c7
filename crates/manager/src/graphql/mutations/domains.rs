//! Mutations of domains.

use async_graphql::{Context, InputObject, Object, Result};
use rollcall_model::account::Domain as DomainRow;
use rollcall_model::ids::DomainName;
use rollcall_model::manage;
use rollcall_model::naming;
use rollcall_store::{DomainChange, Refusal};

use super::frame::{Stop, allowed, answered, payloads};
use super::input;
use crate::graphql::belongings::Domain;
use crate::graphql::queries::LIST_COST;
use crate::graphql::scalars::JsonString;
use crate::manager::now;

payloads! {
    /// Answer.
    CreateDomain { domain: Domain }
    /// Answer.
    ModifyDomain { domain: Domain }
    /// Answer.
    DeleteDomain {}
    /// Answer.
    PurgeDomain {}
}

/// A domain to be made.
#[derive(InputObject)]
#[graphql(rename_fields = "snake_case")]
pub(crate) struct DomainInput {
    description: Option<String>,
    is_active: Option<bool>,
    total_resource_slots: Option<JsonString>,
    allowed_vfolder_hosts: Option<Vec<Option<String>>>,
    allowed_docker_registries: Option<Vec<Option<String>>>,
    integration_id: Option<String>,
}

/// What to change; null leaves it.
#[derive(InputObject)]
#[graphql(rename_fields = "snake_case")]
pub(crate) struct ModifyDomainInput {
    name: Option<String>,
    description: Option<String>,
    is_active: Option<bool>,
    total_resource_slots: Option<JsonString>,
    allowed_vfolder_hosts: Option<Vec<Option<String>>>,
    allowed_docker_registries: Option<Vec<Option<String>>>,
    integration_id: Option<String>,
}

/// The mutations.
#[derive(Default)]
pub(crate) struct DomainMutations;

#[Object(rename_fields = "snake_case", rename_args = "snake_case")]
impl DomainMutations {
    #[graphql(complexity = "LIST_COST + child_complexity")]
    async fn create_domain(&self, ctx: &Context<'_>, name: String, props: DomainInput) -> Option<Result<CreateDomain>> {
        answered("create_domain", async {
            let (app, may) = allowed(ctx, manage::manage).await?;
            naming::slug(&name)?;
            let change = props.into_change().change()?;
            let at = now();
            let new = DomainRow {
                name: DomainName(name),
                description: change.description,
                is_active: change.is_active.unwrap_or(true),
                total_resource_slots: change.total_resource_slots.unwrap_or_default(),
                allowed_vfolder_hosts: change.allowed_vfolder_hosts.unwrap_or_default(),
                allowed_registries: change.allowed_registries.unwrap_or_default(),
                integration_id: change.integration_id,
                created_at: at,
                modified_at: at,
            };
            let made = app.store().create_domain(&may, &new).await?;
            Ok(CreateDomain { domain: Some(Domain::one(made)), ..CreateDomain::default() })
        })
        .await
    }

    #[graphql(complexity = "LIST_COST + child_complexity")]
    async fn modify_domain(
        &self,
        ctx: &Context<'_>,
        name: String,
        props: ModifyDomainInput,
    ) -> Option<Result<ModifyDomain>> {
        answered("modify_domain", async {
            let (app, may) = allowed(ctx, manage::manage).await?;
            if props.is_empty() {
                return Err(Refusal::NothingToUpdate.into());
            }
            let changed = app.store().modify_domain(&may, &DomainName(name), &props.change()?, now()).await?;
            Ok(ModifyDomain { domain: Some(Domain::one(changed)), ..ModifyDomain::default() })
        })
        .await
    }

    #[graphql(complexity = "LIST_COST + child_complexity")]
    async fn delete_domain(&self, ctx: &Context<'_>, name: String) -> Option<Result<DeleteDomain>> {
        answered("delete_domain", async {
            let (app, may) = allowed(ctx, manage::manage).await?;
            app.store().delete_domain(&may, &DomainName(name), now()).await?;
            Ok(DeleteDomain::default())
        })
        .await
    }

    #[graphql(complexity = "LIST_COST + child_complexity")]
    async fn purge_domain(&self, ctx: &Context<'_>, name: String) -> Option<Result<PurgeDomain>> {
        answered("purge_domain", async {
            let (app, may) = allowed(ctx, manage::manage).await?;
            app.store().purge_domain(&may, &DomainName(name)).await?;
            Ok(PurgeDomain::default())
        })
        .await
    }
}

impl DomainInput {
    fn into_change(self) -> ModifyDomainInput {
        ModifyDomainInput {
            name: None,
            description: self.description,
            is_active: self.is_active,
            total_resource_slots: self.total_resource_slots,
            allowed_vfolder_hosts: self.allowed_vfolder_hosts,
            allowed_docker_registries: self.allowed_docker_registries,
            integration_id: self.integration_id,
        }
    }
}

impl ModifyDomainInput {
    fn is_empty(&self) -> bool {
        let texts = [&self.name, &self.description, &self.integration_id];
        let lists = [&self.allowed_vfolder_hosts, &self.allowed_docker_registries];
        texts.iter().all(|text| text.is_none())
            && lists.iter().all(|list| list.is_none())
            && self.is_active.is_none()
            && self.total_resource_slots.is_none()
    }

    fn change(self) -> Result<DomainChange, Stop> {
        if let Some(name) = &self.name {
            naming::slug(name)?;
        }
        input::description(self.description.as_deref())?;
        input::short("integration_id", self.integration_id.as_deref())?;
        Ok(DomainChange {
            name: self.name.map(DomainName),
            description: self.description,
            is_active: self.is_active,
            total_resource_slots: input::slots(self.total_resource_slots)?,
            allowed_vfolder_hosts: input::texts("folder host", self.allowed_vfolder_hosts)?,
            allowed_registries: input::texts("registry", self.allowed_docker_registries)?,
            integration_id: self.integration_id,
        })
    }
}
