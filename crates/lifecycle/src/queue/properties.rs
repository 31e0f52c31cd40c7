//! Whatever waits, whatever the limits and the room: no limit is ever exceeded, and each line is
//! served in its order. The walk without its store: the same lines, predicates and rooms.
#![allow(clippy::unwrap_used)]

use std::collections::BTreeMap;

use proptest::prelude::*;
use rollcall_model::account::{DefaultForUnspecified, KeypairPolicy};
use rollcall_model::agent::{Agent, AgentStatus};
use rollcall_model::ids::{AccessKey, DomainName, GroupId};
use rollcall_model::quota::Quota;
use rollcall_model::time::from_micros;
use rust_decimal::Decimal;
use serde_json::json;

use super::lines::{Stay, share};
use super::rules::Scheduler;
use super::*;
use crate::sample;

const GROUPS: [&str; 3] = ["alpha", "beta", "gamma"];

/// A session by its key, project, domain, resource group, cores, gigabytes and whether it is not to
/// start yet.
type Wish = (u8, u8, u8, usize, u32, i64, bool);

#[derive(Clone, Debug)]
struct Case {
    running: Vec<Wish>,
    waiting: Vec<Wish>,
    agents: Vec<(usize, u32, i64)>,
    rules: Vec<(Scheduler, Option<i64>)>,
    most_sessions: i32,
    key: Quota,
    project: Slots,
    domain: Slots,
}

/// What happened to one session.
struct Event {
    session: Session,
    ahead: i64,
    placed: bool,
    held_up: bool,
    for_room: bool,
    aside: bool,
    /// Shares of the keys that had somebody waiting in its line, its own first.
    shares: Vec<Decimal>,
}

fn slots(cpu: u32, gigabytes: i64) -> Slots {
    Slots::of(Decimal::from(cpu), gigabytes << 30)
}

fn limit() -> impl Strategy<Value = Slots> {
    (proptest::option::of(0u32..20), proptest::option::of(0i64..20)).prop_map(|(cpu, mem)| {
        let all = slots(cpu.unwrap_or(0), mem.unwrap_or(0));
        Slots(all.0.into_iter().filter(|(name, _)| if name == "cpu" { cpu.is_some() } else { mem.is_some() }).collect())
    })
}

fn case() -> impl Strategy<Value = Case> {
    let wish = || (0u8..4, 0u8..2, 0u8..2, 0usize..3, 0u32..6, 0i64..6, proptest::bool::weighted(0.2));
    let unlisted = prop_oneof![Just(DefaultForUnspecified::Limited), Just(DefaultForUnspecified::Unlimited)];
    let scheduler = prop_oneof![Just(Scheduler::Fifo), Just(Scheduler::Lifo), Just(Scheduler::Drf)];
    let rules = proptest::collection::vec((scheduler, prop_oneof![Just(None), Just(Some(0)), Just(Some(2))]), 3);
    (
        proptest::collection::vec(wish(), 0..6),
        proptest::collection::vec(wish(), 1..25),
        proptest::collection::vec((0usize..3, 1u32..12, 1i64..12), 0..5),
        rules,
        0i32..8,
        (limit(), unlisted).prop_map(|(limit, unlisted)| Quota { limit, unlisted }),
        limit(),
        limit(),
    )
        .prop_map(|(running, waiting, agents, rules, most_sessions, key, project, domain)| Case {
            running,
            waiting,
            agents,
            rules,
            most_sessions,
            key,
            project,
            domain,
        })
}

impl Case {
    fn session(&self, wish: Wish, status: Status, second: i64) -> Session {
        let (key, project, domain, group, cpu, mem, later) = wish;
        Session {
            access_key: AccessKey(format!("KEY{key}")),
            group_id: GroupId(uuid::Uuid::from_u128(project.into())),
            domain: DomainName(format!("domain{domain}")),
            scaling_group: Some(GROUPS[group].to_owned()),
            created_at: from_micros(second * 1_000_000),
            starts_at: later.then(|| from_micros(1)),
            occupied_slots: slots(cpu, mem),
            ..sample::session(status)
        }
    }

