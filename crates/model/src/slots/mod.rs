//! Amounts of resources by name (`session-lifecycle.md` §8).

mod amount;
mod declared;
mod size;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::fmt;

use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::Value;

pub use amount::{Amount, AmountError, SlotKind};
pub use declared::{DECLARED, INTRINSIC, UNITS};
pub use size::{parse_size, print_size};

/// Amounts by slot name, such as `cpu` and `mem`. Names without an amount count as zero.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Slots(pub BTreeMap<String, Amount>);

/// The text or value is no map of amounts.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SlotsError {
    /// Not a JSON object.
    #[error("resource slots must be an object of slot names and amounts")]
    NotAnObject,
    /// One amount is wrong.
    #[error("slot {name}: {source}")]
    Amount {
        /// Slot.
        name: String,
        /// What is wrong with it.
        source: AmountError,
    },
}

impl Slots {
    /// `cpu` and `mem` (bytes), the two that every engine has.
    #[must_use]
    pub fn of(cpu: Decimal, mem_bytes: i64) -> Self {
        let mut slots = Self::default();
        slots.set("cpu", Amount::Finite(cpu.max(Decimal::ZERO)));
        slots.set("mem", Amount::Finite(Decimal::from(mem_bytes.max(0))));
        slots
    }

    /// Reads a JSON map whose amounts may carry human units: `{"cpu": 1, "mem": "4g"}`. Slots with
    /// a null amount are left out.
    ///
    /// # Errors
    /// [`SlotsError::Amount`] names the first slot that cannot be read.
    pub fn parse(map: &serde_json::Map<String, Value>) -> Result<Self, SlotsError> {
        let mut slots = Self::default();
        for (name, value) in map.iter().filter(|(_, value)| !value.is_null()) {
            let amount = Amount::from_json(SlotKind::of(name), value)
                .map_err(|source| SlotsError::Amount { name: name.clone(), source })?;
            slots.0.insert(name.clone(), amount);
        }
        Ok(slots)
    }

    /// [`Slots::parse`] for any JSON value; null is an empty map.
    ///
    /// # Errors
    /// [`SlotsError`] when the value is no object or an amount cannot be read.
    pub fn from_json(value: &Value) -> Result<Self, SlotsError> {
        match value {
            Value::Null => Ok(Self::default()),
            Value::Object(map) => Self::parse(map),
            _ => Err(SlotsError::NotAnObject),
        }
    }

    /// The wire form: `{"cpu": "1", "mem": "3221225472"}`.
    #[must_use]
    pub fn to_json(&self) -> Value {
        Value::Object(self.0.iter().map(|(name, amount)| (name.clone(), Value::String(amount.to_string()))).collect())
    }

    /// The amount of a slot, zero where none is listed.
    #[must_use]
    pub fn get(&self, name: &str) -> Amount {
        self.0.get(name).copied().unwrap_or(Amount::ZERO)
    }

    /// Lists an amount.
    pub fn set(&mut self, name: &str, amount: Amount) {
        self.0.insert(name.to_owned(), amount);
    }

    /// Each slot and its amount, by name.
    pub fn iter(&self) -> impl Iterator<Item = (&str, Amount)> {
        self.0.iter().map(|(name, amount)| (name.as_str(), *amount))
    }

    /// Cores; [`Decimal::MAX`] where unlimited.
    #[must_use]
    pub fn cpu(&self) -> Decimal {
        self.get("cpu").finite().unwrap_or(Decimal::MAX)
    }

    /// Memory in bytes; [`i64::MAX`] where unlimited or beyond.
    #[must_use]
    pub fn mem(&self) -> i64 {
        self.get("mem").finite().and_then(|bytes| bytes.to_i64()).unwrap_or(i64::MAX)
    }

    /// Both together; `None` on overflow.
    #[must_use]
    pub fn add(&self, other: &Self) -> Option<Self> {
        let mut sum = self.clone();
        for (name, amount) in other.iter() {
            sum.set(name, sum.get(name).checked_add(amount)?);
        }
        Some(sum)
    }

    /// What is left of `self`; `None` when some slot would fall below zero.
    #[must_use]
    pub fn sub(&self, other: &Self) -> Option<Self> {
        let mut rest = self.clone();
        for (name, amount) in other.iter() {
            rest.set(name, rest.get(name).checked_sub(amount)?);
        }
        Some(rest)
    }

    /// `count` times everything; `None` on overflow.
    #[must_use]
    pub fn scale(&self, count: u32) -> Option<Self> {
        let scaled = |(name, amount): (&str, Amount)| Some((name.to_owned(), amount.checked_scale(count)?));
        self.iter().map(scaled).collect::<Option<_>>().map(Self)
    }

    /// Whether every listed amount is at most the other's, where missing is zero.
    #[must_use]
    pub fn fits_into(&self, other: &Self) -> bool {
        self.iter().all(|(name, amount)| amount <= other.get(name))
    }
}

impl fmt::Display for Slots {
    /// The human form, `cpu=1 mem=320m`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, (name, amount)) in self.iter().enumerate() {
            let blank = if index == 0 { "" } else { " " };
            write!(f, "{blank}{name}={}", amount.human(SlotKind::of(name)))?;
        }
        Ok(())
    }
}

impl Serialize for Slots {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.iter().map(|(name, amount)| (name, amount.to_string())))
    }
}

impl<'de> Deserialize<'de> for Slots {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Self::from_json(&Value::deserialize(deserializer)?).map_err(serde::de::Error::custom)
    }
}
