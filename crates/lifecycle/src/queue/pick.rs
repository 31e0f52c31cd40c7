//! Which agent takes a session (`session-lifecycle.md` §7): the fewest kinds of slots it would not
//! use, then the largest capacity, then the most room.

use std::cmp::Reverse;

use rollcall_model::agent::Agent;
use rollcall_model::ids::AgentId;
use rollcall_model::slots::Slots;

/// An agent and what is left of it.
#[derive(Clone, Debug)]
pub(crate) struct Room {
    agent: Agent,
    free: Slots,
}

impl Room {
    /// What `agent` has left by its own account.
    pub(crate) fn of(agent: Agent) -> Self {
        let mut free = Slots::default();
        for (name, amount) in agent.available_slots.iter() {
            if let Some(rest) = amount.checked_sub(agent.occupied_slots.get(name)) {
                free.set(name, rest);
            }
        }
        Self { agent, free }
    }

    /// Which agent.
    pub(crate) fn agent(&self) -> &AgentId {
        &self.agent.id
    }

    /// All that the agent has.
    pub(crate) fn size(&self) -> &Slots {
        &self.agent.available_slots
    }

    /// What is left of it.
    pub(crate) fn free(&self) -> &Slots {
        &self.free
    }

    /// Whether it takes `demand`, and may.
    pub(crate) fn takes(&self, demand: &Slots, designated: Option<&AgentId>) -> bool {
        designated.is_none_or(|agent| *agent == self.agent.id) && demand.fits_into(&self.free)
    }

    /// Sets `demand` aside.
    pub(crate) fn take(&mut self, demand: &Slots) {
        if let Some(rest) = self.free.sub(demand) {
            self.free = rest;
        }
    }

    fn surplus_kinds(&self, demand: &Slots) -> usize {
        self.agent
            .available_slots
            .iter()
            .filter(|(name, amount)| !amount.is_zero() && demand.get(name).is_zero())
            .count()
    }
}

/// The best room for `demand`, among all or as `designated`.
pub(crate) fn pick<'a>(rooms: &'a mut [Room], demand: &Slots, designated: Option<&AgentId>) -> Option<&'a mut Room> {
    rooms.iter_mut().filter(|room| room.takes(demand, designated)).min_by_key(|room| {
        let capacity = (room.agent.available_slots.cpu(), room.agent.available_slots.mem());
        let free = (room.free.cpu(), room.free.mem());
        (room.surplus_kinds(demand), Reverse(capacity), Reverse(free))
    })
}
