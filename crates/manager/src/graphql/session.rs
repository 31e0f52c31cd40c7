//! `ComputeSession` (`graphql.md` §3.7, with the additions of §9).

use std::sync::Arc;

use async_graphql::{Context, ID, Object, Result};
use rollcall_model::access::Scope;
use rollcall_model::ids::{SessionId, UserId};
use rollcall_model::limits::Limits;
use rollcall_model::session::{Kernel, Session};
use rollcall_model::status::Status;
use rollcall_model::time::print_iso;
use rollcall_store::StatusTimes;
use serde_json::{Map, Value, json};

use super::container::ComputeContainer;
use super::remaining::{self, SessionRemaining};
use super::scalars::{BigInt, JsonString, Moment, UuidValue};
use super::together::Together;
use super::waiting::SessionWaiting;
use crate::error::nullable;
use crate::manager::{App, now};

/// A session.
#[derive(Clone)]
pub(crate) struct ComputeSession {
    row: Session,
    page: Arc<SessionPage>,
}

/// What the sessions of a page ask for together, each inside the scope that they were found in.
struct SessionPage {
    scope: Scope,
    kernels: Together<SessionId, Arc<Vec<Kernel>>>,
    times: Together<SessionId, StatusTimes>,
    limits: Together<SessionId, Limits>,
    names: Together<UserId, String>,
}

impl ComputeSession {
    /// The sessions of one page, found in `scope`.
    pub(crate) fn page(scope: Scope, rows: Vec<Session>) -> Vec<Self> {
        let ids = || rows.iter().map(|row| row.id).collect();
        let mut owners: Vec<UserId> = rows.iter().map(|row| row.user_id).collect();
        owners.sort_unstable();
        owners.dedup();
        let (kernels, times, limits) = (Together::new(ids()), Together::new(ids()), Together::new(ids()));
        let page = Arc::new(SessionPage { scope, kernels, times, limits, names: Together::new(owners) });
        rows.into_iter().map(|row| Self { row, page: Arc::clone(&page) }).collect()
    }

    pub(crate) fn row(&self) -> &Session {
        &self.row
    }

    /// Its kernels, the main one first.
    pub(crate) async fn kernels(&self, ctx: &Context<'_>) -> Result<Arc<Vec<Kernel>>> {
        let (store, scope) = (ctx.data::<App>()?.store(), &self.page.scope);
        let load = |ids: Vec<SessionId>| async move {
            let found = store.kernels_of(scope, &ids).await?;
            Ok(found.into_iter().map(|(id, kernels)| (id, Arc::new(kernels))).collect())
        };
        self.page.kernels.of(&self.row.id, load).await
    }

    async fn times(&self, ctx: &Context<'_>) -> Result<StatusTimes> {
        let (store, scope) = (ctx.data::<App>()?.store(), &self.page.scope);
        let load = |ids: Vec<SessionId>| async move { store.status_times(scope, &ids).await };
        self.page.times.of(&self.row.id, load).await
    }

    /// The limits of its key's policy, while it runs.
    async fn limits(&self, ctx: &Context<'_>) -> Result<Option<Limits>> {
        if self.row.status != Status::Running {
            return Ok(None);
        }
        let (store, scope) = (ctx.data::<App>()?.store(), &self.page.scope);
        let load = |ids: Vec<SessionId>| async move { store.limits_of(scope, &ids).await };
        self.page.limits.of(&self.row.id, load).await.map(Some)
    }

    async fn agents_of_kernels(&self, ctx: &Context<'_>) -> Option<Result<Vec<Option<String>>>> {
        nullable(async {
            let mut agents: Vec<Option<String>> = Vec::new();
            for agent in self.kernels(ctx).await?.iter().filter_map(|kernel| kernel.agent.as_ref()) {
                if !agents.iter().any(|known| known.as_deref() == Some(agent.as_str())) {
                    agents.push(Some(agent.as_str().to_owned()));
                }
            }
            Ok(Some(agents))
        })
        .await
    }
}

