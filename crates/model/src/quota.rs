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

    /// The slots that leave no room for `more` beside `using`. If some of `more` is over the quota by
    /// itself, only those: nothing that ends would let it start.
    #[must_use]
    pub fn short_of(&self, using: &Slots, more: &Slots) -> Short {
        let held = using.add(more).unwrap_or_else(|| more.clone());
        let (alone, together) = (self.over(more), self.over(&held));
        let by_itself = !alone.is_empty();
        let (mut short, names) = (Short { by_itself, ..Short::default() }, if by_itself { alone } else { together });
        for name in names {
            short.needs.set(name, more.get(name));
            short.limit.set(name, self.most(name));
            short.using.set(name, using.get(name));
        }
        short
    }

    fn over<'a>(&self, slots: &'a Slots) -> Vec<&'a str> {
        slots.iter().filter(|(name, amount)| *amount > self.most(name)).map(|(name, _)| name).collect()
    }

    fn most(&self, name: &str) -> Amount {
        let unlisted = match self.unlisted {
            DefaultForUnspecified::Limited => Amount::ZERO,
            DefaultForUnspecified::Unlimited => Amount::Infinite,
        };
        self.limit.0.get(name).copied().unwrap_or(unlisted)
    }
}

/// What a quota has too little of for one session, with those slots only.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Short {
    /// Whether the session needs more than the whole quota.
    pub by_itself: bool,
    /// What it needs.
    pub needs: Slots,
    /// The most that may be held.
    pub limit: Slots,
    /// What others hold.
    pub using: Slots,
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
        quota: Quota,
        /// Now.
        using: Slots,
    },
    /// The project's slots.
    Group {
        /// The most.
        quota: Quota,
        /// Now; not for everybody to know.
        using: Slots,
    },
    /// The domain's slots.
    Domain {
        /// The most.
        quota: Quota,
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
        let exceeded =
            |whose: &str, quota: &Quota| format!("Your {whose} resource quota is exceeded. ({})", quota.limit);
        match self {
            Self::Sessions { limit, .. } => format!("You cannot run more than {limit} concurrent sessions"),
            Self::Keypair { quota, .. } => exceeded("keypair", quota),
            Self::Group { quota, .. } => exceeded("group", quota),
            Self::Domain { quota, .. } => exceeded("domain", quota),
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
    fn only_what_is_short_is_named() {
        let quota = |limit: Value, unlisted| Quota { limit: slots(&limit), unlisted };
        let (limited, unlimited) = (DefaultForUnspecified::Limited, DefaultForUnspecified::Unlimited);
        let needs = slots(&json!({"cpu": 2, "mem": "1g", "cuda.device": 1}));
        let using = slots(&json!({"cpu": 1, "mem": "1g"}));
        let told = |quota: Quota| {
            let short = quota.short_of(&using, &needs);
            assert!(!quota.has_room_for(&using, &needs));
            (short.by_itself, format!("{}/{}/{}", short.needs, short.limit, short.using))
        };
        let of = |by_itself, text: &str| (by_itself, text.to_owned());
        assert_eq!(told(quota(json!({"cpu": 2, "mem": "2g"}), unlimited)), of(false, "cpu=2/cpu=2/cpu=1"));
        assert_eq!(told(quota(json!({"cpu": 1, "mem": "1g"}), unlimited)), of(true, "cpu=2/cpu=1/cpu=1"));
        let bare = told(quota(json!({"cpu": 9, "mem": "9g"}), limited));
        assert_eq!(bare, of(true, "cuda.device=1/cuda.device=0/cuda.device=0"));
    }

    #[test]
    fn only_what_limits_is_summed_up() {
        assert!(Quota::of_total(slots(&json!({"cpu": "Infinity"}))).is_unlimited());
        assert!(!Quota::of_total(slots(&json!({"cpu": 0}))).is_unlimited());
        assert!(!Quota { limit: Slots::default(), unlisted: DefaultForUnspecified::Limited }.is_unlimited());
    }
}
