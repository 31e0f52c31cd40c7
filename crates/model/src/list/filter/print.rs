//! From tree to text.

use super::{Filter, Value};
use crate::list::keys::{Key, KeyTable};
use crate::time::print_iso;

impl Filter {
    /// The text that [`super::parse()`] reads back to the same tree.
    ///
    /// The language cannot say every text: a run of backslashes before a quote or at the end has
    /// always an even length in what was parsed, and only such texts round-trip.
    #[must_use]
    pub fn print(&self, keys: &KeyTable) -> String {
        match self {
            Self::Not(inner) => format!("!{}", inner.print(keys)),
            Self::And(left, right) => format!("{} & {}", left.print_left(keys), right.print(keys)),
            Self::Or(left, right) => format!("{} | {}", left.print_left(keys), right.print(keys)),
            Self::Compare { key, operator, value } => {
                format!("{key} {} {}", operator.as_str(), print_value(keys.filter_key(key), value))
            }
        }
    }

    /// Left of an operator anything but a comparison needs parentheses.
    fn print_left(&self, keys: &KeyTable) -> String {
        match self {
            Self::Compare { .. } => self.print(keys),
            _ => format!("({})", self.print(keys)),
        }
    }
}

fn print_value(key: Option<Key>, value: &Value) -> String {
    match value {
        Value::Null => "null".to_owned(),
        Value::Bool(value) => value.to_string(),
        Value::Integer(number) => match key.and_then(|key| key.kind.name_of_rank(*number)) {
            Some(name) => quote(name),
            None => number.to_string(),
        },
        Value::Float(number) => format!("{number:?}"),
        Value::Text(text) => quote(text),
        Value::Moment(at) => quote(&print_iso(*at)),
        Value::Id(id) => quote(&id.to_string()),
        Value::List(items) => {
            let items: Vec<_> = items.iter().map(|item| print_value(key, item)).collect();
            format!("[{}]", items.join(", "))
        }
    }
}

fn quote(text: &str) -> String {
    format!("\"{}\"", text.replace('"', "\\\""))
}
