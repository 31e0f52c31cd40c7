//! What keeps a session in the queue whatever room there is (`session-lifecycle.md` §4.1). All are
//! evaluated, in the contract's order, and none is permanent.

use rollcall_model::Timestamp;
use rollcall_model::account::{DefaultForUnspecified, KeypairPolicy};
use rollcall_model::session::Session;
use rollcall_model::slots::{Amount, Slots};
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
    pub(crate) resource_group: Result<(), String>,
}

/// One predicate and, if it failed, why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Verdict {
    name: &'static str,
    failure: Option<String>,
}

/// All verdicts about one session.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Verdicts(Vec<Verdict>);

/// Evaluates every predicate.
pub(crate) fn evaluate(session: &Session, limits: &Limits, usage: &Usage, now: Timestamp) -> Verdicts {
    let verdict = |name, failure| Verdict { name, failure };
    Verdicts(vec![
        verdict("reserved_time", reserved_time(session, now)),
        verdict("concurrency", concurrency(session, limits, usage)),
        verdict("dependencies", None),
        verdict("keypair_resource_limit", keypair(session, limits, usage)),
        verdict("user_group_resource_limit", group(session, limits, usage)),
        verdict("domain_resource_limit", domain(session, limits, usage)),
        verdict("scaling_group_resource_limit", limits.resource_group.clone().err()),
    ])
}

impl Verdicts {
    /// Whether nothing speaks against the session.
    pub(crate) fn all_passed(&self) -> bool {
        self.0.iter().all(|verdict| verdict.failure.is_none())
    }

    /// `failed_predicates` and `passed_predicates`.
    pub(crate) fn json(&self) -> (Value, Value) {
        let failed = self.0.iter().filter_map(|verdict| {
            let msg = verdict.failure.as_ref()?;
            Some(json!({"name": verdict.name, "msg": msg}))
        });
        let passed = self.0.iter().filter(|verdict| verdict.failure.is_none());
        (failed.collect(), passed.map(|verdict| json!({"name": verdict.name})).collect())
    }
}

fn reserved_time(session: &Session, now: Timestamp) -> Option<String> {
    session.starts_at.is_some_and(|starts_at| starts_at > now).then(|| "Before start time".to_owned())
}

fn concurrency(session: &Session, limits: &Limits, usage: &Usage) -> Option<String> {
    let Some(policy) = &limits.policy else { return Some("The keypair has no resource policy".to_owned()) };
    let max = i64::from(policy.max_concurrent_sessions);
    (usage.sessions_of(&session.access_key) >= max)
        .then(|| format!("You cannot run more than {max} concurrent sessions"))
}

fn keypair(session: &Session, limits: &Limits, usage: &Usage) -> Option<String> {
    let policy = limits.policy.as_ref()?;
    let unlisted_is_none = policy.default_for_unspecified == DefaultForUnspecified::Limited;
    let using = usage.key(&session.access_key);
    exceeded("keypair", session, &using, &policy.total_resource_slots, unlisted_is_none)
}

fn group(session: &Session, limits: &Limits, usage: &Usage) -> Option<String> {
    exceeded("group", session, &usage.group(session.group_id), &limits.group, false)
}

fn domain(session: &Session, limits: &Limits, usage: &Usage) -> Option<String> {
    exceeded("domain", session, &usage.domain(&session.domain), &limits.domain, false)
}

fn exceeded(whose: &str, session: &Session, using: &Slots, limit: &Slots, unlisted_is_none: bool) -> Option<String> {
    let fits = using.add(&session.occupied_slots).is_some_and(|wanted| within(&wanted, limit, unlisted_is_none));
    (!fits).then(|| format!("Your {whose} resource quota is exceeded. ({limit})"))
}

fn within(wanted: &Slots, limit: &Slots, unlisted_is_none: bool) -> bool {
    wanted.iter().all(|(name, amount)| {
        let listed = limit.iter().find(|(listed, _)| *listed == name).map(|(_, most)| most);
        let unlisted = if unlisted_is_none { limit.get(name) } else { Amount::Infinite };
        amount <= listed.unwrap_or(unlisted)
    })
}
