//! The order language of `graphql.md` §7.2.

/// One key of an order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OrderKey {
    /// Key, known to the list it was parsed for.
    pub key: String,
    /// Descending puts nulls first, ascending last.
    pub descending: bool,
}