    fn limits(&self) -> Limits {
        let policy = KeypairPolicy {
            default_for_unspecified: self.key.unlisted,
            total_resource_slots: self.key.limit.clone(),
            ..KeypairPolicy::unlimited("policy", self.most_sessions, 1, from_micros(0))
        };
        Limits {
            policy: Some(policy),
            group: self.project.clone(),
            domain: self.domain.clone(),
            resource_group: Ok(()),
            bar: None,
        }
    }

    fn rooms(&self, group: &str) -> Vec<Room> {
        let mine = self.agents.iter().filter(|(place, ..)| GROUPS[*place] == group).enumerate();
        mine.map(|(number, (_, cpu, mem))| {
            Room::of(Agent {
                id: AgentId(format!("{group}{number}")),
                status: AgentStatus::Alive,
                status_changed: from_micros(0),
                region: String::new(),
                scaling_group: group.to_owned(),
                schedulable: true,
                available_slots: slots(*cpu, *mem),
                occupied_slots: Slots::default(),
                addr: String::new(),
                first_contact: from_micros(0),
                lost_at: None,
                version: String::new(),
                compute_plugins: json!({}),
            })
        })
        .collect()
    }

    fn rules_of(&self, group: &str) -> Rules {
        let place = GROUPS.iter().position(|known| *known == group).unwrap();
        let (scheduler, tries) = self.rules[place];
        let tries_before_skipped = tries.filter(|_| scheduler != Scheduler::Drf);
        Rules { scheduler, tries_before_skipped, ..Rules::default() }
    }

    /// Walks once; every session was tried once before.
    fn walk(&self) -> (Vec<Event>, Usage, BTreeMap<&'static str, Vec<Room>>) {
        let running: Vec<_> = self.running.iter().map(|wish| self.session(*wish, Status::Running, 0)).collect();
        let waiting: Vec<_> =
            self.waiting.iter().zip(1..).map(|(wish, second)| self.session(*wish, Status::Pending, second)).collect();
        let mut rooms: BTreeMap<&str, Vec<Room>> = GROUPS.iter().map(|group| (*group, self.rooms(group))).collect();
        let capacities: BTreeMap<&str, Slots> = rooms
            .iter()
            .map(|(group, rooms)| {
                (*group, rooms.iter().fold(Slots::default(), |sum, room| sum.add(room.size()).unwrap()))
            })
            .collect();
        let mut usage = Usage::of(running.iter());
        let mut lines =
            Lines::of(waiting.iter(), |group| self.rules_of(group), |group| capacities[group].clone(), &usage);
        let (mut left, mut events): (Vec<&Session>, Vec<Event>) = (waiting.iter().collect(), Vec::new());
        while let Some(turn) = lines.next() {
            let session = turn.session.clone();
            let group = group_of(turn.session);
            let share_of = |key: &AccessKey| share(&usage.key_in(group, key), &capacities[group]);
            let rivals = left.iter().filter(|rival| group_of(rival) == group);
            let shares =
                std::iter::once(share_of(&session.access_key)).chain(rivals.map(|rival| share_of(&rival.access_key)));
            let shares = shares.collect();
            left.retain(|one| one.id != session.id);
            let (ahead, aside) = (turn.ahead, turn.session.starts_at.is_some());
            let held_up = turn.held_up && !aside;
            let mut event = Event { session, ahead, placed: false, held_up, for_room: false, aside, shares };
            if held_up {
                lines.waits(turn.session, Stay::InLine);
            } else {
                let demand = turn.session.occupied_slots.clone();
                match judge(
                    turn.session,
                    &demand,
                    &self.limits(),
                    &usage,
                    rooms.get_mut(group).unwrap(),
                    from_micros(0),
                ) {
                    Ok(room) => {
                        room.take(&demand);
                        usage.count(turn.session);
                        lines.placed(turn.session, &capacities[group], &usage);
                        event.placed = true;
                    }
                    Err(reason) => {
                        event.for_room = matches!(reason, Reason::NoAgent(_));
                        lines.waits(
                            turn.session,
                            match reason {
                                Reason::Predicates(verdicts) if verdicts.stands_aside() => Stay::Aside,
                                Reason::NoAgent(_) if self.rules_of(group).holds_up(1) => Stay::HoldsUp,
                                _ => Stay::InLine,
                            },
                        );
                    }
                }
            }
            events.push(event);
        }
        (events, usage, rooms)
    }
}

