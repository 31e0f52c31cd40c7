//! What keeps a session in the queue whatever room there is (`session-lifecycle.md` §4.1). All are
//! evaluated, in the contract's order, and none is permanent. One of our own comes behind them: the
//! rights of the owner. It is told when it fails, and else the answer is the contract's.

use rollcall_model::Timestamp;
use rollcall_model::account::KeypairPolicy;
use rollcall_model::bar::Bar;
use rollcall_model::quota::{Excess, Quota};
use rollcall_model::session::{Session, SessionType};
use rollcall_model::slots::Slots;
use serde_json::{Value, json};

use super::usage::Usage;

/// The limits that apply to one session.
#[derive(Clone, Debug)]
pub(crate) struct Limits {
    /// Of the key; `None` if the key or its policy is gone.
    pub(crate) policy: Option<KeypairPolicy>,
    /// Of the project; slots not listed are unlimited.
    pub(crate) group: Slots,
    /// Of the domain; slots not listed are unlimited.
    pub(crate) domain: Slots,
    /// Whether the resource group takes the session at all.
    pub(crate) resource_group: Result<(), Closed>,
    /// What was switched off or taken away from its owner.
    pub(crate) bar: Option<Bar>,
}

/// Why a resource group does not take a session.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Closed {
    /// The key may use none.
    NoneAllowed,
    /// Not this one.
    NotAllowed(String),
    /// Not for sessions of this type.
    SessionType(String, SessionType),
}

/// Why a predicate failed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Failure {
    /// Not before this time.
    BeforeStart(Timestamp),
    /// The key has no policy.
    NoPolicy,
    /// A limit leaves no room.
    Over(Excess),
    /// The resource group does not take it.
    Closed(Closed),
    /// Something that its owner needs was switched off or taken away.
    Barred(Bar),
}

/// One predicate and, if it failed, why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Verdict {
    name: &'static str,
    failure: Option<Failure>,
}

/// All verdicts about one session.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Verdicts(Vec<Verdict>);

/// Evaluates every predicate.
pub(crate) fn evaluate(session: &Session, limits: &Limits, usage: &Usage, now: Timestamp) -> Verdicts {
    let verdict = |name, failure| Verdict { name, failure };
    let mut verdicts = vec![
        verdict("reserved_time", reserved_time(session, now)),
        verdict("concurrency", concurrency(session, limits, usage)),
        verdict("dependencies", None),
        verdict("keypair_resource_limit", keypair(session, limits, usage)),
        verdict("user_group_resource_limit", group(session, limits, usage)),
        verdict("domain_resource_limit", domain(session, limits, usage)),
        verdict("scaling_group_resource_limit", limits.resource_group.clone().err().map(Failure::Closed)),
    ];
    verdicts.extend(limits.bar.map(|bar| verdict(Bar::PREDICATE, Some(Failure::Barred(bar)))));
    Verdicts(verdicts)
}

impl Verdicts {
    /// Whether nothing speaks against the session.
    pub(crate) fn all_passed(&self) -> bool {
        self.failures().next().is_none()
    }

    /// What speaks against it, in order.
    pub(crate) fn failures(&self) -> impl Iterator<Item = &Failure> {
        self.0.iter().filter_map(|verdict| verdict.failure.as_ref())
    }

    /// Whether it is not to be started however much room there is: it stands beside the line, not in
    /// it. What its quotas leave no room for may have its turn as soon as others end.
    pub(crate) fn stands_aside(&self) -> bool {
        self.failures().any(|failure| matches!(failure, Failure::BeforeStart(_) | Failure::Barred(_)))
    }

    /// With what the store found when it reserved.
    pub(crate) fn with(mut self, excesses: Vec<Excess>) -> Self {
        for excess in excesses {
            if let Some(verdict) = self.0.iter_mut().find(|verdict| verdict.name == excess.predicate()) {
                verdict.failure = Some(Failure::Over(excess));
            }
        }
        self
    }

    /// Whether both say the same to clients. What is in use changes all the time and is not said.
    pub(crate) fn say_the_same(&self, other: &Self) -> bool {
        self.failures().map(Failure::message).eq(other.failures().map(Failure::message))
    }

    /// `failed_predicates` and `passed_predicates`.
    pub(crate) fn json(&self) -> (Value, Value) {
        let failed = self.0.iter().filter_map(|verdict| {
            let msg = verdict.failure.as_ref()?.message();
            Some(json!({"name": verdict.name, "msg": msg}))
        });
        let passed = self.0.iter().filter(|verdict| verdict.failure.is_none());
        (failed.collect(), passed.map(|verdict| json!({"name": verdict.name})).collect())
    }
}

impl Failure {
    /// The contract's text about it.
    fn message(&self) -> String {
        match self {
            Self::BeforeStart(_) => "Before start time".to_owned(),
            Self::NoPolicy => "The keypair has no resource policy".to_owned(),
            Self::Over(excess) => excess.message(),
            Self::Barred(bar) => bar.message().to_owned(),
            Self::Closed(Closed::NoneAllowed) => "You do not have any scaling groups allowed to use.".to_owned(),
            Self::Closed(Closed::NotAllowed(name)) => format!("You do not have access to the scaling group '{name}'."),
            Self::Closed(Closed::SessionType(name, kind)) => {
                let kind = kind.as_str().to_lowercase();
                format!("The session type '{kind}' is not allowed in the scaling group '{name}'.")
            }
        }
    }
}

fn reserved_time(session: &Session, now: Timestamp) -> Option<Failure> {
    start_ahead(session, now).map(Failure::BeforeStart)
}

/// When a session may start that may not yet.
pub(crate) fn start_ahead(session: &Session, now: Timestamp) -> Option<Timestamp> {
    session.starts_at.filter(|starts_at| *starts_at > now)
}

fn concurrency(session: &Session, limits: &Limits, usage: &Usage) -> Option<Failure> {
    let Some(policy) = &limits.policy else { return Some(Failure::NoPolicy) };
    let (limit, using) = (policy.max_concurrent_sessions, usage.sessions_of(&session.access_key));
    (using >= i64::from(limit)).then_some(Failure::Over(Excess::Sessions { limit, using }))
}

fn keypair(session: &Session, limits: &Limits, usage: &Usage) -> Option<Failure> {
    let quota = Quota::of_policy(limits.policy.as_ref()?);
    exceeded(session, quota, usage.key(&session.access_key), |quota, using| Excess::Keypair { quota, using })
}

fn group(session: &Session, limits: &Limits, usage: &Usage) -> Option<Failure> {
    let quota = Quota::of_total(limits.group.clone());
    exceeded(session, quota, usage.group(session.group_id), |quota, using| Excess::Group { quota, using })
}

fn domain(session: &Session, limits: &Limits, usage: &Usage) -> Option<Failure> {
    let quota = Quota::of_total(limits.domain.clone());
    exceeded(session, quota, usage.domain(&session.domain), |quota, using| Excess::Domain { quota, using })
}

fn exceeded(session: &Session, quota: Quota, using: Slots, excess: fn(Quota, Slots) -> Excess) -> Option<Failure> {
    let fits = quota.has_room_for(&using, &session.occupied_slots);
    (!fits).then(|| Failure::Over(excess(quota, using)))
}
