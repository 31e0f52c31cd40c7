//! `Image` and `Agent`: what sessions are started in and where they run (`graphql.md` §6, §10).

use async_graphql::{ID, Object, SimpleObject};
use rollcall_model::agent;
use rollcall_model::image;
use rollcall_model::slots::{Amount, Slots};
use rust_decimal::prelude::ToPrimitive;

use super::container::ComputeContainer;
use super::scalars::{BigInt, JsonString, Moment};

/// An environment.
pub(crate) struct Image(pub(crate) image::Image);

#[Object(rename_fields = "snake_case", rename_args = "snake_case")]
impl Image {
    async fn name(&self) -> Option<&str> {
        Some(&self.0.name)
    }

    async fn humanized_name(&self) -> Option<&str> {
        Some(&self.0.name)
    }

    async fn tag(&self) -> Option<&str> {
        Some(&self.0.tag)
    }

    async fn registry(&self) -> Option<&str> {
        Some(&self.0.registry)
    }

    async fn digest(&self) -> Option<&str> {
        Some(&self.0.digest)
    }

    async fn labels(&self) -> Option<Vec<Option<KVPair>>> {
        let pair = |(key, value): &(String, String)| KVPair { key: Some(key.clone()), value: Some(value.clone()) };
        Some(self.0.labels.iter().map(pair).map(Some).collect())
    }

    async fn aliases(&self) -> Option<Vec<Option<&str>>> {
        Some(self.0.aliases.iter().map(|alias| Some(alias.as_str())).collect())
    }

    async fn size_bytes(&self) -> Option<BigInt> {
        Some(BigInt(self.0.size_bytes))
    }

    async fn resource_limits(&self) -> Option<Vec<Option<ResourceLimit>>> {
        let limit = |limit: &image::ImageLimit| ResourceLimit {
            key: Some(limit.key.clone()),
            min: Some(limit.min.clone()),
            max: limit.max.clone(),
        };
        Some(self.0.limits.iter().map(limit).map(Some).collect())
    }

    async fn supported_accelerators(&self) -> Option<Vec<Option<String>>> {
        Some(Vec::new())
    }

    async fn installed(&self) -> Option<bool> {
        Some(self.0.installed)
    }

    /// Which machines have it is for superadmins, and they ask the agents.
    async fn installed_agents(&self) -> Option<Vec<Option<String>>> {
        Some(Vec::new())
    }

    async fn hash(&self) -> Option<&str> {
        Some(&self.0.digest)
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
pub(crate) struct Agent(pub(crate) agent::Agent);

impl Agent {
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
    async fn id(&self) -> Option<ID> {
        Some(ID(self.0.id.as_str().to_owned()))
    }

    async fn status(&self) -> Option<&str> {
        Some(self.0.status.as_str())
    }

    async fn status_changed(&self) -> Option<Moment> {
        Some(Moment(self.0.status_changed))
    }

    async fn region(&self) -> Option<&str> {
        Some(&self.0.region)
    }

    async fn scaling_group(&self) -> Option<&str> {
        Some(&self.0.scaling_group)
    }

    async fn schedulable(&self) -> Option<bool> {
        Some(self.0.schedulable)
    }

    async fn available_slots(&self) -> Option<JsonString> {
        Some(JsonString::slots(&self.0.available_slots))
    }

    async fn occupied_slots(&self) -> Option<JsonString> {
        Some(JsonString::slots(&self.0.occupied_slots))
    }

    async fn addr(&self) -> Option<&str> {
        Some(&self.0.addr)
    }

    async fn first_contact(&self) -> Option<Moment> {
        Some(Moment(self.0.first_contact))
    }

    async fn lost_at(&self) -> Option<Moment> {
        self.0.lost_at.map(Moment)
    }

    async fn live_stat(&self) -> Option<JsonString> {
        None
    }

    async fn version(&self) -> Option<&str> {
        Some(&self.0.version)
    }

    async fn compute_plugins(&self) -> Option<JsonString> {
        Some(JsonString::of(&self.0.compute_plugins))
    }

    async fn hardware_metadata(&self) -> Option<JsonString> {
        Some(JsonString::of(&serde_json::json!({})))
    }

    async fn mem_slots(&self) -> Option<i32> {
        Self::mebibytes(&self.0.available_slots)
    }

    async fn cpu_slots(&self) -> Option<f64> {
        Self::count(&self.0.available_slots, "cpu")
    }

    async fn gpu_slots(&self) -> Option<f64> {
        Self::count(&self.0.available_slots, "cuda.device")
    }

    async fn tpu_slots(&self) -> Option<f64> {
        Self::count(&self.0.available_slots, "tpu.device")
    }

    async fn used_mem_slots(&self) -> Option<i32> {
        Self::mebibytes(&self.0.occupied_slots)
    }

    async fn used_cpu_slots(&self) -> Option<f64> {
        Self::count(&self.0.occupied_slots, "cpu")
    }

    async fn used_gpu_slots(&self) -> Option<f64> {
        Self::count(&self.0.occupied_slots, "cuda.device")
    }

    async fn used_tpu_slots(&self) -> Option<f64> {
        Self::count(&self.0.occupied_slots, "tpu.device")
    }

    async fn cpu_cur_pct(&self) -> Option<f64> {
        None
    }

    async fn mem_cur_bytes(&self) -> Option<f64> {
        None
    }

    async fn compute_containers(
        &self,
        #[graphql(name = "status")] _status: Option<String>,
    ) -> Option<Vec<Option<ComputeContainer>>> {
        None
    }

    async fn architecture(&self) -> Option<&str> {
        Some(std::env::consts::ARCH)
    }

    async fn local_config(&self) -> Option<JsonString> {
        Some(JsonString::of(&serde_json::json!({})))
    }
}
