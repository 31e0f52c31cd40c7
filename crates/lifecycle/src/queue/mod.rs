//! The queue: first in, first out for each resource group, in which a session that does not fit now
//! never delays later ones that do.

pub(crate) mod explain;
pub(crate) mod pick;
pub(crate) mod predicates;
#[cfg(test)]
mod tests;
pub(crate) mod usage;

use std::collections::{HashMap, HashSet};

use rollcall_model::Timestamp;
use rollcall_model::account::KeypairPolicy;
use rollcall_model::ids::{AccessKey, AgentId, SessionId};
use rollcall_model::session::{Kernel, Session};
use rollcall_model::slots::Slots;
use rollcall_model::status::{Status, Step};
use rollcall_store::{Advance, Advanced, Change, Placement};
use serde_json::json;

use self::explain::{Explanations, Reason};
use self::pick::{Room, pick};
use self::predicates::{Limits, evaluate};
use self::usage::Usage;
use crate::clock;
use crate::core::Core;
use crate::error::LifecycleError;

/// What one walk through the queue came to.
#[derive(Debug, Default)]
pub(crate) struct Walk {
    /// Sessions that were given an agent.
    pub(crate) scheduled: Vec<(Session, Vec<Kernel>)>,
    /// When the next one that waits for its time may start.
    pub(crate) next_start: Option<Timestamp>,
}

/// What one walk reads once and needs often.
#[derive(Default)]
struct Notebook {
    rooms: HashMap<String, Vec<Room>>,
    policies: HashMap<AccessKey, Option<KeypairPolicy>>,
}

/// Walks through the queue once; `rows` are all unfinished sessions, the oldest first.
pub(crate) async fn walk(
    core: &Core,
    rows: &[(Session, Vec<Kernel>)],
    explanations: &mut Explanations,
) -> Result<Walk, LifecycleError> {
    let waiting: HashSet<SessionId> = rows
        .iter()
        .map(|(session, _)| session)
        .filter(|session| session.status == Status::Pending)
        .map(|session| session.id)
        .collect();
    explanations.keep(|id| waiting.contains(id));
    let mut walk = Walk::default();
    if waiting.is_empty() {
        return Ok(walk);
    }
    let lost = core.store.lost_agents(core.system).await?;
    let mut usage = Usage::of(rows.iter().map(|(session, _)| session), &lost);
    let mut notebook = Notebook::default();
    for (session, kernels) in rows {
        if !waiting.contains(&session.id) {
            continue;
        }
        let now = clock::now();
        match consider(core, session, kernels, &usage, &mut notebook, now).await? {
            Ok(scheduled) => {
                usage.count(&scheduled);
                walk.scheduled.push((scheduled, kernels.clone()));
            }
            Err(Verdict::Moved) => {}
            Err(Verdict::Waits(reason)) => {
                walk.next_start = earlier(walk.next_start, session.starts_at.filter(|starts_at| *starts_at > now));
                if let Some(note) = explanations.failed_try(session, reason, now) {
                    core.store.note_pending(core.system, session.id, note.info, &note.data).await?;
                    core.hub.touch(session.id);
                }
            }
        }
    }
    Ok(walk)
}

/// Why a session was not scheduled.
enum Verdict {
    /// It waits on.
    Waits(Reason),
    /// Somebody else moved it meanwhile.
    Moved,
}

async fn consider(
    core: &Core,
    session: &Session,
    kernels: &[Kernel],
    usage: &Usage,
    notebook: &mut Notebook,
    now: Timestamp,
) -> Result<Result<Session, Verdict>, LifecycleError> {
    let limits = notebook.limits(core, session).await?;
    let verdicts = evaluate(session, &limits, usage, now);
    if !verdicts.all_passed() {
        return Ok(Err(Verdict::Waits(Reason::Predicates(verdicts))));
    }
    let group = session.scaling_group.clone().unwrap_or_default();
    let demand = demand(kernels);
    let rooms = notebook.rooms(core, &group).await?;
    let Some(room) = pick(rooms, &demand, session.agent.as_ref()) else {
        return Ok(Err(Verdict::Waits(Reason::NoAgent)));
    };
    let advance = schedule(session, room.agent().clone(), group, now);
    match core.advance(&core.system, &advance).await? {
        Advanced::Done(scheduled) => {
            room.take(&demand);
            Ok(Ok(scheduled))
        }
        Advanced::Stale(_) | Advanced::Gone => Ok(Err(Verdict::Moved)),
        // Another manager was quicker with the last room or the key's last place; the sums of this
        // walk are old, and the next walk has new ones.
        Advanced::NoRoom => Ok(Err(Verdict::Waits(Reason::NoAgent))),
        Advanced::OverLimit(_) => {
            let mut full = Usage::default();
            let most = limits.policy.map_or(0, |policy| policy.max_concurrent_sessions);
            (0..most).for_each(|_| full.count(session));
            let limits = notebook.limits(core, session).await?;
            Ok(Err(Verdict::Waits(Reason::Predicates(evaluate(session, &limits, &full, now)))))
        }
    }
}

fn schedule(session: &Session, agent: AgentId, scaling_group: String, now: Timestamp) -> Advance {
    let mut advance = Advance::new(session.id, Status::Pending, Step::Schedule, now);
    advance.reason = Change::Set(Some("scheduled".to_owned()));
    advance.status_data = Change::Set(Some(json!({})));
    advance.placement = Some(Placement { agent, scaling_group });
    advance
}

/// What all kernels together take of an agent.
fn demand(kernels: &[Kernel]) -> Slots {
    let mut sum = Slots::default();
    for kernel in kernels {
        // Admission has computed the same sum without overflow.
        sum = sum.add(&kernel.occupied_slots).unwrap_or(sum);
    }
    sum
}

fn earlier(one: Option<Timestamp>, other: Option<Timestamp>) -> Option<Timestamp> {
    one.into_iter().chain(other).min()
}

impl Notebook {
    async fn rooms(&mut self, core: &Core, group: &str) -> Result<&mut [Room], LifecycleError> {
        if !self.rooms.contains_key(group) {
            let agents = core.store.candidate_agents(core.system, group).await?;
            self.rooms.insert(group.to_owned(), agents.into_iter().map(Room::of).collect());
        }
        Ok(self.rooms.get_mut(group).map(Vec::as_mut_slice).unwrap_or_default())
    }

    async fn limits(&mut self, core: &Core, session: &Session) -> Result<Limits, LifecycleError> {
        let policy = self.policy(core, &session.access_key).await?;
        let group = core.store.group_by_id(session.group_id).await?;
        let domain = core.store.domain(&session.domain).await?;
        Ok(Limits {
            policy,
            group: group.map(|group| group.total_resource_slots).unwrap_or_default(),
            domain: domain.map(|domain| domain.total_resource_slots).unwrap_or_default(),
            resource_group: resource_group(core, session).await?,
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
}

async fn resource_group(core: &Core, session: &Session) -> Result<Result<(), String>, LifecycleError> {
    let allowed = core.store.resource_groups_for(&session.domain, session.group_id, &session.access_key).await?;
    Ok(match &session.scaling_group {
        _ if allowed.is_empty() => Err("You do not have any scaling groups allowed to use.".to_owned()),
        Some(name) if !allowed.iter().any(|group| group.name == *name) => {
            Err(format!("You do not have access to the scaling group '{name}'."))
        }
        Some(_) | None => Ok(()),
    })
}