/// What sessions of one owner hold after the walk, and how much of it was given out by the walk.
fn total<K: Ord>(case: &Case, placed: &[&Session], of: impl Fn(&Session) -> K) -> BTreeMap<K, (Slots, usize)> {
    let mut sums: BTreeMap<K, (Slots, usize)> = BTreeMap::new();
    let running: Vec<Session> = case.running.iter().map(|wish| case.session(*wish, Status::Running, 0)).collect();
    for (session, is_new) in running.iter().map(|one| (one, 0)).chain(placed.iter().map(|one| (*one, 1))) {
        let (sum, new) = sums.entry(of(session)).or_default();
        *sum = sum.add(&session.occupied_slots).unwrap();
        *new += is_new;
    }
    sums
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1000, ..ProptestConfig::default() })]

    #[test]
    fn no_limit_is_exceeded(case in case()) {
        let (events, usage, rooms) = case.walk();
        let placed: Vec<&Session> = events.iter().filter(|event| event.placed).map(|event| &event.session).collect();
        for (slots, new) in total(&case, &placed, |session| session.access_key.clone()).values() {
            prop_assert!(*new == 0 || case.key.allows(slots));
        }
        for (slots, new) in total(&case, &placed, |session| session.group_id.0).values() {
            prop_assert!(*new == 0 || Quota::of_total(case.project.clone()).allows(slots));
        }
        for (slots, new) in total(&case, &placed, |session| session.domain.0.clone()).values() {
            prop_assert!(*new == 0 || Quota::of_total(case.domain.clone()).allows(slots));
        }
        for session in &placed {
            prop_assert!(usage.sessions_of(&session.access_key) <= i64::from(case.most_sessions));
        }
        // Counted apart from what the rooms say of themselves.
        for (group, rooms) in &rooms {
            let mine = placed.iter().filter(|session| group_of(session) == *group);
            let given = mine.fold(Slots::default(), |sum, session| sum.add(&session.occupied_slots).unwrap());
            let left = rooms.iter().fold(Slots::default(), |sum, room| sum.add(room.free()).unwrap());
            let all = rooms.iter().fold(Slots::default(), |sum, room| sum.add(room.size()).unwrap());
            prop_assert_eq!(given.add(&left).unwrap().cpu(), all.cpu());
            prop_assert_eq!(given.mem() + left.mem(), all.mem());
        }
    }

    #[test]
    fn lines_keep_their_order(case in case()) {
        let (events, ..) = case.walk();
        prop_assert_eq!(events.len(), case.waiting.len());
        for group in GROUPS {
            let line: Vec<&Event> = events.iter().filter(|event| group_of(&event.session) == group).collect();
            let ages: Vec<Timestamp> = line.iter().map(|event| event.session.created_at).collect();
            match case.rules_of(group).scheduler {
                Scheduler::Fifo => prop_assert!(ages.is_sorted()),
                Scheduler::Lifo => prop_assert!(ages.is_sorted_by(|one, other| one >= other)),
                Scheduler::Drf => {
                    for event in &line {
                        prop_assert_eq!(event.shares.first(), event.shares.iter().min());
                    }
                }
            }
            let mut waiting = 0;
            for event in &line {
                prop_assert_eq!(event.ahead, waiting);
                prop_assert!(!(event.aside && event.placed));
                waiting += i64::from(!event.placed && !event.aside);
            }
        }
    }

    #[test]
    fn only_a_strict_line_holds_up(case in case()) {
        let (events, ..) = case.walk();
        for group in GROUPS {
            // One try was before this walk, so that two tries are not used up yet.
            let strict = case.rules_of(group).tries_before_skipped.is_some();
            let mut held_up = false;
            for event in events.iter().filter(|event| group_of(&event.session) == group) {
                prop_assert_eq!(event.held_up, held_up && !event.aside);
                prop_assert!(!(event.held_up && event.placed));
                held_up |= strict && event.for_room;
            }
        }
    }
}