#[Object(rename_fields = "snake_case", rename_args = "snake_case")]
impl ComputeSession {
    pub(crate) async fn id(&self) -> Option<ID> {
        Some(ID(self.row.id.to_string()))
    }

    async fn tag(&self) -> Option<&str> {
        self.row.tag.as_deref()
    }

    async fn name(&self) -> Option<&str> {
        Some(&self.row.name)
    }

    #[graphql(name = "type")]
    async fn session_type(&self) -> Option<&str> {
        Some(self.row.session_type.as_str())
    }

    async fn session_id(&self) -> Option<UuidValue> {
        Some(UuidValue(self.row.id.0))
    }

    async fn image(&self) -> Option<&str> {
        Some(&self.row.image)
    }

    async fn registry(&self) -> Option<&str> {
        Some(&self.row.registry)
    }

    async fn cluster_template(&self) -> Option<String> {
        None
    }

    async fn cluster_mode(&self) -> Option<&str> {
        Some(self.row.cluster_mode.as_str())
    }

    async fn cluster_size(&self) -> Option<i32> {
        Some(self.row.cluster_size)
    }

    async fn domain_name(&self) -> Option<&str> {
        Some(self.row.domain.as_str())
    }

    async fn group_name(&self) -> Option<&str> {
        Some(&self.row.group_name)
    }

    async fn group_id(&self) -> Option<UuidValue> {
        Some(UuidValue(self.row.group_id.0))
    }

    async fn user_email(&self) -> Option<&str> {
        Some(&self.row.user_email)
    }

    async fn user_id(&self) -> Option<UuidValue> {
        Some(UuidValue(self.row.user_id.0))
    }

    async fn access_key(&self) -> Option<&str> {
        Some(self.row.access_key.as_str())
    }

    async fn created_user_email(&self) -> Option<String> {
        None
    }

    async fn created_user_id(&self) -> Option<UuidValue> {
        None
    }

    async fn status(&self) -> Option<&str> {
        Some(self.row.status.as_str())
    }

    async fn status_changed(&self) -> Option<Moment> {
        self.row.status_changed.map(Moment)
    }

    async fn status_info(&self) -> Option<&str> {
        self.row.status_info.as_deref()
    }

    async fn status_data(&self) -> Option<JsonString> {
        self.row.status_data.as_ref().map(JsonString::of)
    }

    async fn created_at(&self) -> Option<Moment> {
        Some(Moment(self.row.created_at))
    }

    async fn terminated_at(&self) -> Option<Moment> {
        self.row.terminated_at.map(Moment)
    }

    async fn starts_at(&self) -> Option<Moment> {
        self.row.starts_at.map(Moment)
    }

    async fn startup_command(&self) -> Option<&str> {
        self.row.startup_command.as_deref()
    }

    async fn result(&self) -> Option<&str> {
        Some(self.row.result.as_str())
    }

    async fn resource_opts(&self) -> Option<JsonString> {
        Some(JsonString::of(&self.row.resource_opts))
    }

    async fn scaling_group(&self) -> Option<&str> {
        self.row.scaling_group.as_deref()
    }

    async fn service_ports(&self) -> Option<JsonString> {
        self.row.service_ports.as_ref().map(JsonString::of)
    }

    /// Never null: clients read its length.
    async fn mounts(&self) -> Option<Vec<Option<String>>> {
        Some(Vec::new())
    }

    async fn occupied_slots(&self) -> Option<JsonString> {
        Some(JsonString::slots(&self.row.occupied_slots))
    }

    async fn num_queries(&self) -> Option<BigInt> {
        Some(BigInt(0))
    }

    /// The main kernel first.
    async fn containers(&self, ctx: &Context<'_>) -> Option<Result<Vec<Option<ComputeContainer>>>> {
        nullable(async {
            Ok(Some(self.kernels(ctx).await?.iter().cloned().map(ComputeContainer::new).map(Some).collect()))
        })
        .await
    }

