//! Who uses how much: sums over the sessions that count for quotas, made afresh for each look at
//! the queue from rows that are in memory anyway.

use std::collections::{HashMap, HashSet};

use rollcall_model::ids::{AccessKey, AgentId, DomainName, GroupId};
use rollcall_model::session::Session;
use rollcall_model::slots::Slots;
use rollcall_model::status::Status;

/// Sums by key, project and domain.
#[derive(Debug, Default)]
pub(crate) struct Usage {
    sessions: HashMap<AccessKey, i64>,
    keys: HashMap<AccessKey, Slots>,
    groups: HashMap<GroupId, Slots>,
    domains: HashMap<DomainName, Slots>,
}

impl Usage {
    /// Sums up every session that occupies quota, by the rule that the store reserves by: one in
    /// ERROR on an agent that is LOST holds nothing any more.
    pub(crate) fn of<'a>(sessions: impl Iterator<Item = &'a Session>, lost: &HashSet<AgentId>) -> Self {
        let gone = |session: &Session| {
            session.status == Status::Error && session.agent.as_ref().is_some_and(|agent| lost.contains(agent))
        };
        let mut usage = Self::default();
        sessions
            .filter(|session| session.status.occupies_quota() && !gone(session))
            .for_each(|session| usage.count(session));
        usage
    }

    /// Counts one more.
    pub(crate) fn count(&mut self, session: &Session) {
        let slots = &session.occupied_slots;
        *self.sessions.entry(session.access_key.clone()).or_default() += 1;
        add(self.keys.entry(session.access_key.clone()).or_default(), slots);
        add(self.groups.entry(session.group_id).or_default(), slots);
        add(self.domains.entry(session.domain.clone()).or_default(), slots);
    }

    /// Sessions of the key.
    pub(crate) fn sessions_of(&self, key: &AccessKey) -> i64 {
        self.sessions.get(key).copied().unwrap_or(0)
    }

    /// Slots of the key.
    pub(crate) fn key(&self, key: &AccessKey) -> Slots {
        self.keys.get(key).cloned().unwrap_or_default()
    }

    /// Slots of the project.
    pub(crate) fn group(&self, group: GroupId) -> Slots {
        self.groups.get(&group).cloned().unwrap_or_default()
    }

    /// Slots of the domain.
    pub(crate) fn domain(&self, domain: &DomainName) -> Slots {
        self.domains.get(domain).cloned().unwrap_or_default()
    }
}

fn add(sum: &mut Slots, slots: &Slots) {
    // Amounts are bounded far below an overflow; one that overflows all the same keeps the old sum.
    if let Some(more) = sum.add(slots) {
        *sum = more;
    }
}
