//! Amounts of resources by name (`session-lifecycle.md` §8).

use std::collections::BTreeMap;
use std::fmt;

use rust_decimal::Decimal;

/// An exact amount of one slot.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Amount {
    /// A decimal of at most three places, never negative.
    Finite(Decimal),
    /// No limit; printed `Infinity`.
    Infinite,
}

/// Amounts by slot name, such as `cpu` and `mem`. Names without an amount count as zero.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Slots(pub BTreeMap<String, Amount>);

impl fmt::Display for Amount {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Finite(number) => number.normalize().fmt(f),
            Self::Infinite => f.write_str("Infinity"),
        }
    }
}
