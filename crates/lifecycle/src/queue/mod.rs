//! The queue: one line for each resource group, in the order of its scheduler, in which a session
//! that does not fit now never delays later ones that do, unless the resource group wants it so.

pub(crate) mod explain;
mod lines;
mod notebook;
pub(crate) mod pick;
pub(crate) mod predicates;
#[cfg(test)]
mod properties;
mod rules;
mod sentence;
mod shortage;
#[cfg(test)]
mod tests;
pub(crate) mod usage;

use std::collections::HashMap;

use rollcall_model::Timestamp;
use rollcall_model::ids::{AgentId, SessionId};
use rollcall_model::session::{Kernel, Session};
use rollcall_model::slots::Slots;
use rollcall_model::status::{Status, Step};
use rollcall_store::{Advance, Advanced, Change, Placement};
use serde_json::json;

use self::explain::{Explanations, Fault, Reason};
use self::lines::{Lines, Stay, Turn, group_of};
use self::notebook::Notebook;
use self::pick::{Room, pick};
use self::predicates::{Limits, Verdicts, evaluate, start_ahead};
use self::rules::Rules;
use self::shortage::shortage;
use self::usage::Usage;
use crate::clock;
use crate::core::Core;
use crate::error::LifecycleError;

/// How often one session is tried in one look when others take the room it was to have.
const TRIES: u32 = 3;

/// What one walk through the queue came to.
#[derive(Debug, Default)]
pub(crate) struct Walk {
    /// Sessions that were given an agent.
    pub(crate) scheduled: Vec<(Session, Vec<Kernel>)>,
    /// When the next one that waits for its time may start.
    pub(crate) next_start: Option<Timestamp>,
}

/// Walks through the queue once; `rows` are all unfinished sessions, the oldest first.
pub(crate) async fn walk(
    core: &Core,
    rows: &[(Session, Vec<Kernel>)],
    explanations: &mut Explanations,
) -> Result<Walk, LifecycleError> {
    let pending = || rows.iter().filter(|(session, _)| session.status == Status::Pending);
    let kernels: HashMap<SessionId, &[Kernel]> =
        pending().map(|(session, kernels)| (session.id, kernels.as_slice())).collect();
    explanations.keep(|id| kernels.contains_key(id));
    if kernels.is_empty() {
        return Ok(Walk::default());
    }
    let waiting: Vec<&Session> = pending().map(|(session, _)| session).collect();
    let errors = core.store.errors_that_count(core.system).await?;
    let usage = Usage::of(rows.iter().map(|(session, _)| session).chain(&errors));
    let notebook = Notebook::open(core, &waiting).await?;
    let mut walker = Walker { core, usage, notebook, kernels, explanations, walk: Walk::default() };
    walker.through(&waiting).await?;
    Ok(walker.walk)
}

/// One walk on its way.
struct Walker<'a> {
    core: &'a Core,
    usage: Usage,
    notebook: Notebook,
    kernels: HashMap<SessionId, &'a [Kernel]>,
    explanations: &'a mut Explanations,
    walk: Walk,
}

/// What came of one turn.
enum Outcome {
    /// It got its place.
    Placed(Session),
    /// It waits on.
    Waits(Reason),
    /// Somebody else moved it meanwhile.
    Moved,
}

