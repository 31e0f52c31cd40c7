//! `Image` and `Agent`: what sessions are started in and where they run (`graphql.md` §6, §10).

use std::sync::Arc;

use async_graphql::{Context, ID, Object, Result, SimpleObject};
use rollcall_model::access::{self, Caller, SeeAgents};
use rollcall_model::agent;
use rollcall_model::ids::AgentId;
use rollcall_model::image;
use rollcall_model::list::request::parse_statuses;
use rollcall_model::machine::MachineStats;
use rollcall_model::session::Kernel;
use rollcall_model::slots::{Amount, Slots};
use rollcall_model::status::Status;
use rollcall_wire::machine_stats;
use rust_decimal::prelude::ToPrimitive;

use super::container::ComputeContainer;
use super::queries::LIST_COST;
use super::scalars::{BigInt, JsonString, Moment};
use super::together::{Together, TogetherBy};
use crate::error::nullable;
use crate::manager::App;

/// An environment.
pub(crate) struct Image {
    row: image::Image,
    agents: Arc<Together<String, Vec<String>>>,
}

impl Image {
    pub(crate) fn page(rows: Vec<image::Image>) -> Vec<Self> {
        let agents = Arc::new(Together::new(rows.iter().map(image::Image::canonical).collect()));
        rows.into_iter().map(|row| Self { row, agents: Arc::clone(&agents) }).collect()
    }
}

#[Object(rename_fields = "snake_case", rename_args = "snake_case")]
impl Image {
    async fn name(&self) -> Option<&str> {
        Some(&self.row.name)
    }

    async fn humanized_name(&self) -> Option<&str> {
        Some(&self.row.name)
    }

    async fn tag(&self) -> Option<&str> {
        Some(&self.row.tag)
    }

    async fn registry(&self) -> Option<&str> {
        Some(&self.row.registry)
    }

    async fn digest(&self) -> Option<&str> {
        Some(&self.row.digest)
    }

    async fn labels(&self) -> Option<Vec<Option<KVPair>>> {
        let pair = |(key, value): &(String, String)| KVPair { key: Some(key.clone()), value: Some(value.clone()) };
        Some(self.row.labels.iter().map(pair).map(Some).collect())
    }

    async fn aliases(&self) -> Option<Vec<Option<&str>>> {
        Some(self.row.aliases.iter().map(|alias| Some(alias.as_str())).collect())
    }

    async fn size_bytes(&self) -> Option<BigInt> {
        Some(BigInt(self.row.size_bytes))
    }

    async fn resource_limits(&self) -> Option<Vec<Option<ResourceLimit>>> {
        let limit = |limit: &image::ImageLimit| ResourceLimit {
            key: Some(limit.key.clone()),
            min: Some(limit.min.clone()),
            // As unlimited slots print elsewhere (`graphql.md`): the WebUI reads a text here, never null.
            max: Some(limit.max.clone().unwrap_or_else(|| "Infinity".to_owned())),
        };
        Some(self.row.limits.iter().map(limit).map(Some).collect())
    }

    async fn supported_accelerators(&self) -> Option<Vec<Option<String>>> {
        Some(Vec::new())
    }

    async fn installed(&self) -> Option<bool> {
        Some(self.row.installed)
    }

    /// For those who may see agents; null for others.
    async fn installed_agents(&self, ctx: &Context<'_>) -> Option<Result<Vec<Option<String>>>> {
        nullable(async {
            let Ok(see) = access::see_agents(ctx.data::<Caller>()?) else { return Ok(None) };
            let store = ctx.data::<App>()?.store();
            let load = |images: Vec<String>| async move { store.agents_of_images(&see, &images).await };
            let agents = self.agents.of(&self.row.canonical(), load).await?;
            Ok(Some(agents.into_iter().map(Some).collect()))
        })
        .await
    }

    async fn hash(&self) -> Option<&str> {
        Some(&self.row.digest)
    }

    async fn architecture(&self) -> Option<&str> {
        Some(std::env::consts::ARCH)
    }
}

/// A label.
#[derive(SimpleObject)]
#[graphql(name = "KVPair", rename_fields = "snake_case")]
pub(crate) struct KVPair {
    key: Option<String>,
    value: Option<String>,
}

/// The least and the most of one slot.
#[derive(SimpleObject)]
#[graphql(rename_fields = "snake_case")]
pub(crate) struct ResourceLimit {
    key: Option<String>,
    min: Option<String>,
    max: Option<String>,
}

/// A machine.
#[derive(Clone)]
pub(crate) struct Agent {
    row: agent::Agent,
    page: Arc<AgentPage>,
}

/// What the machines of a page ask for together.
struct AgentPage {
    see: SeeAgents,
    containers: TogetherBy<Option<Vec<Status>>, AgentId, Vec<Kernel>>,
}

impl Agent {
    pub(crate) fn page(see: SeeAgents, rows: Vec<agent::Agent>) -> Vec<Self> {
        let containers = TogetherBy::new(rows.iter().map(|row| row.id.clone()).collect());
        let page = Arc::new(AgentPage { see, containers });
        rows.into_iter().map(|row| Self { row, page: Arc::clone(&page) }).collect()
    }

    async fn machine(&self, ctx: &Context<'_>) -> Result<Option<MachineStats>> {
        Ok(ctx.data::<App>()?.lifecycle().machine_stat(&self.row.id).await)
    }

