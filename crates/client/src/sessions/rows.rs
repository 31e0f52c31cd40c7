//! Rows as the API answers them. What was not asked for is `None`.

use rollcall_model::Timestamp;
use rollcall_model::ids::{GroupId, KernelId, SessionId, UserId};
use rollcall_model::session::Waiting;
use rollcall_model::status::Status;
use serde::{Deserialize, Serialize};
use serde_json::Value;

pub use rollcall_wire::session::RemainingTime;

use crate::json_string;

/// A page of sessions.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct SessionPage {
    /// Rows on all pages together.
    pub total_count: u64,
    /// The rows.
    pub items: Vec<SessionRow>,
}

/// A session.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct SessionRow {
    /// Id; equal to that of the main kernel.
    pub id: Option<SessionId>,
    /// Id again.
    pub session_id: Option<SessionId>,
    /// Free tag.
    pub tag: Option<String>,
    /// Name.
    pub name: Option<String>,
    /// `INTERACTIVE` or `BATCH`.
    #[serde(rename = "type")]
    pub session_type: Option<String>,
    /// Canonical image reference.
    pub image: Option<String>,
    /// `single-node` or `multi-node`.
    pub cluster_mode: Option<String>,
    /// Number of kernels.
    pub cluster_size: Option<i64>,
    /// Domain.
    pub domain_name: Option<String>,
    /// Project.
    pub group_name: Option<String>,
    /// Project's id.
    pub group_id: Option<GroupId>,
    /// Owner.
    pub user_email: Option<String>,
    /// Owner's id.
    pub user_id: Option<UserId>,
    /// Owner's key.
    pub access_key: Option<String>,
    /// Status by its name; a newer server may know more than this client.
    pub status: Option<String>,
    /// Last change.
    pub status_changed: Option<Timestamp>,
    /// Reason, kebab-case.
    pub status_info: Option<String>,
    /// Details of the reason.
    #[serde(deserialize_with = "json_string::value")]
    pub status_data: Option<Value>,
    /// Why it waits, for people; see [`super::Sessions::explain`].
    #[serde(skip_serializing_if = "Option::is_none")]
    pub waiting: Option<Waiting>,
    /// How long it has left; see [`super::Sessions::add_remaining`].
    #[serde(skip_serializing_if = "Option::is_none")]
    pub remaining: Option<RemainingTime>,
    /// Made at.
    pub created_at: Option<Timestamp>,
    /// Ended at.
    pub terminated_at: Option<Timestamp>,
    /// Not before.
    pub starts_at: Option<Timestamp>,
    /// Batch command.
    pub startup_command: Option<String>,
    /// `UNDEFINED`, `SUCCESS` or `FAILURE`.
    pub result: Option<String>,
    /// Options such as `shmem`.
    #[serde(deserialize_with = "json_string::value")]
    pub resource_opts: Option<Value>,
    /// Resource group.
    pub scaling_group: Option<String>,
    /// Ports of its services.
    #[serde(deserialize_with = "json_string::value")]
    pub service_ports: Option<Value>,
    /// Mounted folders.
    #[serde(deserialize_with = "json_string::list")]
    pub mounts: Vec<String>,
    /// Slots by name, decimals as text.
    #[serde(deserialize_with = "json_string::value")]
    pub occupied_slots: Option<Value>,
    /// Kernels, main first.
    #[serde(deserialize_with = "json_string::list")]
    pub containers: Vec<ContainerRow>,
}

impl SessionRow {
    /// The status, where this client knows it.
    #[must_use]
    pub fn known_status(&self) -> Option<Status> {
        self.status.as_deref()?.parse().ok()
    }

    /// The id under whichever name it was asked for.
    #[must_use]
    pub fn any_id(&self) -> Option<SessionId> {
        self.session_id.or(self.id)
    }

    /// Over for good.
    #[must_use]
    pub fn is_dead(&self) -> bool {
        self.known_status().is_some_and(Status::is_dead)
    }

    /// An amount of a slot, such as `cpu`.
    #[must_use]
    pub fn slot(&self, name: &str) -> Option<f64> {
        number(self.occupied_slots.as_ref()?.get(name)?)
    }

    /// When it was last made, changed or ended: the default order of lists.
    pub(super) fn latest(&self) -> Option<Timestamp> {
        self.created_at.max(self.terminated_at).max(self.status_changed)
    }
}

/// A kernel of a session.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct ContainerRow {
    /// Id.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub id: Option<KernelId>,
    /// `main` or `sub`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cluster_role: Option<String>,
    /// Number within its role.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cluster_idx: Option<i64>,
    /// Host name inside.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cluster_hostname: Option<String>,
    /// Image.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub image: Option<String>,
    /// Status.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub status: Option<String>,
    /// Reason.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub status_info: Option<String>,
    /// Made at.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub created_at: Option<Timestamp>,
    /// Ended at.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub terminated_at: Option<Timestamp>,
    /// Where it runs.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub agent: Option<String>,
    /// The engine's name for it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub container_id: Option<String>,
    /// Slots of this kernel.
    #[serde(deserialize_with = "json_string::value", skip_serializing_if = "Option::is_none")]
    pub occupied_slots: Option<Value>,
    /// Latest metrics while it runs.
    #[serde(deserialize_with = "json_string::value")]
    pub live_stat: Option<Value>,
    /// Metrics kept at the end.
    #[serde(deserialize_with = "json_string::value")]
    pub last_stat: Option<Value>,
}

impl ContainerRow {
    /// A metric's current value, live where there is one, else the last: `cpu_util` (100 is one
    /// core), `mem` (bytes), `cpu_used` (milliseconds), `io_read`, `io_write` (bytes).
    #[must_use]
    pub fn metric(&self, name: &str) -> Option<f64> {
        let stats = self.live_stat.as_ref().or(self.last_stat.as_ref())?;
        number(stats.get(name)?.get("current")?)
    }
}

/// A decimal text or a number.
fn number(value: &Value) -> Option<f64> {
    match value {
        Value::String(text) => text.parse().ok(),
        other => other.as_f64(),
    }
}
