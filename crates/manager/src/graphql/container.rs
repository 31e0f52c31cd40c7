//! `ComputeContainer` (`graphql.md` §3.8): one kernel of a session.

use async_graphql::{Context, ID, Object, Result};
use rollcall_model::session::Kernel;
use rollcall_model::status::Status;
use rollcall_wire::stats;

use super::scalars::{JsonString, Moment, UuidValue};
use crate::error::nullable;
use crate::manager::App;

/// A kernel.
#[derive(Clone)]
pub(crate) struct ComputeContainer(Kernel);

impl ComputeContainer {
    pub(crate) fn new(row: Kernel) -> Self {
        Self(row)
    }

    fn last(&self) -> Option<JsonString> {
        self.0.last_stat.as_ref().map(|last| JsonString::of(&stats::print(last)))
    }
}

#[Object(rename_fields = "snake_case", rename_args = "snake_case")]
impl ComputeContainer {
    pub(crate) async fn id(&self) -> Option<ID> {
        Some(ID(self.0.id.to_string()))
    }

    async fn idx(&self) -> Option<i32> {
        Some(self.0.cluster_idx)
    }

    async fn role(&self) -> Option<&str> {
        Some(&self.0.cluster_role)
    }

    async fn hostname(&self) -> Option<&str> {
        Some(&self.0.cluster_hostname)
    }

    async fn cluster_idx(&self) -> Option<i32> {
        Some(self.0.cluster_idx)
    }

    async fn cluster_role(&self) -> Option<&str> {
        Some(&self.0.cluster_role)
    }

    async fn cluster_hostname(&self) -> Option<&str> {
        Some(&self.0.cluster_hostname)
    }

    async fn session_id(&self) -> Option<UuidValue> {
        Some(UuidValue(self.0.session_id.0))
    }

    async fn image(&self) -> Option<&str> {
        Some(&self.0.image)
    }

    async fn registry(&self) -> Option<&str> {
        Some(&self.0.registry)
    }

    async fn status(&self) -> Option<&str> {
        Some(self.0.status.as_str())
    }

    async fn status_changed(&self) -> Option<Moment> {
        self.0.status_changed.map(Moment)
    }

    async fn status_info(&self) -> Option<&str> {
        self.0.status_info.as_deref()
    }

    async fn status_data(&self) -> Option<JsonString> {
        self.0.status_data.as_ref().map(JsonString::of)
    }

    async fn created_at(&self) -> Option<Moment> {
        Some(Moment(self.0.created_at))
    }

    async fn terminated_at(&self) -> Option<Moment> {
        self.0.terminated_at.map(Moment)
    }

    async fn starts_at(&self) -> Option<Moment> {
        self.0.starts_at.map(Moment)
    }

    async fn agent(&self) -> Option<&str> {
        self.0.agent.as_ref().map(|agent| agent.as_str())
    }

    async fn container_id(&self) -> Option<&str> {
        self.0.container_id.as_deref()
    }

    async fn resource_opts(&self) -> Option<JsonString> {
        Some(JsonString::of(&self.0.resource_opts))
    }

    async fn occupied_slots(&self) -> Option<JsonString> {
        Some(JsonString::slots(&self.0.occupied_slots))
    }

    /// From memory, not from the store; the last one kept unless the kernel runs.
    async fn live_stat(&self, ctx: &Context<'_>) -> Option<Result<JsonString>> {
        nullable(async {
            if self.0.status != Status::Running {
                return Ok(self.last());
            }
            let live = ctx.data::<App>()?.lifecycle().live_stat(self.0.id).await;
            Ok(live.map(|live| JsonString::of(&stats::print(&live))))
        })
        .await
    }

    async fn last_stat(&self) -> Option<JsonString> {
        self.last()
    }

    /// Rollcall's own: which fence holds this kernel, what it leaves open, how it is limited.
    async fn fence(&self, ctx: &Context<'_>) -> Option<Result<JsonString>> {
        nullable(async {
            let lifecycle = ctx.data::<App>()?.lifecycle();
            Ok(self.0.agent.as_ref().and_then(|agent| lifecycle.fence(agent)).map(|fence| JsonString::of(&fence)))
        })
        .await
    }

    async fn preopen_ports(&self) -> Option<Vec<Option<i32>>> {
        Some(Vec::new())
    }

    async fn architecture(&self) -> Option<&str> {
        Some(std::env::consts::ARCH)
    }
}