    async fn dependencies(&self) -> Option<Vec<Option<ComputeSession>>> {
        Some(Vec::new())
    }

    async fn main_kernel_id(&self) -> Option<ID> {
        Some(ID(self.row.id.to_string()))
    }

    async fn main_kernel_role(&self) -> Option<&str> {
        Some("main")
    }

    /// What is held now: nothing before an agent is chosen and after the end.
    async fn occupying_slots(&self) -> Option<JsonString> {
        let occupies = self.row.status.occupies_agent();
        Some(if occupies { JsonString::slots(&self.row.occupied_slots) } else { JsonString::of(&json!({})) })
    }

    async fn requested_slots(&self) -> Option<JsonString> {
        Some(JsonString::slots(&self.row.occupied_slots))
    }

    async fn agent_ids(&self, ctx: &Context<'_>) -> Option<Result<Vec<Option<String>>>> {
        self.agents_of_kernels(ctx).await
    }

    async fn agents(&self, ctx: &Context<'_>) -> Option<Result<Vec<Option<String>>>> {
        self.agents_of_kernels(ctx).await
    }

    /// When an agent was chosen, the last time.
    async fn scheduled_at(&self, ctx: &Context<'_>) -> Option<Result<Moment>> {
        nullable(async {
            let times = self.times(ctx).await?;
            Ok(times.into_iter().find(|(status, _)| *status == Status::Scheduled).map(|(_, at)| Moment(at)))
        })
        .await
    }

    async fn abusing_reports(&self) -> Option<Vec<Option<JsonString>>> {
        None
    }

    /// Empty where no limit ends it.
    async fn idle_checks(&self, ctx: &Context<'_>) -> Option<Result<JsonString>> {
        nullable(async {
            let ends = match self.limits(ctx).await? {
                Some(limits) => ctx.data::<App>()?.lifecycle().ends(&self.row, limits),
                None => Vec::new(),
            };
            Ok(Some(JsonString::of(&remaining::checks(&ends, now()))))
        })
        .await
    }

    /// When it entered each status, the last time.
    async fn status_history(&self, ctx: &Context<'_>) -> Option<Result<JsonString>> {
        nullable(async {
            let entered = |(status, at): (Status, _)| (status.as_str().to_owned(), Value::String(print_iso(at)));
            let times = Map::from_iter(self.times(ctx).await?.into_iter().map(entered));
            Ok(Some(JsonString::of(&Value::Object(times))))
        })
        .await
    }

    async fn architecture(&self) -> Option<&str> {
        Some(std::env::consts::ARCH)
    }

    /// The owner's.
    async fn full_name(&self, ctx: &Context<'_>) -> Option<Result<String>> {
        nullable(async {
            let store = ctx.data::<App>()?.store();
            let load = |users: Vec<UserId>| async move { store.full_names_of(&users).await };
            self.page.names.of(&self.row.user_id, load).await.map(Some)
        })
        .await
    }

    async fn commit_status(&self) -> Option<String> {
        None
    }

    async fn vfolder_mounts(&self) -> Option<Vec<Option<String>>> {
        Some(Vec::new())
    }

    /// Rollcall's own: why it waits, for people. Null when it does not, and before the first look.
    async fn waiting(&self) -> Option<SessionWaiting<'_>> {
        self.row.waiting.as_ref().map(SessionWaiting)
    }

    /// Rollcall's own: how long it has left, for people. Null where no limit ends it.
    async fn remaining(&self, ctx: &Context<'_>) -> Option<Result<SessionRemaining>> {
        nullable(async {
            let Some(limits) = self.limits(ctx).await? else { return Ok(None) };
            Ok(ctx.data::<App>()?.lifecycle().remaining(&self.row, limits).map(SessionRemaining))
        })
        .await
    }
}
