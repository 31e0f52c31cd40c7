//! The root of all queries. Each resolver asks `rollcall_model` what the caller may see, and the
//! store for just that.
#![expect(clippy::too_many_arguments, reason = "the arguments of a query are the parameters of its resolver")]

use async_graphql::{Context, ID, Lookahead, Object, Result};
use rollcall_model::access::{self, Caller, Scope, ScopeArguments};
use rollcall_model::agent::AgentStatus;
use rollcall_model::ids::{AccessKey, GroupId, KernelId, SessionId};
use rollcall_model::list::page::Page;
use rollcall_model::list::request::{KernelListRequest, ListArguments, ListRequest};
use rollcall_model::see::{self, SeeGroups};
use rollcall_model::session::Session;
use rollcall_store::AgentFilter;
use rollcall_wire::problem::ProblemType;
use uuid::Uuid;

use super::accounts::{Group, KeyPair, User};
use super::container::ComputeContainer;
use super::equipment::{Agent, Image};
use super::lists::{AgentList, ComputeContainerList, ComputeSessionList};
use super::scalars::{BAD_UUID, UuidValue};
use super::session::ComputeSession;
use crate::error::{ApiError, nullable, told};
use crate::manager::App;

/// What a list or a lookup at the root counts, so that aliases can't multiply them without end.
pub(crate) const LIST_COST: usize = 40;

/// The queries.
pub(crate) struct Queries;

#[Object(rename_fields = "snake_case", rename_args = "snake_case")]
impl Queries {
    #[graphql(complexity = "LIST_COST + child_complexity")]
    async fn compute_session_list(
        &self,
        ctx: &Context<'_>,
        limit: i64,
        offset: i64,
        filter: Option<String>,
        order: Option<String>,
        domain_name: Option<String>,
        group_id: Option<String>,
        access_key: Option<String>,
        status: Option<String>,
    ) -> Option<Result<ComputeSessionList>> {
        nullable(async {
            let (app, caller) = asked(ctx)?;
            let scope = scope(caller, domain_name.as_deref(), group_id.as_deref(), access_key.as_deref())?;
            let arguments = ListArguments {
                limit,
                offset,
                status: status.as_deref(),
                filter: filter.as_deref(),
                order: order.as_deref(),
            };
            let request = ListRequest::parse(arguments)?;
            let page = app.store().list_sessions(&scope, &request).await.map_err(told)?;
            let items = with_kernels(app, &scope, page.items, &ctx.look_ahead().field("items")).await?;
            Ok(Some(ComputeSessionList { items: items.into_iter().map(Some).collect(), total_count: page.total }))
        })
        .await
    }

    #[graphql(complexity = "LIST_COST + child_complexity")]
    async fn compute_session(
        &self,
        ctx: &Context<'_>,
        id: UuidValue,
        domain_name: Option<String>,
        access_key: Option<String>,
    ) -> Option<Result<ComputeSession>> {
        nullable(async {
            let (app, caller) = asked(ctx)?;
            let scope = scope(caller, domain_name.as_deref(), None, access_key.as_deref())?;
            let found = app.store().session(&scope, SessionId(id.0)).await.map_err(told)?;
            Ok(with_kernels(app, &scope, found.into_iter().collect(), &ctx.look_ahead()).await?.pop())
        })
        .await
    }

    #[graphql(complexity = "LIST_COST + child_complexity")]
    async fn compute_container_list(
        &self,
        ctx: &Context<'_>,
        limit: i64,
        offset: i64,
        filter: Option<String>,
        order: Option<String>,
        session_id: ID,
        role: Option<String>,
        domain_name: Option<String>,
        group_id: Option<String>,
        access_key: Option<String>,
    ) -> Option<Result<ComputeContainerList>> {
        nullable(async {
            let (app, caller) = asked(ctx)?;
            let scope = scope(caller, domain_name.as_deref(), group_id.as_deref(), access_key.as_deref())?;
            let session = SessionId(uuid(&session_id)?);
            let arguments =
                ListArguments { limit, offset, status: None, filter: filter.as_deref(), order: order.as_deref() };
            let request = KernelListRequest::parse(arguments)?;
            let listed = app.store().list_kernels(&scope, session, role.as_deref(), &request).await;
            let page = listed.map_err(told)?;
            let items = page.items.into_iter().map(ComputeContainer::new).map(Some).collect();
            Ok(Some(ComputeContainerList { items, total_count: page.total }))
        })
        .await
    }

