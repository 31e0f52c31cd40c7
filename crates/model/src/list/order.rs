//! The order language of `graphql.md` §7.2: `[+|-]NAME` joined by commas.

use std::fmt;

use super::keys::KeyTable;

/// The most keys of one order.
pub const MAX_KEYS: usize = 32;

/// One key of an order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OrderKey {
    /// Key, known to the list it was parsed for.
    pub key: String,
    /// Descending puts nulls first, ascending last.
    pub descending: bool,
}

/// The text is no order. Prints as the contract wants it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum OrderError {
    /// The list cannot be ordered by this.
    #[error("Query ordering parsing error: ('Unknown/unsupported field name', '{0}')")]
    UnknownKey(String),
    /// Something else than a name between two commas.
    #[error("Query ordering parsing error: expected a field name, found '{0}'")]
    Malformed(String),
    /// More than [`MAX_KEYS`].
    #[error("Query ordering parsing error: more than {MAX_KEYS} fields")]
    TooManyKeys,
}

/// Reads an order; the empty text is the default order, no keys.
///
/// # Errors
/// [`OrderError`] for the first piece that is no key of the list.
pub fn parse(text: &str, keys: &KeyTable) -> Result<Vec<OrderKey>, OrderError> {
    if text.trim().is_empty() {
        return Ok(Vec::new());
    }
    if text.split(',').count() > MAX_KEYS {
        return Err(OrderError::TooManyKeys);
    }
    text.split(',').map(|piece| parse_key(piece.trim(), keys)).collect()
}

fn parse_key(piece: &str, keys: &KeyTable) -> Result<OrderKey, OrderError> {
    let (name, descending) = match (piece.strip_prefix('-'), piece.strip_prefix('+')) {
        (Some(name), _) => (name.trim_start(), true),
        (_, Some(name)) => (name.trim_start(), false),
        _ => (piece, false),
    };
    let is_name = name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
        && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
    if !is_name {
        return Err(OrderError::Malformed(piece.chars().take(40).collect()));
    }
    match keys.order_key(name) {
        Some(key) => Ok(OrderKey { key: key.name.to_owned(), descending }),
        None => Err(OrderError::UnknownKey(name.to_owned())),
    }
}

impl fmt::Display for OrderKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sign = if self.descending { '-' } else { '+' };
        write!(f, "{sign}{}", self.key)
    }
}

/// The text that [`parse`] reads back.
#[must_use]
pub fn print(order: &[OrderKey]) -> String {
    order.iter().map(ToString::to_string).collect::<Vec<_>>().join(",")
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

    use proptest::prelude::*;

    use super::*;
    use crate::list::keys::SESSIONS;

    fn printed(text: &str) -> String {
        parse(text, &SESSIONS).map_or_else(|error| error.to_string(), |order| print(&order))
    }

    #[test]
    fn signs_and_blanks() {
        assert_eq!(printed("+name,-created_at"), "+name,-created_at");
        assert_eq!(printed("name, - created_at ,+ status"), "+name,-created_at,+status");
        assert_eq!(printed("-group_name"), "-group_name");
        assert_eq!(printed(""), "");
    }

    #[test]
    fn errors_are_the_contracts() {
        let unknown = "Query ordering parsing error: ('Unknown/unsupported field name', 'session_id')";
        assert_eq!(printed("name,-session_id"), unknown);
        for text in ["name,", ",", "--name", "na me", "name desc", "*", "name;drop"] {
            assert!(printed(text).starts_with("Query ordering parsing error: expected"), "{text}");
        }
        assert!(printed(&vec!["name"; 33].join(",")).ends_with("more than 32 fields"));
        for key in ["cluster_template", "tag", "agent", "agents"] {
            assert!(matches!(parse(key, &SESSIONS), Err(OrderError::UnknownKey(_))), "{key}");
        }
    }

    fn order() -> impl Strategy<Value = Vec<OrderKey>> {
        let key = (0..SESSIONS.order.len(), any::<bool>())
            .prop_map(|(index, descending)| OrderKey { key: SESSIONS.order[index].name.to_owned(), descending });
        prop::collection::vec(key, 0..=MAX_KEYS)
    }

    proptest! {
        #[test]
        fn printing_round_trips(order in order()) {
            prop_assert_eq!(parse(&print(&order), &SESSIONS), Ok(order));
        }

        #[test]
        fn no_text_breaks_the_parser(text in ".{0,200}") {
            let _ = parse(&text, &SESSIONS);
        }
    }
}
