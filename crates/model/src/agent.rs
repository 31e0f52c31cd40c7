//! Machines that run kernels.

use serde::{Deserialize, Serialize};

use crate::Timestamp;
use crate::ids::AgentId;
use crate::slots::Slots;

/// Whether an agent can be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum AgentStatus {
    /// Answers.
    Alive,
    /// Did not answer in time; its kernels keep their status.
    Lost,
    /// Restarting.
    Restarting,
    /// Stopped on purpose.
    Terminated,
}

impl AgentStatus {
    /// All four, in the order of the names.
    pub const ALL: [Self; 4] = [Self::Alive, Self::Lost, Self::Restarting, Self::Terminated];

    /// The UPPER_CASE name.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Alive => "ALIVE",
            Self::Lost => "LOST",
            Self::Restarting => "RESTARTING",
            Self::Terminated => "TERMINATED",
        }
    }

    /// Reads the name; `None` for anything else.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|status| status.as_str() == text)
    }
}

/// A machine that runs kernels.
#[derive(Clone, Debug, PartialEq)]
pub struct Agent {
    /// Id, such as `i-hostname`.
    pub id: AgentId,
    /// Whether it can be used.
    pub status: AgentStatus,
    /// When that last changed.
    pub status_changed: Timestamp,
    /// Region, `local` for this machine.
    pub region: String,
    /// Resource group.
    pub scaling_group: String,
    /// Whether the scheduler may choose it.
    pub schedulable: bool,
    /// Everything it has to give.
    pub available_slots: Slots,
    /// What kernels hold of it.
    pub occupied_slots: Slots,
    /// Address, such as `local://hostname`.
    pub addr: String,
    /// First seen.
    pub first_contact: Timestamp,
    /// Lost since.
    pub lost_at: Option<Timestamp>,
    /// Version of the program it runs.
    pub version: String,
    /// What the engine says of itself: fence, limits and their reasons.
    pub compute_plugins: serde_json::Value,
}
