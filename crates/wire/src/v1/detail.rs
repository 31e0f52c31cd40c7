//! One session with everything that is told of it.

use rollcall_model::session::Kernel;
use rollcall_model::time::print_iso;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;
use uuid::Uuid;

use super::row::{SessionRow, SlotAmounts, Usage};

/// A container of a session.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct KernelRow {
    /// Id; the main one has the session's.
    pub id: Uuid,
    /// `main` or `sub`.
    pub role: String,
    /// 1 for main, 1.. for the others.
    pub idx: i32,
    /// Its host name inside the session.
    pub hostname: String,
    /// Canonical image reference.
    pub image: String,
    /// Status name.
    pub status: String,
    /// Reason.
    pub status_info: Option<String>,
    /// Agent; told to superadmins alone.
    pub agent: Option<String>,
    /// The engine's own name for it.
    pub container_id: Option<String>,
    /// How it ended.
    pub exit_code: Option<i32>,
    /// What it holds.
    pub slots: SlotAmounts,
    /// What it uses of that.
    pub usage: Option<Usage>,
    /// When it ended.
    pub terminated_at: Option<String>,
}

impl KernelRow {
    /// Of a stored one; `shows_agent` where the caller may know the machine.
    #[must_use]
    pub fn of(kernel: &Kernel, usage: Option<Usage>, shows_agent: bool) -> Self {
        Self {
            id: kernel.id.0,
            role: kernel.cluster_role.clone(),
            idx: kernel.cluster_idx,
            hostname: kernel.cluster_hostname.clone(),
            image: kernel.image.clone(),
            status: kernel.status.as_str().to_owned(),
            status_info: kernel.status_info.clone(),
            agent: kernel.agent.as_ref().filter(|_| shows_agent).map(|agent| agent.as_str().to_owned()),
            container_id: kernel.container_id.clone(),
            exit_code: kernel.exit_code,
            slots: SlotAmounts::of(&kernel.occupied_slots),
            usage,
            terminated_at: kernel.terminated_at.map(print_iso),
        }
    }
}

/// A line of a session's history.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct HistoryLine {
    /// When.
    pub at: String,
    /// The step; null for the creation and for what leaves the status as it is.
    pub step: Option<String>,
    /// Status before.
    pub from: Option<String>,
    /// Status after.
    pub to: String,
    /// Reason.
    pub reason: Option<String>,
}

/// A session with its history and what it was made with.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Detail {
    /// As the list tells it.
    pub session: SessionRow,
    /// How it came to its state, the oldest first.
    pub history: Vec<HistoryLine>,
    /// Environment given by its creator; told to its owner alone, for it may hold secrets.
    #[schema(value_type = Option<Vec<Vec<String>>>)]
    pub environ: Option<Vec<(String, String)>>,
    /// Which fence holds it, what that leaves open, how it is limited.
    pub fence: Option<Value>,
}

/// Why a session stands in the caller's list, or does not.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Explanation {
    /// Whether it does. A session that there is not and one that one may not see are told alike.
    pub visible: bool,
    /// Why, in sentences.
    pub reasons: Vec<String>,
    /// The tabs that it stands in.
    pub tabs: Vec<String>,
}