    /// Cores or devices as a number.
    fn count(slots: &Slots, name: &str) -> Option<f64> {
        match slots.get(name) {
            Amount::Finite(number) => number.to_f64(),
            Amount::Infinite => None,
        }
    }

    /// Memory in MiB, as the legacy fields give it.
    fn mebibytes(slots: &Slots) -> Option<i32> {
        match slots.get("mem") {
            Amount::Finite(number) => i32::try_from(number.to_i64()? >> 20).ok(),
            Amount::Infinite => None,
        }
    }
}

#[Object(rename_fields = "snake_case", rename_args = "snake_case")]
impl Agent {
    pub(crate) async fn id(&self) -> Option<ID> {
        Some(ID(self.row.id.as_str().to_owned()))
    }

    async fn status(&self) -> Option<&str> {
        Some(self.row.status.as_str())
    }

    async fn status_changed(&self) -> Option<Moment> {
        Some(Moment(self.row.status_changed))
    }

    async fn region(&self) -> Option<&str> {
        Some(&self.row.region)
    }

    async fn scaling_group(&self) -> Option<&str> {
        Some(&self.row.scaling_group)
    }

    async fn schedulable(&self) -> Option<bool> {
        Some(self.row.schedulable)
    }

    async fn available_slots(&self) -> Option<JsonString> {
        Some(JsonString::slots(&self.row.available_slots))
    }

    async fn occupied_slots(&self) -> Option<JsonString> {
        Some(JsonString::slots(&self.row.occupied_slots))
    }

    async fn addr(&self) -> Option<&str> {
        Some(&self.row.addr)
    }

    async fn first_contact(&self) -> Option<Moment> {
        Some(Moment(self.row.first_contact))
    }

    async fn lost_at(&self) -> Option<Moment> {
        self.row.lost_at.map(Moment)
    }

    /// Null for a machine that this server doesn't look at.
    async fn live_stat(&self, ctx: &Context<'_>) -> Option<Result<JsonString>> {
        nullable(async { Ok(self.machine(ctx).await?.map(|used| JsonString::of(&machine_stats::print(&used)))) }).await
    }

    async fn version(&self) -> Option<&str> {
        Some(&self.row.version)
    }

    async fn compute_plugins(&self) -> Option<JsonString> {
        Some(JsonString::of(&self.row.compute_plugins))
    }

    async fn hardware_metadata(&self) -> Option<JsonString> {
        Some(JsonString::of(&serde_json::json!({})))
    }

    async fn mem_slots(&self) -> Option<i32> {
        Self::mebibytes(&self.row.available_slots)
    }

    async fn cpu_slots(&self) -> Option<f64> {
        Self::count(&self.row.available_slots, "cpu")
    }

    async fn gpu_slots(&self) -> Option<f64> {
        Self::count(&self.row.available_slots, "cuda.device")
    }

    async fn tpu_slots(&self) -> Option<f64> {
        Self::count(&self.row.available_slots, "tpu.device")
    }

    async fn used_mem_slots(&self) -> Option<i32> {
        Self::mebibytes(&self.row.occupied_slots)
    }

    async fn used_cpu_slots(&self) -> Option<f64> {
        Self::count(&self.row.occupied_slots, "cpu")
    }

    async fn used_gpu_slots(&self) -> Option<f64> {
        Self::count(&self.row.occupied_slots, "cuda.device")
    }

    async fn used_tpu_slots(&self) -> Option<f64> {
        Self::count(&self.row.occupied_slots, "tpu.device")
    }

    /// Of all processors together; a number always, because clients calculate with it.
    async fn cpu_cur_pct(&self, ctx: &Context<'_>) -> Option<Result<f64>> {
        nullable(async { Ok(Some(self.machine(ctx).await?.unwrap_or_default().cpu.percent())) }).await
    }

    /// A number always, because clients calculate with it.
    async fn mem_cur_bytes(&self, ctx: &Context<'_>) -> Option<Result<f64>> {
        nullable(async { Ok(self.machine(ctx).await?.unwrap_or_default().mem_used_bytes.to_f64()) }).await
    }

    /// The newest of its kernels, at most 100; those that hold something of it, unless asked otherwise.
    #[graphql(complexity = "LIST_COST + child_complexity")]
    async fn compute_containers(
        &self,
        ctx: &Context<'_>,
        status: Option<String>,
    ) -> Option<Result<Vec<Option<ComputeContainer>>>> {
        nullable(async {
            let statuses = status.as_deref().map(parse_statuses).transpose()?;
            let (store, see) = (ctx.data::<App>()?.store(), &self.page.see);
            let chosen = statuses.clone();
            let load =
                |agents: Vec<AgentId>| async move { store.kernels_of_agents(see, &agents, chosen.as_deref()).await };
            let found = self.page.containers.by(statuses).of(&self.row.id, load).await?;
            Ok(Some(found.into_iter().map(ComputeContainer::new).map(Some).collect()))
        })
        .await
    }

    async fn architecture(&self) -> Option<&str> {
        Some(std::env::consts::ARCH)
    }

    async fn local_config(&self) -> Option<JsonString> {
        Some(JsonString::of(&serde_json::json!({})))
    }
}
