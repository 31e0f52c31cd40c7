//! Queries of images and agents (`graphql.md` §5, §6).
#![expect(clippy::too_many_arguments, reason = "the arguments of a query are the parameters of its resolver")]

use async_graphql::{Context, Object, Result};
use rollcall_model::access;
use rollcall_model::agent::AgentStatus;
use rollcall_model::list::keys::AGENTS;
use rollcall_model::list::request::{ListArguments, RowsRequest};
use rollcall_model::see;
use rollcall_store::AgentFilter;
use rollcall_wire::problem::ProblemType;

use super::{LIST_COST, asked};
use crate::error::{ApiError, nullable, told};
use crate::graphql::equipment::{Agent, Image};
use crate::graphql::lists::AgentList;

/// The queries.
#[derive(Default)]
pub(crate) struct EquipmentQueries;

#[Object(rename_fields = "snake_case", rename_args = "snake_case")]
impl EquipmentQueries {
    #[graphql(complexity = "LIST_COST + child_complexity")]
    async fn image(&self, ctx: &Context<'_>, reference: String) -> Option<Result<Image>> {
        nullable(async {
            let (app, caller) = asked(ctx)?;
            let domain = see::see_images(caller).map_err(told)?;
            let none = || ApiError::of(ProblemType::ImageNotFound);
            let found = app.store().image(&reference).await.map_err(told)?.ok_or_else(|| told(none()))?;
            if let Some(domain) = domain {
                let allowed = app.store().domain_allows_registry(domain, &found.registry).await;
                if !allowed.map_err(told)? {
                    return Err(told(none()));
                }
            }
            Ok(Image::page(vec![found]).pop())
        })
        .await
    }

    /// `is_operation` chooses nothing: no image is for operation alone.
    #[graphql(complexity = "LIST_COST + child_complexity")]
    async fn images(
        &self,
        ctx: &Context<'_>,
        is_installed: Option<bool>,
        is_operation: Option<bool>,
    ) -> Option<Result<Vec<Option<Image>>>> {
        nullable(async {
            let (app, caller) = asked(ctx)?;
            let domain = see::see_images(caller).map_err(told)?;
            if is_operation == Some(true) {
                return Ok(Some(Vec::new()));
            }
            let allowed = match domain {
                None => None,
                Some(domain) => {
                    let domain = app.store().domain(domain).await.map_err(told)?;
                    Some(domain.map(|domain| domain.allowed_registries).unwrap_or_default())
                }
            };
            let shown = |image: &rollcall_model::image::Image| {
                is_installed.is_none_or(|wanted| wanted == image.installed)
                    && allowed.as_ref().is_none_or(|allowed| allowed.contains(&image.registry))
            };
            let images = app.store().images().await.map_err(told)?;
            let images = images.into_iter().filter(shown).collect();
            Ok(Some(Image::page(images).into_iter().map(Some).collect()))
        })
        .await
    }

    #[graphql(complexity = "LIST_COST + child_complexity")]
    async fn agent(&self, ctx: &Context<'_>, agent_id: String) -> Option<Result<Agent>> {
        nullable(async {
            let (app, caller) = asked(ctx)?;
            let see = access::see_agents(caller).map_err(told)?;
            let found = app.store().agent(&see, &agent_id).await.map_err(told)?;
            Ok(Agent::page(see, found.into_iter().collect()).pop())
        })
        .await
    }

    #[graphql(complexity = "LIST_COST + child_complexity")]
    async fn agents(
        &self,
        ctx: &Context<'_>,
        scaling_group: Option<String>,
        status: Option<String>,
    ) -> Option<Result<Vec<Option<Agent>>>> {
        nullable(async {
            let found = agents(ctx, scaling_group, status).await?;
            Ok(Some(found.into_iter().map(Some).collect()))
        })
        .await
    }

    #[graphql(complexity = "LIST_COST + child_complexity")]
    async fn agent_list(
        &self,
        ctx: &Context<'_>,
        limit: i64,
        offset: i64,
        filter: Option<String>,
        order: Option<String>,
        scaling_group: Option<String>,
        status: Option<String>,
    ) -> Option<Result<AgentList>> {
        nullable(async {
            let (app, caller) = asked(ctx)?;
            let see = access::see_agents(caller).map_err(told)?;
            let chosen = chosen(scaling_group, status)?;
            let arguments =
                ListArguments { limit, offset, status: None, filter: filter.as_deref(), order: order.as_deref() };
            let request = RowsRequest::parse(arguments, &AGENTS)?;
            let page = app.store().list_agents(&see, &chosen, &request).await.map_err(told)?;
            let items = Agent::page(see, page.items).into_iter().map(Some).collect();
            Ok(Some(AgentList { items, total_count: page.total }))
        })
        .await
    }
}

async fn agents(ctx: &Context<'_>, scaling_group: Option<String>, status: Option<String>) -> Result<Vec<Agent>> {
    let (app, caller) = asked(ctx)?;
    let see = access::see_agents(caller).map_err(told)?;
    let found = app.store().agents(&see, &chosen(scaling_group, status)?).await.map_err(told)?;
    Ok(Agent::page(see, found))
}

fn chosen(scaling_group: Option<String>, status: Option<String>) -> Result<AgentFilter> {
    let status = match status {
        None => None,
        Some(name) => Some(AgentStatus::parse(&name).ok_or_else(|| format!("'{name}'"))?),
    };
    Ok(AgentFilter { scaling_group, status })
}
