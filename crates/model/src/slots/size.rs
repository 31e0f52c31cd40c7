//! Sizes in bytes as people write them: `4g`, `1.5 GiB`, `512m`, `1_048_576`.

use rust_decimal::Decimal;

use super::amount::{Amount, AmountError, is_infinite, parse_decimal};

/// Units by their letter, each 1024 times the one before.
const UNITS: [char; 8] = ['k', 'm', 'g', 't', 'p', 'e', 'z', 'y'];

/// Reads a size text (`session-lifecycle.md` §8): a number, with a fraction only if a unit
/// follows, and a unit letter in any case, with or without `b`, `ib`, `byte(s)`, `ibyte(s)`.
/// Parts of a byte that a fraction leaves are dropped.
///
/// # Errors
/// [`AmountError`] says what is wrong.
pub fn parse_size(text: &str) -> Result<Amount, AmountError> {
    let plain = text.trim().to_ascii_lowercase();
    if is_infinite(&plain) {
        return Ok(Amount::Infinite);
    }
    let wrong = || AmountError::NotASize(text.to_owned());
    let end = plain.find(|c: char| c.is_ascii_alphabetic()).unwrap_or(plain.len());
    let (digits, unit) = plain.split_at(end);
    let factor = unit_factor(unit).ok_or_else(wrong)?;
    let number = parse_decimal(digits.trim_end()).ok_or_else(wrong)?;
    if number.is_sign_negative() && !number.is_zero() {
        return Err(AmountError::Negative(text.to_owned()));
    }
    if factor == Decimal::ONE && !number.fract().is_zero() {
        return Err(AmountError::FractionOfByte(text.to_owned()));
    }
    number.checked_mul(factor).map(|bytes| Amount::Finite(bytes.floor().abs())).ok_or_else(wrong)
}

/// The shortest exact text: the largest unit that divides the bytes (`4g`, `512m`, `10`).
#[must_use]
pub fn print_size(amount: Amount) -> String {
    let Amount::Finite(bytes) = amount else { return amount.to_string() };
    let step = Decimal::from(1024);
    let (mut rest, mut unit) = (bytes, None);
    for letter in UNITS {
        if rest.is_zero() || !(rest % step).is_zero() {
            break;
        }
        (rest, unit) = (rest / step, Some(letter));
    }
    let number = Amount::Finite(rest);
    unit.map_or_else(|| number.to_string(), |letter| format!("{number}{letter}"))
}

fn unit_factor(unit: &str) -> Option<Decimal> {
    if matches!(unit, "" | "b" | "byte" | "bytes") {
        return Some(Decimal::ONE);
    }
    let letter = unit.chars().next()?;
    let power = UNITS.iter().position(|known| *known == letter)?;
    let tail = unit.get(1..)?;
    let known = matches!(tail, "" | "b" | "ib" | "byte" | "bytes" | "ibyte" | "ibytes");
    known.then(|| (0..=power).fold(Decimal::ONE, |factor, _| factor * Decimal::from(1024)))
}
