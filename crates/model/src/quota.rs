//! How much a key, a project or a domain may hold at once (`session-lifecycle.md` §9), and how its
//! excess is told. Asked twice: when the queue is walked, and inside the transaction that reserves.

use crate::account::{DefaultForUnspecified, KeypairPolicy};
use crate::slots::{Amount, Slots};

/// A sum limit on slots.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Quota {
    /// The most that may be held, by slot.
    pub limit: Slots,
    /// What slots that `limit` does not list may be held of.
    pub unlisted: DefaultForUnspecified,
}

impl Quota {
    /// A key's.
    #[must_use]
    pub fn of_policy(policy: &KeypairPolicy) -> Self {
        Self { limit: policy.total_resource_slots.clone(), unlisted: policy.default_for_unspecified }
    }

    /// A project's or a domain's, where not listed is unlimited.
    #[must_use]
    pub fn of_total(limit: Slots) -> Self {
        Self { limit, unlisted: DefaultForUnspecified::Unlimited }
    }

    /// Whether it limits nothing, so that nothing need be summed up.
    #[must_use]
    pub fn is_unlimited(&self) -> bool {
        self.unlisted == DefaultForUnspecified::Unlimited && self.limit.iter().all(|(_, most)| most == Amount::Infinite)
    }

    /// Whether `held` in all is within it.
    #[must_use]
    pub fn allows(&self, held: &Slots) -> bool {
        held.iter().all(|(name, amount)| amount <= self.most(name))
    }

    /// Whether `more` may be held beside `using`. A sum beyond all measure is never allowed.
    #[must_use]
    pub fn has_room_for(&self, using: &Slots, more: &Slots) -> bool {
        self.is_unlimited() || using.add(more).is_some_and(|held| self.allows(&held))
    }

    fn most(&self, name: &str) -> Amount {
        let unlisted = match self.unlisted {
            DefaultForUnspecified::Limited => Amount::ZERO,
            DefaultForUnspecified::Unlimited => Amount::Infinite,
        };
        self.limit.0.get(name).copied().unwrap_or(unlisted)
    }
}

/// One limit that leaves a session no room, with that limit and what is in use of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Excess {
    /// The key's sessions at once.
    Sessions {
        /// The most.
        limit: i32,
        /// Now.
        using: i64,
    },
    /// The key's slots.
    Keypair {
        /// The most.
        limit: Slots,
        /// Now.
        using: Slots,
    },
    /// The project's slots.
    Group {
        /// The most.
        limit: Slots,
        /// Now; not for everybody to know.
        using: Slots,
    },
    /// The domain's slots.
    Domain {
        /// The most.
        limit: Slots,
        /// Now; not for everybody to know.
        using: Slots,
    },
}

impl Excess {
    /// The predicate that fails by it (`session-lifecycle.md` §4.1).
    #[must_use]
    pub fn predicate(&self) -> &'static str {
        match self {
            Self::Sessions { .. } => "concurrency",
            Self::Keypair { .. } => "keypair_resource_limit",
            Self::Group { .. } => "user_group_resource_limit",
            Self::Domain { .. } => "domain_resource_limit",
        }
    }

    /// The contract's text about it.
    #[must_use]
    pub fn message(&self) -> String {
        let quota = |whose: &str, limit: &Slots| format!("Your {whose} resource quota is exceeded. ({limit})");
        match self {
            Self::Sessions { limit, .. } => format!("You cannot run more than {limit} concurrent sessions"),
            Self::Keypair { limit, .. } => quota("keypair", limit),
            Self::Group { limit, .. } => quota("group", limit),
            Self::Domain { limit, .. } => quota("domain", limit),
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn slots(json: &Value) -> Slots {
        Slots::from_json(json).unwrap()
    }

    #[test]
    fn what_is_not_listed_is_none_or_all() {
        let (limited, unlimited) = (DefaultForUnspecified::Limited, DefaultForUnspecified::Unlimited);
        for (limit, unlisted, held, allowed) in [
            (json!({}), unlimited, json!({"cpu": 1000}), true),
            (json!({}), limited, json!({"cpu": "0.001"}), false),
            (json!({}), limited, json!({"cpu": 0}), true),
            (json!({"cpu": 2}), unlimited, json!({"cpu": 2, "mem": "1t"}), true),
            (json!({"cpu": 2}), limited, json!({"cpu": 2, "mem": 1}), false),
            (json!({"cpu": 2}), unlimited, json!({"cpu": "2.001"}), false),
            (json!({"cpu": "Infinity", "mem": "1g"}), limited, json!({"cpu": 9999, "mem": "1g"}), true),
        ] {
            let quota = Quota { limit: slots(&limit), unlisted };
            assert_eq!(quota.allows(&slots(&held)), allowed, "{limit} {unlisted:?} {held}");
        }
    }

    #[test]
    fn only_what_limits_is_summed_up() {
        assert!(Quota::of_total(slots(&json!({"cpu": "Infinity"}))).is_unlimited());
        assert!(!Quota::of_total(slots(&json!({"cpu": 0}))).is_unlimited());
        assert!(!Quota { limit: Slots::default(), unlisted: DefaultForUnspecified::Limited }.is_unlimited());
    }
}
