//! An exact amount of one slot, and how JSON and people write it.

use std::fmt;

use rust_decimal::Decimal;
use serde_json::Value;

use super::size::{parse_size, print_size};

/// An exact amount of one slot.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Amount {
    /// A decimal of at most three places, never negative.
    Finite(Decimal),
    /// No limit; printed `Infinity`.
    Infinite,
}

/// What a slot counts. The name tells: with `mem` in it, bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SlotKind {
    /// Things, or fractions of things.
    Count,
    /// Whole bytes; size texts are understood.
    Bytes,
}

impl SlotKind {
    /// The kind of a slot name (`graphql.md` §8, notes).
    #[must_use]
    pub fn of(name: &str) -> Self {
        if name.contains("mem") { Self::Bytes } else { Self::Count }
    }

    /// Its unit, as the API names it (`rest.md` §2).
    #[must_use]
    pub fn unit(self) -> &'static str {
        match self {
            Self::Count => "count",
            Self::Bytes => "bytes",
        }
    }
}

/// The text or number is no amount.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AmountError {
    /// Not a number, or one without end or beyond measure.
    #[error("`{0}` is not an amount; write a number such as 1, 0.5 or Infinity")]
    NotANumber(String),
    /// Not a size.
    #[error("`{0}` is not a size; write bytes or a size such as 512m or 4g")]
    NotASize(String),
    /// A part of a byte.
    #[error("`{0}` is no whole number of bytes; give it a unit such as 1.5g")]
    FractionOfByte(String),
    /// Less than nothing.
    #[error("`{0}` is negative")]
    Negative(String),
}

impl Amount {
    /// Nothing.
    pub const ZERO: Self = Self::Finite(Decimal::ZERO);

    /// Reads a text: a count rounded to three places, or a size.
    ///
    /// # Errors
    /// [`AmountError`] says what is wrong.
    pub fn parse(kind: SlotKind, text: &str) -> Result<Self, AmountError> {
        match kind {
            SlotKind::Bytes => parse_size(text),
            SlotKind::Count => parse_count(text),
        }
    }

    /// Reads a JSON number or string.
    ///
    /// # Errors
    /// [`AmountError`] says what is wrong.
    pub fn from_json(kind: SlotKind, value: &Value) -> Result<Self, AmountError> {
        match value {
            Value::String(text) => Self::parse(kind, text),
            Value::Number(number) => Self::parse(kind, &number.to_string()),
            other => Err(AmountError::NotANumber(other.to_string())),
        }
    }

    /// The number, unless there is no limit.
    #[must_use]
    pub fn finite(self) -> Option<Decimal> {
        match self {
            Self::Finite(number) => Some(number),
            Self::Infinite => None,
        }
    }

    /// Whether it is nothing.
    #[must_use]
    pub fn is_zero(self) -> bool {
        self == Self::ZERO
    }

    /// The sum; `None` on overflow.
    #[must_use]
    pub fn checked_add(self, other: Self) -> Option<Self> {
        match (self, other) {
            (Self::Finite(left), Self::Finite(right)) => left.checked_add(right).map(Self::Finite),
            _ => Some(Self::Infinite),
        }
    }

    /// The rest; `None` below zero. Anything finite, or even everything, taken from no limit leaves
    /// no limit.
    #[must_use]
    pub fn checked_sub(self, other: Self) -> Option<Self> {
        match (self, other) {
            (Self::Finite(left), Self::Finite(right)) if left >= right => left.checked_sub(right).map(Self::Finite),
            (Self::Infinite, _) => Some(Self::Infinite),
            _ => None,
        }
    }

    /// `count` times as much; `None` on overflow.
    #[must_use]
    pub fn checked_scale(self, count: u32) -> Option<Self> {
        match self {
            Self::Finite(number) => number.checked_mul(Decimal::from(count)).map(Self::Finite),
            Self::Infinite if count == 0 => Some(Self::ZERO),
            Self::Infinite => Some(Self::Infinite),
        }
    }

    /// The form for messages: `4g`, `512m`, `10`.
    #[must_use]
    pub fn human(self, kind: SlotKind) -> String {
        match kind {
            SlotKind::Bytes => print_size(self),
            SlotKind::Count => self.to_string(),
        }
    }
}

impl fmt::Display for Amount {
    /// The wire form: plain decimals without exponent, `Infinity`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Finite(number) => number.normalize().fmt(f),
            Self::Infinite => f.write_str("Infinity"),
        }
    }
}

fn parse_count(text: &str) -> Result<Amount, AmountError> {
    let plain = text.trim();
    if is_infinite(plain) {
        return Ok(Amount::Infinite);
    }
    let wrong = || AmountError::NotANumber(text.to_owned());
    let number = parse_decimal(plain).ok_or_else(wrong)?;
    match number.is_sign_negative() && !number.is_zero() {
        true => Err(AmountError::Negative(text.to_owned())),
        false => Ok(Amount::Finite(number.round_dp(3).abs())),
    }
}

/// `inf`, `infinite` and `infinity` in any case.
pub(super) fn is_infinite(text: &str) -> bool {
    ["inf", "infinite", "infinity"].iter().any(|word| text.eq_ignore_ascii_case(word))
}

/// Digits with an optional sign, point and `_` separators between digits; nothing else, and no
/// exponent.
pub(super) fn parse_decimal(text: &str) -> Option<Decimal> {
    let unsigned = text.strip_prefix(['+', '-']).unwrap_or(text);
    let (whole, fraction) = unsigned.split_once('.').unwrap_or((unsigned, "0"));
    let digits = |part: &str| {
        part.starts_with(|c: char| c.is_ascii_digit())
            && part.ends_with(|c: char| c.is_ascii_digit())
            && part.bytes().all(|byte| byte.is_ascii_digit() || byte == b'_')
    };
    let shape =
        (digits(whole) || (whole.is_empty() && unsigned.starts_with('.'))) && (digits(fraction) || fraction.is_empty());
    shape.then(|| text.replace('_', "").parse().ok()).flatten()
}
