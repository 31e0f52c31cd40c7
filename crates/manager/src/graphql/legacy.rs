//! `LegacyComputeSession` (`graphql.md` §4, §10): a session as clients before v5 read it, with the
//! use of its main kernel in fields of their own.

use async_graphql::{Context, ID, Object, Result, SimpleObject};
use rollcall_model::session::{Kernel, Session};
use rollcall_model::slots::Amount;
use rollcall_model::stats::KernelStats;
use rollcall_model::status::Status;
use rollcall_wire::stats;
use rust_decimal::prelude::ToPrimitive;
use serde_json::json;

use super::scalars::{BigInt, JsonString, Moment, UuidValue};
use super::session::ComputeSession;
use crate::error::nullable;
use crate::manager::App;

/// A session.
#[derive(Clone)]
pub(crate) struct LegacyComputeSession(pub(crate) ComputeSession);

/// A page of them.
#[derive(SimpleObject)]
#[graphql(rename_fields = "snake_case")]
pub(crate) struct LegacyComputeSessionList {
    pub(crate) items: Vec<Option<LegacyComputeSession>>,
    pub(crate) total_count: i64,
}

impl LegacyComputeSession {
    fn row(&self) -> &Session {
        self.0.row()
    }

    async fn main(&self, ctx: &Context<'_>) -> Result<Option<Kernel>> {
        let id = self.row().id.main_kernel();
        Ok(self.0.kernels(ctx).await?.iter().find(|kernel| kernel.id == id).cloned())
    }

    /// The latest use of the main kernel: from memory while it runs, what was kept afterwards.
    async fn used(&self, ctx: &Context<'_>) -> Result<Option<KernelStats>> {
        if self.row().status == Status::Running {
            return Ok(ctx.data::<App>()?.lifecycle().live_stat(self.row().id.main_kernel()).await);
        }
        self.kept(ctx).await
    }

    async fn kept(&self, ctx: &Context<'_>) -> Result<Option<KernelStats>> {
        Ok(self.main(ctx).await?.and_then(|kernel| kernel.last_stat))
    }

    /// One number of the latest use.
    async fn of_use(&self, ctx: &Context<'_>, number: fn(&KernelStats) -> i64) -> Option<Result<BigInt>> {
        nullable(async { Ok(self.used(ctx).await?.map(|used| BigInt(number(&used)))) }).await
    }

    fn count(&self, name: &str) -> Option<f64> {
        match self.row().occupied_slots.get(name) {
            Amount::Finite(number) => number.to_f64(),
            Amount::Infinite => None,
        }
    }
}

#[Object(rename_fields = "snake_case", rename_args = "snake_case")]
impl LegacyComputeSession {
    pub(crate) async fn id(&self) -> Option<ID> {
        Some(ID(self.row().id.to_string()))
    }

    async fn tag(&self) -> Option<&str> {
        self.row().tag.as_deref()
    }

    /// The name, for all that it says.
    async fn sess_id(&self) -> Option<&str> {
        Some(&self.row().name)
    }

    async fn sess_type(&self) -> Option<&str> {
        Some(self.row().session_type.as_str())
    }

    async fn session_name(&self) -> Option<&str> {
        Some(&self.row().name)
    }

    async fn session_type(&self) -> Option<&str> {
        Some(self.row().session_type.as_str())
    }

    async fn role(&self) -> Option<&str> {
        Some("main")
    }

    async fn image(&self) -> Option<&str> {
        Some(&self.row().image)
    }

    async fn registry(&self) -> Option<&str> {
        Some(&self.row().registry)
    }

    async fn domain_name(&self) -> Option<&str> {
        Some(self.row().domain.as_str())
    }

    async fn group_name(&self) -> Option<&str> {
        Some(&self.row().group_name)
    }

    async fn group_id(&self) -> Option<UuidValue> {
        Some(UuidValue(self.row().group_id.0))
    }

    async fn scaling_group(&self) -> Option<&str> {
        self.row().scaling_group.as_deref()
    }

    async fn user_uuid(&self) -> Option<UuidValue> {
        Some(UuidValue(self.row().user_id.0))
    }

    async fn access_key(&self) -> Option<&str> {
        Some(self.row().access_key.as_str())
    }

    async fn status(&self) -> Option<&str> {
        Some(self.row().status.as_str())
    }

    async fn status_changed(&self) -> Option<Moment> {
        self.row().status_changed.map(Moment)
    }

    async fn status_info(&self) -> Option<&str> {
        self.row().status_info.as_deref()
    }

    async fn created_at(&self) -> Option<Moment> {
        Some(Moment(self.row().created_at))
    }