impl Walker<'_> {
    async fn through(&mut self, waiting: &[&Session]) -> Result<(), LifecycleError> {
        let rules = |group: &str| self.notebook.rules(group).unwrap_or_default();
        let mut lines = Lines::of(waiting.iter().copied(), rules, |group| self.notebook.capacity(group), &self.usage);
        while let Some(turn) = lines.next() {
            let now = clock::now();
            match self.consider(turn, now).await? {
                Outcome::Placed(session) => {
                    self.usage.count(&session);
                    lines.placed(turn.session, &self.notebook.capacity(group_of(turn.session)), &self.usage);
                    let kernels = self.kernels.get(&session.id).copied().unwrap_or_default();
                    self.walk.scheduled.push((session, kernels.to_vec()));
                }
                Outcome::Moved => {}
                Outcome::Waits(reason) => {
                    lines.waits(turn.session, self.stay(turn.session, &reason));
                    self.explain(turn, reason, now).await?;
                }
            }
        }
        Ok(())
    }

    /// Only who waits for room can hold the line up: one that waits for its own quotas is not served
    /// before others end. One that waits for its time or a right is before nobody.
    fn stay(&self, session: &Session, reason: &Reason) -> Stay {
        let retries = self.explanations.retries(session);
        match reason {
            Reason::Predicates(verdicts) if verdicts.stands_aside() => Stay::Aside,
            Reason::NoAgent(_) if self.rules(session).is_ok_and(|rules| rules.holds_up(retries)) => Stay::HoldsUp,
            Reason::Predicates(_) | Reason::NoAgent(_) | Reason::HeldUp | Reason::Fault(_) => Stay::InLine,
        }
    }

    fn rules(&self, session: &Session) -> Result<Rules, Fault> {
        self.notebook.rules(group_of(session))
    }

    async fn explain(&mut self, turn: Turn<'_>, reason: Reason, now: Timestamp) -> Result<(), LifecycleError> {
        let session = turn.session;
        self.walk.next_start = self.walk.next_start.into_iter().chain(start_ahead(session, now)).min();
        if let Some(note) = self.explanations.waits(session, reason, turn.ahead, now) {
            self.core.store.note_pending(self.core.system, session.id, &note).await?;
            self.core.hub.touch(session.id);
        }
        Ok(())
    }

    async fn consider(&mut self, turn: Turn<'_>, now: Timestamp) -> Result<Outcome, LifecycleError> {
        // Who is not to be started anyway is told so, and not that others hold it up.
        let aside = self.notebook.bar(turn.session).is_some() || start_ahead(turn.session, now).is_some();
        if turn.held_up && !aside {
            return Ok(Outcome::Waits(Reason::HeldUp));
        }
        if let Err(fault) = self.rules(turn.session) {
            return Ok(Outcome::Waits(Reason::Fault(fault)));
        }
        match self.try_to_place(turn.session, now).await {
            Err(error) => {
                // What concerns this session alone must not keep the others waiting.
                let Some(fault) = Fault::of(&error) else { return Err(error) };
                tracing::error!(session.id = %turn.session.id, error = crate::run::describe(&error), "failed judging session {}", turn.session.id);
                Ok(Outcome::Waits(Reason::Fault(fault)))
            }
            outcome => outcome,
        }
    }

    async fn try_to_place(&mut self, session: &Session, now: Timestamp) -> Result<Outcome, LifecycleError> {
        let mut limits = self.notebook.limits(self.core, session).await?;
        let demand = demand(self.kernels.get(&session.id).copied().unwrap_or_default());
        let group = group_of(session);
        for _ in 0..TRIES {
            let room = match judge(session, &demand, &limits, &self.usage, self.notebook.rooms(group), now) {
                Ok(room) => room,
                Err(reason) => return Ok(Outcome::Waits(reason)),
            };
            let advance = schedule(session, room.agent().clone(), now);
            match self.core.advance(&self.core.system, &advance).await? {
                Advanced::Done(scheduled) => {
                    room.take(&demand);
                    return Ok(Outcome::Placed(scheduled));
                }
                Advanced::Stale(_) | Advanced::Gone => return Ok(Outcome::Moved),
                // Another manager was quicker with the last room: look what is left.
                Advanced::NoRoom => self.notebook.read_rooms(self.core, group).await?,
                // Switched off or taken away since the queue was read.
                Advanced::Barred(bar) => {
                    limits.bar = Some(bar);
                    return Ok(Outcome::Waits(Reason::Predicates(evaluate(session, &limits, &self.usage, now))));
                }
                Advanced::OverLimit(excesses) => {
                    self.usage.correct(session, &excesses);
                    let verdicts: Verdicts = evaluate(session, &limits, &self.usage, now).with(excesses);
                    return Ok(Outcome::Waits(Reason::Predicates(verdicts)));
                }
            }
        }
        let rooms = self.notebook.rooms(group);
        Ok(Outcome::Waits(Reason::NoAgent(shortage(rooms, &demand, session.agent.as_ref()))))
    }
}

/// Whether a session may start now, and where.
fn judge<'r>(
    session: &Session,
    demand: &Slots,
    limits: &Limits,
    usage: &Usage,
    rooms: &'r mut [Room],
    now: Timestamp,
) -> Result<&'r mut Room, Reason> {
    let verdicts = evaluate(session, limits, usage, now);
    if !verdicts.all_passed() {
        return Err(Reason::Predicates(verdicts));
    }
    let designated = session.agent.as_ref();
    if !rooms.iter().any(|room| room.takes(demand, designated)) {
        return Err(Reason::NoAgent(shortage(rooms, demand, designated)));
    }
    let missing = || Reason::NoAgent(shortage(&[], demand, designated));
    pick(rooms, demand, designated).ok_or_else(missing)
}

fn schedule(session: &Session, agent: AgentId, now: Timestamp) -> Advance {
    let mut advance = Advance::new(session.id, Status::Pending, Step::Schedule, now);
    advance.reason = Change::Set(Some("scheduled".to_owned()));
    advance.status_data = Change::Set(Some(json!({})));
    advance.placement = Some(Placement { agent, scaling_group: group_of(session).to_owned() });
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
