//! The filter language of `graphql.md` §7.1, parsed to a tree.

use crate::Timestamp;

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
    /// A list.
    List(Vec<Value>),
}