    async fn terminated_at(&self) -> Option<Moment> {
        self.row().terminated_at.map(Moment)
    }

    async fn startup_command(&self) -> Option<&str> {
        self.row().startup_command.as_deref()
    }

    async fn result(&self) -> Option<&str> {
        Some(self.row().result.as_str())
    }

    async fn agent(&self) -> Option<&str> {
        self.row().agent.as_ref().map(|agent| agent.as_str())
    }

    async fn container_id(&self, ctx: &Context<'_>) -> Option<Result<String>> {
        nullable(async { Ok(self.main(ctx).await?.and_then(|kernel| kernel.container_id)) }).await
    }

    async fn service_ports(&self) -> Option<JsonString> {
        self.row().service_ports.as_ref().map(JsonString::of)
    }

    async fn occupied_slots(&self) -> Option<JsonString> {
        Some(JsonString::slots(&self.row().occupied_slots))
    }

    async fn occupied_shares(&self) -> Option<JsonString> {
        Some(JsonString::of(&json!({})))
    }

    async fn mounts(&self) -> Option<Vec<Option<Vec<Option<String>>>>> {
        Some(Vec::new())
    }

    async fn resource_opts(&self) -> Option<JsonString> {
        Some(JsonString::of(&self.row().resource_opts))
    }

    async fn num_queries(&self) -> Option<BigInt> {
        Some(BigInt(0))
    }

    async fn live_stat(&self, ctx: &Context<'_>) -> Option<Result<JsonString>> {
        nullable(async { Ok(self.used(ctx).await?.map(|used| JsonString::of(&stats::print(&used)))) }).await
    }

    async fn last_stat(&self, ctx: &Context<'_>) -> Option<Result<JsonString>> {
        nullable(async { Ok(self.kept(ctx).await?.map(|kept| JsonString::of(&stats::print(&kept)))) }).await
    }

    async fn user_email(&self) -> Option<&str> {
        Some(&self.row().user_email)
    }

    async fn lang(&self) -> Option<&str> {
        Some(&self.row().image)
    }

    /// MiB.
    async fn mem_slot(&self) -> Option<i32> {
        match self.row().occupied_slots.get("mem") {
            Amount::Finite(number) => i32::try_from(number.to_i64()? >> 20).ok(),
            Amount::Infinite => None,
        }
    }

    async fn cpu_slot(&self) -> Option<f64> {
        self.count("cpu")
    }

    async fn gpu_slot(&self) -> Option<f64> {
        self.count("cuda.device")
    }

    async fn tpu_slot(&self) -> Option<f64> {
        self.count("tpu.device")
    }

    /// Milliseconds.
    async fn cpu_used(&self, ctx: &Context<'_>) -> Option<Result<BigInt>> {
        self.of_use(ctx, |used| used.cpu_used_us / 1_000).await
    }

    /// Per cent of one core.
    async fn cpu_using(&self, ctx: &Context<'_>) -> Option<Result<f64>> {
        nullable(async {
            let used = self.used(ctx).await?;
            Ok(used.and_then(|used| used.cpu_util_milli_pct.to_f64()).map(|thousandths| thousandths / 1_000.0))
        })
        .await
    }

    async fn mem_max_bytes(&self, ctx: &Context<'_>) -> Option<Result<BigInt>> {
        self.of_use(ctx, |used| used.mem_max_bytes).await
    }

    async fn mem_cur_bytes(&self, ctx: &Context<'_>) -> Option<Result<BigInt>> {
        self.of_use(ctx, |used| used.mem_bytes).await
    }

    /// Not measured for each session.
    async fn net_rx_bytes(&self) -> Option<BigInt> {
        None
    }

    /// Not measured for each session.
    async fn net_tx_bytes(&self) -> Option<BigInt> {
        None
    }

    async fn io_read_bytes(&self, ctx: &Context<'_>) -> Option<Result<BigInt>> {
        self.of_use(ctx, |used| used.io_read_bytes).await
    }

    async fn io_write_bytes(&self, ctx: &Context<'_>) -> Option<Result<BigInt>> {
        self.of_use(ctx, |used| used.io_write_bytes).await
    }

    async fn io_max_scratch_size(&self, ctx: &Context<'_>) -> Option<Result<BigInt>> {
        self.of_use(ctx, |used| used.scratch_max_bytes).await
    }

    async fn io_cur_scratch_size(&self, ctx: &Context<'_>) -> Option<Result<BigInt>> {
        self.of_use(ctx, |used| used.scratch_bytes).await
    }
}
