//! Who uses how much: sums over the sessions that count for quotas, made afresh for each look at
//! the queue from rows that are in memory anyway.

use std::collections::HashMap;

use rollcall_model::ids::{AccessKey, DomainName, GroupId};
use rollcall_model::quota::Excess;
use rollcall_model::session::Session;
use rollcall_model::slots::Slots;

use super::lines::group_of;

/// Sums by key, project and domain, and by resource group and key.
#[derive(Debug, Default)]
pub(crate) struct Usage {
    sessions: HashMap<AccessKey, i64>,
    keys: HashMap<AccessKey, Slots>,
    groups: HashMap<GroupId, Slots>,
    domains: HashMap<DomainName, Slots>,
    parts: HashMap<String, HashMap<AccessKey, Slots>>,
}

impl Usage {
    /// Sums up every session that occupies quota. Those in ERROR on a LOST agent hold nothing any
    /// more: the store leaves them out.
    pub(crate) fn of<'a>(sessions: impl Iterator<Item = &'a Session>) -> Self {
        let mut usage = Self::default();
        sessions.filter(|session| session.status.occupies_quota()).for_each(|session| usage.count(session));
        usage
    }

    /// Counts one more.
    pub(crate) fn count(&mut self, session: &Session) {
        let slots = &session.occupied_slots;
        *self.sessions.entry(session.access_key.clone()).or_default() += 1;
        add(self.keys.entry(session.access_key.clone()).or_default(), slots);
        add(self.groups.entry(session.group_id).or_default(), slots);
        add(self.domains.entry(session.domain.clone()).or_default(), slots);
        let part = self.parts.entry(group_of(session).to_owned()).or_default();
        add(part.entry(session.access_key.clone()).or_default(), slots);
    }

    /// Takes over what the store counted when it refused `session`: another manager was quicker,
    /// and those that wait behind would only be refused too.
    pub(crate) fn correct(&mut self, session: &Session, excesses: &[Excess]) {
        for excess in excesses {
            match excess {
                Excess::Sessions { using, .. } => drop(self.sessions.insert(session.access_key.clone(), *using)),
                Excess::Keypair { using, .. } => drop(self.keys.insert(session.access_key.clone(), using.clone())),
                Excess::Group { using, .. } => drop(self.groups.insert(session.group_id, using.clone())),
                Excess::Domain { using, .. } => drop(self.domains.insert(session.domain.clone(), using.clone())),
            }
        }
    }

    /// Sessions of the key.
    pub(crate) fn sessions_of(&self, key: &AccessKey) -> i64 {
        self.sessions.get(key).copied().unwrap_or(0)
    }

    /// Slots of the key.
    pub(crate) fn key(&self, key: &AccessKey) -> Slots {
        self.keys.get(key).cloned().unwrap_or_default()
    }

    /// Slots of the key in one resource group.
    pub(crate) fn key_in(&self, resource_group: &str, key: &AccessKey) -> Slots {
        self.parts.get(resource_group).and_then(|keys| keys.get(key)).cloned().unwrap_or_default()
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
