//! Whose turn it is: one line for each resource group, each in its own order. Pure, so that the
//! orders can be tested on any queue.
//!
//! Lines meet where their next ones are compared: the older goes first, so that a key or project
//! that waits in several lines is served in the order of its wishes.

use std::collections::{BTreeMap, HashMap, VecDeque};

use rollcall_model::Timestamp;
use rollcall_model::ids::{AccessKey, SessionId};
use rollcall_model::session::Session;
use rollcall_model::slots::{Amount, Slots};
use rust_decimal::Decimal;

use super::rules::{Rules, Scheduler};
use super::usage::Usage;

/// One line for each resource group.
pub(crate) struct Lines<'a>(BTreeMap<&'a str, Line<'a>>);

/// Those who wait for one resource group.
pub(crate) struct Line<'a> {
    scheduler: Scheduler,
    /// One queue in all, or one for each key.
    queues: Vec<Queue<'a>>,
    /// Considered already, and still waiting for their turn.
    ahead: i64,
    /// Somebody found no room and holds up all others.
    held_up: bool,
}

struct Queue<'a> {
    /// What its key holds of the group, of its largest part.
    share: Decimal,
    waiting: VecDeque<&'a Session>,
}

/// One to be considered.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Turn<'a> {
    /// Who.
    pub(crate) session: &'a Session,
    /// Those of its resource group that were considered before it and still wait for their turn.
    pub(crate) ahead: i64,
    /// Not to be tried: somebody before it holds the line up.
    pub(crate) held_up: bool,
}

/// What one that waits on means to those behind it in line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Stay {
    /// Nothing: it is not to be started yet, and is not counted.
    Aside,
    /// It is before them, and does not delay them.
    InLine,
    /// It delays all of its group that were not considered yet.
    HoldsUp,
}

/// The resource group a session waits for.
pub(crate) fn group_of(session: &Session) -> &str {
    session.scaling_group.as_deref().unwrap_or_default()
}

impl<'a> Lines<'a> {
    /// Lines up `waiting`, the oldest first; `rules_of` and `capacity_of` tell of resource groups.
    pub(crate) fn of(
        waiting: impl Iterator<Item = &'a Session>,
        rules_of: impl Fn(&str) -> Rules,
        capacity_of: impl Fn(&str) -> Slots,
        usage: &Usage,
    ) -> Self {
        let mut groups: BTreeMap<&str, Vec<&Session>> = BTreeMap::new();
        for session in waiting {
            groups.entry(group_of(session)).or_default().push(session);
        }
        let line = |(group, waiting): (&'a str, Vec<&'a Session>)| {
            (group, Line::of(group, waiting, rules_of(group).scheduler, &capacity_of(group), usage))
        };
        Self(groups.into_iter().map(line).collect())
    }

    /// The next one.
    pub(crate) fn next(&mut self) -> Option<Turn<'a>> {
        let line =
            self.0.values_mut().filter(|line| !line.queues.is_empty()).min_by_key(|line| line.head().map(age))?;
        let session = line.take()?;
        Some(Turn { session, ahead: line.ahead, held_up: line.held_up })
    }

    /// `session` waits on.
    pub(crate) fn waits(&mut self, session: &Session, stay: Stay) {
        if let Some(line) = self.0.get_mut(group_of(session)) {
            line.ahead += i64::from(stay != Stay::Aside);
            line.held_up |= stay == Stay::HoldsUp;
        }
    }

    /// `session` got its place; `usage` counts it already.
    pub(crate) fn placed(&mut self, session: &Session, capacity: &Slots, usage: &Usage) {
        let group = group_of(session);
        let Some(line) = self.0.get_mut(group).filter(|line| line.scheduler == Scheduler::Drf) else { return };
        let mine =
            |queue: &&mut Queue<'_>| queue.waiting.front().is_some_and(|one| one.access_key == session.access_key);
        if let Some(queue) = line.queues.iter_mut().find(mine) {
            queue.share = share(&usage.key_in(group, &session.access_key), capacity);
        }
    }
}

impl<'a> Line<'a> {
    fn of(group: &str, waiting: Vec<&'a Session>, scheduler: Scheduler, capacity: &Slots, usage: &Usage) -> Self {
        let one = |waiting: VecDeque<&'a Session>| vec![Queue { share: Decimal::ZERO, waiting }];
        let queues = match scheduler {
            Scheduler::Fifo => one(waiting.into()),
            Scheduler::Lifo => one(waiting.into_iter().rev().collect()),
            Scheduler::Drf => by_key(waiting)
                .into_iter()
                .map(|(key, waiting)| Queue { share: share(&usage.key_in(group, &key), capacity), waiting })
                .collect(),
        };
        Self { scheduler, queues, ahead: 0, held_up: false }
    }

    /// Which queue is next, and who stands first in it.
    fn front(&self) -> Option<(usize, &'a Session)> {
        let fronts = self.queues.iter().enumerate();
        let fronts = fronts.filter_map(|(place, queue)| Some((queue.share, place, *queue.waiting.front()?)));
        fronts.min_by_key(|(share, _, session)| (*share, age(session))).map(|(_, place, session)| (place, session))
    }

    fn head(&self) -> Option<&'a Session> {
        self.front().map(|(_, session)| session)
    }

    fn take(&mut self) -> Option<&'a Session> {
        let (place, session) = self.front()?;
        let queue = self.queues.get_mut(place)?;
        queue.waiting.pop_front();
        if queue.waiting.is_empty() {
            self.queues.swap_remove(place);
        }
        Some(session)
    }
}

fn age(session: &Session) -> (Timestamp, SessionId) {
    (session.created_at, session.id)
}

fn by_key(waiting: Vec<&Session>) -> HashMap<AccessKey, VecDeque<&Session>> {
    let mut keys: HashMap<AccessKey, VecDeque<&Session>> = HashMap::new();
    for session in waiting {
        keys.entry(session.access_key.clone()).or_default().push_back(session);
    }
    keys
}

/// The dominant share: the largest part of `capacity` that `using` is, over all slots. A slot that
/// nobody has, or that has no end, makes no share.
pub(crate) fn share(using: &Slots, capacity: &Slots) -> Decimal {
    let part = |(name, amount): (&str, Amount)| {
        let whole = capacity.get(name).finite().filter(|whole| !whole.is_zero())?;
        amount.finite()?.checked_div(whole)
    };
    using.iter().filter_map(part).max().unwrap_or(Decimal::ZERO)
}
