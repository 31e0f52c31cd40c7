//! Mutations of presets.

use async_graphql::{Context, InputObject, Object, Result};
use rollcall_model::account::Preset;
use rollcall_model::manage;
use rollcall_model::slots::parse_size;
use rollcall_store::Refusal;
use rust_decimal::prelude::ToPrimitive;

use super::frame::{Stop, allowed, answered, payloads};
use super::input;
use crate::graphql::belongings::ResourcePreset;
use crate::graphql::queries::LIST_COST;
use crate::graphql::scalars::JsonString;

payloads! {
    /// Answer.
    CreateResourcePreset { resource_preset: ResourcePreset }
    /// Answer.
    ModifyResourcePreset {}
    /// Answer.
    DeleteResourcePreset {}
}

/// A preset to be made.
#[derive(InputObject)]
#[graphql(rename_fields = "snake_case")]
pub(crate) struct CreateResourcePresetInput {
    resource_slots: JsonString,
    /// With a unit, such as `64m`.
    shared_memory: Option<String>,
}

/// What to change; null leaves it.
#[derive(InputObject)]
#[graphql(rename_fields = "snake_case")]
pub(crate) struct ModifyResourcePresetInput {
    resource_slots: Option<JsonString>,
    /// With a unit, such as `64m`.
    shared_memory: Option<String>,
}

/// The mutations.
#[derive(Default)]
pub(crate) struct PresetMutations;

#[Object(rename_fields = "snake_case", rename_args = "snake_case")]
impl PresetMutations {
    #[graphql(complexity = "LIST_COST + child_complexity")]
    async fn create_resource_preset(
        &self,
        ctx: &Context<'_>,
        name: String,
        props: CreateResourcePresetInput,
    ) -> Option<Result<CreateResourcePreset>> {
        answered("create_resource_preset", async {
            let (app, may) = allowed(ctx, manage::manage).await?;
            input::name(&name)?;
            let resource_slots = input::slots(Some(props.resource_slots))?.unwrap_or_default();
            let shared_memory = size(props.shared_memory.as_deref())?;
            let made = app.store().create_preset(&may, &Preset { name, resource_slots, shared_memory }).await?;
            let resource_preset = Some(ResourcePreset(made));
            Ok(CreateResourcePreset { resource_preset, ..CreateResourcePreset::default() })
        })
        .await
    }

    #[graphql(complexity = "LIST_COST + child_complexity")]
    async fn modify_resource_preset(
        &self,
        ctx: &Context<'_>,
        name: String,
        props: ModifyResourcePresetInput,
    ) -> Option<Result<ModifyResourcePreset>> {
        answered("modify_resource_preset", async {
            let (app, may) = allowed(ctx, manage::manage).await?;
            let slots = input::slots(props.resource_slots)?;
            let shared_memory = size(props.shared_memory.as_deref())?;
            if slots.is_none() && shared_memory.is_none() {
                return Err(Refusal::NothingToUpdate.into());
            }
            app.store().modify_preset(&may, &name, slots.as_ref(), shared_memory).await?;
            Ok(ModifyResourcePreset::default())
        })
        .await
    }

    #[graphql(complexity = "LIST_COST + child_complexity")]
    async fn delete_resource_preset(&self, ctx: &Context<'_>, name: String) -> Option<Result<DeleteResourcePreset>> {
        answered("delete_resource_preset", async {
            let (app, may) = allowed(ctx, manage::manage).await?;
            app.store().delete_preset(&may, &name).await?;
            Ok(DeleteResourcePreset::default())
        })
        .await
    }
}

/// Bytes of a size text; an empty one is as good as none.
fn size(text: Option<&str>) -> Result<Option<i64>, Stop> {
    let Some(text) = text.filter(|text| !text.is_empty()) else { return Ok(None) };
    let bytes = parse_size(text).map_err(Stop::unexpected)?.finite().and_then(|bytes| bytes.to_i64());
    bytes.map(Some).ok_or_else(|| Stop::unexpected("shared_memory is too large"))
}
