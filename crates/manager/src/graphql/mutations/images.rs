//! Mutations of images.

use async_graphql::{Context, Object, Result};
use rollcall_lifecycle::{Lifecycle, LifecycleError};
use rollcall_model::access::Caller;
use rollcall_model::manage::{self, RescanImages as MayRescan};

use super::frame::{Stop, allowed, answered, answered_with, payloads};
use crate::error::ApiError;
use crate::graphql::queries::LIST_COST;
use crate::graphql::scalars::UuidValue;
use crate::tasks::Progress;

payloads! {
    /// Answer; the task can be followed at `/events/background-task`.
    RescanImages { task_id: UuidValue }
    /// Answer.
    PreloadImage { task_id: UuidValue }
    /// Answer.
    UnloadImage { task_id: UuidValue }
    /// Answer.
    ForgetImage {}
    /// Answer.
    AliasImage {}
    /// Answer.
    DealiasImage {}
}

/// Images are programs of the machine: there is nothing to bring or to take away.
const NOT_IMPLEMENTED: &str = "Not implemented.";

/// The mutations.
#[derive(Default)]
pub(crate) struct ImageMutations;

#[Object(rename_fields = "snake_case", rename_args = "snake_case")]
impl ImageMutations {
    /// Looks again at what this machine can run.
    #[graphql(complexity = "LIST_COST + child_complexity")]
    async fn rescan_images(&self, ctx: &Context<'_>, registry: Option<String>) -> Option<Result<RescanImages>> {
        answered_with("rescan_images", "", async {
            let (app, may) = allowed(ctx, manage::rescan_images).await?;
            let caller = ctx.data::<Caller>().map_err(Stop::Error)?;
            let lifecycle = app.lifecycle().clone();
            let registry = registry.filter(|registry| !registry.is_empty());
            if registry.is_some_and(|asked| !lifecycle.registries().contains(&asked)) {
                return Err(Stop::Told("no such registry".to_owned()));
            }
            let started = app.tasks().start(caller.identity().user_id, app.stopping(), |progress| async move {
                rescan(&lifecycle, may, &progress).await.map_err(|error| ApiError::from(error).in_words())
            });
            let task_id = started.map_err(|error| Stop::Told(error.to_string()))?;
            Ok(RescanImages { task_id: Some(UuidValue(task_id)), ..RescanImages::default() })
        })
        .await
    }

    #[graphql(complexity = "LIST_COST + child_complexity")]
    async fn preload_image(
        &self,
        ctx: &Context<'_>,
        #[graphql(name = "references")] _references: Vec<Option<String>>,
        #[graphql(name = "target_agents")] _target_agents: Vec<Option<String>>,
    ) -> Option<Result<PreloadImage>> {
        answered("preload_image", async {
            allowed(ctx, manage::manage).await?;
            Err(Stop::Told(NOT_IMPLEMENTED.to_owned()))
        })
        .await
    }

    #[graphql(complexity = "LIST_COST + child_complexity")]
    async fn unload_image(
        &self,
        ctx: &Context<'_>,
        #[graphql(name = "references")] _references: Vec<Option<String>>,
        #[graphql(name = "target_agents")] _target_agents: Vec<Option<String>>,
    ) -> Option<Result<UnloadImage>> {
        answered("unload_image", async {
            allowed(ctx, manage::manage).await?;
            Err(Stop::Told(NOT_IMPLEMENTED.to_owned()))
        })
        .await
    }

    #[graphql(complexity = "LIST_COST + child_complexity")]
    async fn forget_image(&self, ctx: &Context<'_>, reference: String) -> Option<Result<ForgetImage>> {
        answered_with("forget_image", "", async {
            let (app, may) = allowed(ctx, manage::manage).await?;
            app.store().forget_image(&may, &reference).await?;
            Ok(ForgetImage::default())
        })
        .await
    }

    #[graphql(complexity = "LIST_COST + child_complexity")]
    async fn alias_image(&self, ctx: &Context<'_>, alias: String, target: String) -> Option<Result<AliasImage>> {
        answered_with("alias_image", "", async {
            let (app, may) = allowed(ctx, manage::manage).await?;
            app.store().alias_image(&may, &alias, &target).await?;
            Ok(AliasImage::default())
        })
        .await
    }

    #[graphql(complexity = "LIST_COST + child_complexity")]
    async fn dealias_image(&self, ctx: &Context<'_>, alias: String) -> Option<Result<DealiasImage>> {
        answered_with("dealias_image", "", async {
            let (app, may) = allowed(ctx, manage::manage).await?;
            app.store().dealias_image(&may, &alias).await?;
            Ok(DealiasImage::default())
        })
        .await
    }
}

async fn rescan(lifecycle: &Lifecycle, may: MayRescan, progress: &Progress) -> std::result::Result<(), LifecycleError> {
    progress.of(2);
    let images = lifecycle.look_for_images(may).await?;
    progress.step(format!("Looked at this machine: {} images.", images.len()));
    lifecycle.offer(may, &images).await?;
    progress.step(format!("{} images are offered.", images.len()));
    Ok(())
}
