//! `ComputeSession` (`graphql.md` §3.7, with the additions of §9).

use async_graphql::{ID, Object};
use rollcall_model::session::Session;
use serde_json::json;

use super::container::ComputeContainer;
use super::scalars::{BigInt, JsonString, Moment, UuidValue};
use super::waiting::SessionWaiting;

/// A session with those of its kernels that were asked for.
pub(crate) struct ComputeSession {
    row: Session,
    containers: Vec<ComputeContainer>,
}

impl ComputeSession {
    pub(crate) fn new(row: Session, containers: Vec<ComputeContainer>) -> Self {
        Self { row, containers }
    }

    /// Fields that need kernels; without any of them in a query none are loaded.
    pub(crate) const NEED_KERNELS: [&str; 3] = ["containers", "agents", "agent_ids"];

    fn agents_of_kernels(&self) -> Vec<Option<String>> {
        let mut agents: Vec<Option<String>> = Vec::new();
        for agent in self.containers.iter().filter_map(|container| container.row().agent.as_ref()) {
            if !agents.iter().any(|known| known.as_deref() == Some(agent.as_str())) {
                agents.push(Some(agent.as_str().to_owned()));
            }
        }
        agents
    }
}

#[Object(rename_fields = "snake_case", rename_args = "snake_case")]
impl ComputeSession {
    async fn id(&self) -> Option<ID> {
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
    async fn containers(&self) -> Option<Vec<Option<&ComputeContainer>>> {
        Some(self.containers.iter().map(Some).collect())
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

    async fn agent_ids(&self) -> Option<Vec<Option<String>>> {
        Some(self.agents_of_kernels())
    }

    async fn agents(&self) -> Option<Vec<Option<String>>> {
        Some(self.agents_of_kernels())
    }

    async fn scheduled_at(&self) -> Option<Moment> {
        None
    }

    async fn abusing_reports(&self) -> Option<Vec<Option<JsonString>>> {
        None
    }

    async fn idle_checks(&self) -> Option<JsonString> {
        Some(JsonString::of(&json!({})))
    }

    async fn status_history(&self) -> Option<JsonString> {
        None
    }

    async fn architecture(&self) -> Option<&str> {
        Some(std::env::consts::ARCH)
    }

    async fn full_name(&self) -> Option<String> {
        None
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
}
