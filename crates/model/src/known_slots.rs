//! What a limit leaves, slot by slot (`rest.md` §7, `session-lifecycle.md` §9). A slot that nobody
//! knows has no place here: everything is spelled out for each known one.

use std::collections::BTreeSet;

use crate::account::DefaultForUnspecified;
use crate::quota::Quota;
use crate::slots::{Amount, Slots};

/// The names of all known slots.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KnownSlots(pub BTreeSet<String>);

impl KnownSlots {
    /// The known slots of `slots`; missing ones are zero.
    #[must_use]
    pub fn of(&self, slots: &Slots) -> Slots {
        self.each(|name| slots.get(name))
    }

    /// What a quota allows, unlisted slots spelled out.
    #[must_use]
    pub fn limits(&self, quota: &Quota) -> Slots {
        let unlisted = match quota.unlisted {
            DefaultForUnspecified::Limited => Amount::ZERO,
            DefaultForUnspecified::Unlimited => Amount::Infinite,
        };
        self.each(|name| quota.limit.0.get(name).copied().unwrap_or(unlisted))
    }

    /// What is left, never below zero: a limit may have been lowered under what is used.
    #[must_use]
    pub fn rest(&self, limits: &Slots, used: &Slots) -> Slots {
        self.each(|name| limits.get(name).checked_sub(used.get(name)).unwrap_or(Amount::ZERO))
    }

    /// The smaller of each.
    #[must_use]
    pub fn least(&self, one: &Slots, other: &Slots) -> Slots {
        self.each(|name| one.get(name).min(other.get(name)))
    }

    fn each(&self, amount: impl Fn(&str) -> Amount) -> Slots {
        Slots(self.0.iter().map(|name| (name.clone(), amount(name))).collect())
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn slots(json: serde_json::Value) -> Slots {
        Slots::from_json(&json).unwrap_or_default()
    }

    #[test]
    fn every_known_slot_is_spelled_out() {
        let known = KnownSlots(["cpu", "mem", "cuda.device"].map(str::to_owned).into());
        let mut quota = Quota::of_total(slots(json!({"cpu": 4, "strange": 1})));
        let limits = known.limits(&quota);
        assert_eq!(limits.to_json(), json!({"cpu": "4", "cuda.device": "Infinity", "mem": "Infinity"}));
        quota.unlisted = DefaultForUnspecified::Limited;
        assert_eq!(known.limits(&quota).to_json(), json!({"cpu": "4", "cuda.device": "0", "mem": "0"}));
        let rest = known.rest(&limits, &slots(json!({"cpu": 6, "mem": "1g"})));
        assert_eq!(rest.to_json(), json!({"cpu": "0", "cuda.device": "Infinity", "mem": "Infinity"}));
        let least = known.least(&limits, &slots(json!({"cpu": 9, "mem": "1g"})));
        assert_eq!(least.to_json(), json!({"cpu": "4", "cuda.device": "0", "mem": "1073741824"}));
    }
}