    #[graphql(complexity = "LIST_COST + child_complexity")]
    async fn compute_container(
        &self,
        ctx: &Context<'_>,
        id: UuidValue,
        domain_name: Option<String>,
        access_key: Option<String>,
    ) -> Option<Result<ComputeContainer>> {
        nullable(async {
            let (app, caller) = asked(ctx)?;
            let scope = scope(caller, domain_name.as_deref(), None, access_key.as_deref())?;
            let found = app.store().kernel(&scope, KernelId(id.0)).await.map_err(told)?;
            Ok(found.map(ComputeContainer::new))
        })
        .await
    }

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
            Ok(Some(Image(found)))
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
            Ok(Some(images.into_iter().filter(shown).map(Image).map(Some).collect()))
        })
        .await
    }

    #[graphql(complexity = "LIST_COST + child_complexity")]
    async fn agent(&self, ctx: &Context<'_>, agent_id: String) -> Option<Result<Agent>> {
        nullable(async {
            let (app, caller) = asked(ctx)?;
            let see = access::see_agents(caller).map_err(told)?;
            Ok(app.store().agent(&see, &agent_id).await.map_err(told)?.map(Agent))
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
            let page = Page::new(limit, offset)?;
            let found = agents(ctx, scaling_group, status).await?;
            // Machines are few: the languages of the large lists have no index to use here.
            if filter.is_some() {
                return Err(
                    "Query filter parsing error: agents cannot be filtered yet; use status or scaling_group".into()
                );
            }
            if order.is_some_and(|order| !order.trim().is_empty()) {
                return Err("Query ordering parsing error: agents are ordered by status, scaling_group and id".into());
            }
            let total_count = i64::try_from(found.len()).unwrap_or(i64::MAX);
            let skipped = usize::try_from(page.offset()).unwrap_or(usize::MAX);
            let items = found.into_iter().skip(skipped).take(page.limit() as usize).map(Some).collect();
            Ok(Some(AgentList { items, total_count }))
        })
        .await
    }
}

fn asked<'a>(ctx: &Context<'a>) -> Result<(&'a App, &'a Caller)> {
    Ok((ctx.data::<App>()?, ctx.data::<Caller>()?))
}

fn scope(caller: &Caller, domain: Option<&str>, group: Option<&str>, access_key: Option<&str>) -> Result<Scope> {
    let group = group.map(uuid).transpose()?.map(GroupId);
    access::session_scope(caller, ScopeArguments { domain, group, access_key }).map_err(told)
}

fn uuid(text: &str) -> Result<Uuid> {
    Uuid::parse_str(text).map_err(|_| BAD_UUID.into())
}

/// Joins sessions with their kernels by one query for the page, or by none if nothing of them is
/// selected.
async fn with_kernels(
    app: &App,
    scope: &Scope,
    rows: Vec<Session>,
    selected: &Lookahead<'_>,
) -> Result<Vec<ComputeSession>> {
    let wanted = ComputeSession::NEED_KERNELS.iter().any(|field| selected.field(field).exists());
    let mut kernels = if wanted && !rows.is_empty() {
        let ids: Vec<SessionId> = rows.iter().map(|row| row.id).collect();
        app.store().kernels_of(scope, &ids).await.map_err(told)?
    } else {
        Default::default()
    };
    let join = |row: Session| {
        let containers = kernels.remove(&row.id).unwrap_or_default();
        ComputeSession::new(row, containers.into_iter().map(ComputeContainer::new).collect())
    };
    Ok(rows.into_iter().map(join).collect())
}

async fn agents(ctx: &Context<'_>, scaling_group: Option<String>, status: Option<String>) -> Result<Vec<Agent>> {
    let (app, caller) = asked(ctx)?;
    let see = access::see_agents(caller).map_err(told)?;
    let status = match status {
        None => None,
        Some(name) => Some(AgentStatus::parse(&name).ok_or_else(|| format!("'{name}'"))?),
    };
    let found = app.store().agents(&see, &AgentFilter { scaling_group, status }).await.map_err(told)?;
    Ok(found.into_iter().map(Agent).collect())
}
