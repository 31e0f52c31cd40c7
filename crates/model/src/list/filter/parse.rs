//! From text to tree.
//!
//! `&` and `|` bind alike and group to the right, and `!` takes everything to its right: what the
//! interface does is kept, because saved filters mean it.

use super::convert::convert;
use super::literal::Reader;
use super::{Filter, MAX_DEPTH, MAX_LENGTH};
use crate::list::keys::KeyTable;

/// The text is no filter. Prints as the contract wants it (`errors.md` §4).
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FilterError {
    /// The list cannot be filtered by this.
    #[error("Query filter parsing error: ('Unknown/unsupported field name', '{0}')")]
    UnknownKey(String),
    /// Something else stands where a part of the language belongs.
    #[error("Query filter parsing error: expected {wanted} at character {position}, found '{found}'")]
    Syntax {
        /// What belongs there.
        wanted: &'static str,
        /// Counted from 1.
        position: usize,
        /// What stands there.
        found: String,
    },
    /// The value or the operator does not suit the key.
    #[error("Query filter parsing error: {key}: {reason}")]
    Unsuitable {
        /// Key.
        key: &'static str,
        /// Why.
        reason: String,
    },
    /// Longer than [`MAX_LENGTH`].
    #[error("Query filter parsing error: longer than {MAX_LENGTH} bytes")]
    TooLong,
    /// Deeper than [`MAX_DEPTH`].
    #[error("Query filter parsing error: more than {MAX_DEPTH} levels or conditions")]
    TooDeep,
}

/// Reads a filter on the list that has these keys.
///
/// # Errors
/// [`FilterError`], which prints as the contract wants it; the empty text is one too.
pub fn parse(text: &str, keys: &KeyTable) -> Result<Filter, FilterError> {
    if text.len() > MAX_LENGTH {
        return Err(FilterError::TooLong);
    }
    let mut reader = Reader::new(text);
    let filter = expression(&mut reader, keys, 0)?;
    if reader.is_at_end() { Ok(filter) } else { Err(reader.expected("`&`, `|` or the end")) }
}

fn expression(reader: &mut Reader<'_>, keys: &KeyTable, depth: usize) -> Result<Filter, FilterError> {
    if depth >= MAX_DEPTH {
        return Err(FilterError::TooDeep);
    }
    if reader.eat("!") {
        return expression(reader, keys, depth + 1).map(|inner| Filter::Not(Box::new(inner)));
    }
    let left = operand(reader, keys, depth)?;
    let join = match (reader.eat("&"), reader.eat("|")) {
        (true, false) => Filter::And,
        (false, true) => Filter::Or,
        (true, true) => return Err(reader.expected("one of `&` and `|`")),
        (false, false) => return Ok(left),
    };
    let right = expression(reader, keys, depth + 1)?;
    Ok(join(Box::new(left), Box::new(right)))
}

fn operand(reader: &mut Reader<'_>, keys: &KeyTable, depth: usize) -> Result<Filter, FilterError> {
    if !reader.eat("(") {
        return comparison(reader, keys);
    }
    let inner = expression(reader, keys, depth + 1)?;
    if reader.eat(")") { Ok(inner) } else { Err(reader.expected("`&`, `|` or `)`")) }
}

fn comparison(reader: &mut Reader<'_>, keys: &KeyTable) -> Result<Filter, FilterError> {
    let name = reader.name()?;
    let key = keys.filter_key(name).ok_or_else(|| FilterError::UnknownKey(name.to_owned()))?;
    let operator = reader.operator()?;
    let value = convert(key, operator, reader.literal()?)?;
    Ok(Filter::Compare { key: key.name.to_owned(), operator, value })
}
