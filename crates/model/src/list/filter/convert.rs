//! What a right side means for its key, and which operators the key takes.

use uuid::Uuid;

use super::literal::Literal;
use super::parse::FilterError;
use super::{Operator, Value};
use crate::date::parse_date;
use crate::list::keys::{Key, Kind};
use crate::time::truncate;

/// Gives the literal the key's meaning.
pub(super) fn convert(key: Key, operator: Operator, literal: Literal) -> Result<Value, FilterError> {
    let unsuitable = |reason: String| FilterError::Unsuitable { key: key.name, reason };
    match (operator, literal) {
        (Operator::In, Literal::List(items)) => {
            items.into_iter().map(|item| scalar(key.kind, item)).collect::<Result<_, _>>().map(Value::List)
        }
        (Operator::In, _) => Err("`in` needs a list such as [\"a\", \"b\"]".to_owned()),
        (_, Literal::List(_)) => Err("a list goes with `in` alone".to_owned()),
        (Operator::Equal | Operator::NotEqual | Operator::Is | Operator::IsNot, Literal::Null) => Ok(Value::Null),
        (_, Literal::Null) => Err("null goes with ==, !=, is and isnot alone".to_owned()),
        (Operator::Is | Operator::IsNot, literal) => truth(key.kind, literal),
        (Operator::Contains | Operator::Like | Operator::Ilike, literal) => pattern(key.kind, operator, literal),
        (_, literal) => scalar(key.kind, literal),
    }
    .map_err(unsuitable)
}

fn truth(kind: Kind, literal: Literal) -> Result<Value, String> {
    match (kind, literal) {
        (Kind::Bool, Literal::Bool(value)) => Ok(Value::Bool(value)),
        (Kind::Bool, _) => Err("`is` and `isnot` take null, true or false".to_owned()),
        _ => Err("`is` and `isnot` take null; use == and != for values".to_owned()),
    }
}

fn pattern(kind: Kind, operator: Operator, literal: Literal) -> Result<Value, String> {
    match (kind, literal) {
        (Kind::Text, Literal::Text(text)) => Ok(Value::Text(text)),
        (Kind::Text, _) => Err(format!("`{}` needs a text in double quotes", operator.as_str())),
        _ => Err(format!("`{}` works on texts alone", operator.as_str())),
    }
}

fn scalar(kind: Kind, literal: Literal) -> Result<Value, String> {
    match (kind, literal) {
        (Kind::Text, Literal::Text(text)) => Ok(Value::Text(text)),
        (Kind::Integer, Literal::Integer(number)) => Ok(Value::Integer(number)),
        (Kind::Integer, Literal::Float(number)) => Ok(Value::Float(number)),
        (Kind::Bool, Literal::Bool(value)) => Ok(Value::Bool(value)),
        (Kind::Moment, Literal::Text(text)) => match parse_date(&text) {
            Some(date) => Ok(Value::Moment(truncate(date.to_utc()))),
            None => Err(format!("'{text}' is no date; write it as 2021-10-07T07:58:33Z")),
        },
        (Kind::Enum(names), Literal::Text(text)) => match kind.rank(&text) {
            Some(rank) => Ok(Value::Integer(rank)),
            None => Err(format!("'{text}' is none of {}", names().join(", "))),
        },
        (Kind::Id, Literal::Text(text)) => match Uuid::parse_str(&text) {
            Ok(id) => Ok(Value::Id(id)),
            Err(_) => Err(format!("'{text}' is no UUID")),
        },
        (Kind::Text, _) => Err("needs a text in double quotes".to_owned()),
        (Kind::Integer, _) => Err("needs a number".to_owned()),
        (Kind::Bool, _) => Err("needs true or false".to_owned()),
        (Kind::Moment, _) => Err("needs a date in double quotes".to_owned()),
        (Kind::Enum(_), _) => Err("needs a name in double quotes".to_owned()),
        (Kind::Id, _) => Err("needs a UUID in double quotes".to_owned()),
    }
}
