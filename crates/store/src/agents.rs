//! Machines that run kernels, and what is taken of them.

use rollcall_model::Timestamp;
use rollcall_model::access::{SeeAgents, System};
use rollcall_model::agent::{Agent, AgentStatus};
use rollcall_model::ids::AgentId;
use rollcall_model::slots::Slots;

use crate::{Store, StoreError};

/// An agent that reports for duty.
#[derive(Clone, Debug, PartialEq)]
pub struct NewAgent {
    /// Id.
    pub id: AgentId,
    /// Region.
    pub region: String,
    /// Resource group.
    pub scaling_group: String,
    /// Everything it has to give.
    pub available_slots: Slots,
    /// Address.
    pub addr: String,
    /// Version of its program.
    pub version: String,
    /// What its engine says of itself.
    pub compute_plugins: serde_json::Value,
}

/// Which agents.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct AgentFilter {
    /// Of this resource group.
    pub scaling_group: Option<String>,
    /// Of this status.
    pub status: Option<AgentStatus>,
}

impl Store {
    /// Notes an agent as ALIVE, new or back again. Whether it may be scheduled stays as it was.
    ///
    /// # Errors
    /// [`StoreError::Query`].
    pub async fn register_agent(&self, _system: System, agent: &NewAgent, at: Timestamp) -> Result<(), StoreError> {
        todo!("{agent:?} {at}")
    }

    /// Notes that an agent answers; a LOST one is ALIVE again.
    ///
    /// # Errors
    /// [`StoreError::Query`].
    pub async fn heartbeat(&self, _system: System, agent: &AgentId, at: Timestamp) -> Result<(), StoreError> {
        todo!("{agent} {at}")
    }

    /// Sets an agent's status.
    ///
    /// # Errors
    /// [`StoreError::Query`].
    pub async fn mark_agent(
        &self,
        _system: System,
        agent: &AgentId,
        status: AgentStatus,
        at: Timestamp,
    ) -> Result<(), StoreError> {
        todo!("{agent} {status:?} {at}")
    }

    /// Agents by status, resource group and id, with what is taken of each.
    ///
    /// # Errors
    /// [`StoreError::Query`].
    pub async fn agents(&self, _permit: &SeeAgents, filter: &AgentFilter) -> Result<Vec<Agent>, StoreError> {
        todo!("{filter:?}")
    }

    /// One agent.
    ///
    /// # Errors
    /// [`StoreError::Query`].
    pub async fn agent(&self, _permit: &SeeAgents, id: &str) -> Result<Option<Agent>, StoreError> {
        todo!("{id}")
    }

    /// ALIVE and schedulable agents of a resource group, with what is taken of each.
    ///
    /// # Errors
    /// [`StoreError::Query`].
    pub async fn candidate_agents(&self, _system: System, scaling_group: &str) -> Result<Vec<Agent>, StoreError> {
        todo!("{scaling_group}")
    }
}
