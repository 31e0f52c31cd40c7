//! The filter language of `graphql.md` §7.1, parsed to a tree.

mod convert;
mod literal;
mod parse;
mod print;
#[cfg(test)]
mod tests;

use uuid::Uuid;

use crate::Timestamp;

pub use parse::{FilterError, parse};

/// The longest filter in bytes. With [`MAX_DEPTH`] it bounds what hostile text can cost.
pub const MAX_LENGTH: usize = 8 * 1024;

/// The deepest tree, and so the most comparisons of one chain.
pub const MAX_DEPTH: usize = 128;

/// A condition on rows.
#[derive(Clone, Debug, PartialEq)]
pub enum Filter {
    /// Not.
    Not(Box<Filter>),
    /// Both.
    And(Box<Filter>, Box<Filter>),
    /// One or both.
    Or(Box<Filter>, Box<Filter>),
    /// A comparison of one key.
    Compare {
        /// Key, known to the list it was parsed for.
        key: String,
        /// Operator.
        operator: Operator,
        /// Right side, of the key's kind.
        value: Value,
    },
}

/// `== != > >= < <= contains in is isnot like ilike`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Operator {
    /// `==`
    Equal,
    /// `!=`
    NotEqual,
    /// `>`
    Greater,
    /// `>=`
    GreaterOrEqual,
    /// `<`
    Less,
    /// `<=`
    LessOrEqual,
    /// `contains`: substring, nothing is wild.
    Contains,
    /// `in`
    In,
    /// `is`
    Is,
    /// `isnot`
    IsNot,
    /// `like`: SQL pattern with `%` and `_`.
    Like,
    /// `ilike`: the same whatever the case.
    Ilike,
}

impl Operator {
    /// All operators; of two that begin alike the longer one comes first.
    pub const ALL: [Self; 12] = [
        Self::Equal,
        Self::NotEqual,
        Self::GreaterOrEqual,
        Self::Greater,
        Self::LessOrEqual,
        Self::Less,
        Self::Contains,
        Self::In,
        Self::IsNot,
        Self::Is,
        Self::Like,
        Self::Ilike,
    ];

    /// The operator as it is written.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Equal => "==",
            Self::NotEqual => "!=",
            Self::Greater => ">",
            Self::GreaterOrEqual => ">=",
            Self::Less => "<",
            Self::LessOrEqual => "<=",
            Self::Contains => "contains",
            Self::In => "in",
            Self::Is => "is",
            Self::IsNot => "isnot",
            Self::Like => "like",
            Self::Ilike => "ilike",
        }
    }
}

/// A right side, already of the key's kind: enum names are ranks, dates are moments.
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    /// `null`
    Null,
    /// `true`, `false`
    Bool(bool),
    /// A whole number; the rank of an enum's name too.
    Integer(i64),
    /// A number with a point.
    Float(f64),
    /// A text.
    Text(String),
    /// A moment.
    Moment(Timestamp),
    /// A UUID.
    Id(Uuid),
    /// A list.
    List(Vec<Value>),
}
