//! What one walk through the queue reads once and needs often: a queue of a thousand asks the
//! database as often as it has keys, projects and resource groups, not as often as it has sessions.

use std::collections::HashMap;

use rollcall_model::account::{KeypairPolicy, ResourceGroup};
use rollcall_model::bar::Bar;
use rollcall_model::ids::{AccessKey, DomainName, GroupId, SessionId};
use rollcall_model::session::Session;
use rollcall_model::slots::Slots;

use super::explain::Fault;
use super::lines::group_of;
use super::pick::Room;
use super::predicates::{Closed, Limits};
use super::rules::Rules;
use crate::core::Core;
use crate::error::LifecycleError;

/// Everything read so far.
pub(crate) struct Notebook {
    groups: HashMap<String, Result<Rules, Fault>>,
    rooms: HashMap<String, Vec<Room>>,
    policies: HashMap<AccessKey, Option<KeypairPolicy>>,
    projects: HashMap<GroupId, Slots>,
    domains: HashMap<DomainName, Slots>,
    allowed: HashMap<(GroupId, AccessKey), Vec<ResourceGroup>>,
    bars: HashMap<SessionId, Bar>,
}

impl Notebook {
    /// With who may not start, the rules of every resource group, and the rooms of those that `waiting` wait for.
    pub(crate) async fn open(core: &Core, waiting: &[&Session]) -> Result<Self, LifecycleError> {
        let groups = core.store.resource_groups_to_schedule(core.system).await?;
        let rules = |group: ResourceGroup| {
            let rules = Rules::of(&group).map_err(|wrong| Fault::of_rules(&group.name, &wrong));
            (group.name, rules)
        };
        let mut notebook = Self {
            groups: groups.into_iter().map(rules).collect(),
            rooms: HashMap::new(),
            policies: HashMap::new(),
            projects: HashMap::new(),
            domains: HashMap::new(),
            allowed: HashMap::new(),
            bars: core.store.barred_sessions(core.system).await?,
        };
        for session in waiting {
            let group = group_of(session);
            if !notebook.rooms.contains_key(group) {
                notebook.read_rooms(core, group).await?;
            }
        }
        Ok(notebook)
    }

    /// Reads afresh what is free in a resource group.
    pub(crate) async fn read_rooms(&mut self, core: &Core, group: &str) -> Result<(), LifecycleError> {
        let agents = core.store.candidate_agents(core.system, group).await?;
        self.rooms.insert(group.to_owned(), agents.into_iter().map(Room::of).collect());
        Ok(())
    }

    /// What is free in a resource group.
    pub(crate) fn rooms(&mut self, group: &str) -> &mut [Room] {
        self.rooms.get_mut(group).map(Vec::as_mut_slice).unwrap_or_default()
    }

    /// Everything that the agents of a resource group have.
    pub(crate) fn capacity(&self, group: &str) -> Slots {
        let rooms = self.rooms.get(group).map(Vec::as_slice).unwrap_or_default();
        rooms.iter().fold(Slots::default(), |sum, room| sum.add(room.size()).unwrap_or(sum))
    }

    /// The rules of a resource group. One that is closed or gone has no own: its predicate fails.
    pub(crate) fn rules(&self, group: &str) -> Result<Rules, Fault> {
        self.groups.get(group).cloned().unwrap_or_else(|| Ok(Rules::default()))
    }

    /// What keeps a session from its start whatever its limits are.
    pub(crate) fn bar(&self, session: &Session) -> Option<Bar> {
        self.bars.get(&session.id).copied()
    }

    /// The limits of a session.
    pub(crate) async fn limits(&mut self, core: &Core, session: &Session) -> Result<Limits, LifecycleError> {
        Ok(Limits {
            policy: self.policy(core, &session.access_key).await?,
            group: self.project(core, session.group_id).await?,
            domain: self.domain(core, &session.domain).await?,
            resource_group: self.resource_group(core, session).await?,
            bar: self.bar(session),
        })
    }

    async fn policy(&mut self, core: &Core, key: &AccessKey) -> Result<Option<KeypairPolicy>, LifecycleError> {
        if let Some(known) = self.policies.get(key) {
            return Ok(known.clone());
        }
        let policy = match core.store.keypair(key).await? {
            Some(keypair) => core.store.policy(&keypair.resource_policy).await?,
            None => None,
        };
        self.policies.insert(key.clone(), policy.clone());
        Ok(policy)
    }

    async fn project(&mut self, core: &Core, id: GroupId) -> Result<Slots, LifecycleError> {
        if let Some(known) = self.projects.get(&id) {
            return Ok(known.clone());
        }
        let project = core.store.group_by_id(id).await?;
        let limit = project.map(|project| project.total_resource_slots).unwrap_or_default();
        self.projects.insert(id, limit.clone());
        Ok(limit)
    }

    async fn domain(&mut self, core: &Core, name: &DomainName) -> Result<Slots, LifecycleError> {
        if let Some(known) = self.domains.get(name) {
            return Ok(known.clone());
        }
        let domain = core.store.domain(name).await?;
        let limit = domain.map(|domain| domain.total_resource_slots).unwrap_or_default();
        self.domains.insert(name.clone(), limit.clone());
        Ok(limit)
    }

    async fn resource_group(&mut self, core: &Core, session: &Session) -> Result<Result<(), Closed>, LifecycleError> {
        let place = (session.group_id, session.access_key.clone());
        if !self.allowed.contains_key(&place) {
            // A project is of one domain, so the domain need not be part of the place.
            let (domain, group, key) = (&session.domain, session.group_id, &session.access_key);
            let allowed = core.store.resource_groups_for(domain, group, key).await?;
            self.allowed.insert(place.clone(), allowed);
        }
        let allowed = self.allowed.get(&place).map(Vec::as_slice).unwrap_or_default();
        Ok(self.closed(allowed, session))
    }

    fn closed(&self, allowed: &[ResourceGroup], session: &Session) -> Result<(), Closed> {
        let name = group_of(session);
        if allowed.is_empty() {
            return Err(Closed::NoneAllowed);
        }
        if !allowed.iter().any(|group| group.name == name) {
            return Err(Closed::NotAllowed(name.to_owned()));
        }
        match self.groups.get(name) {
            Some(Ok(rules)) if !rules.session_types.contains(&session.session_type) => {
                Err(Closed::SessionType(name.to_owned(), session.session_type))
            }
            _ => Ok(()),
        }
    }
}
