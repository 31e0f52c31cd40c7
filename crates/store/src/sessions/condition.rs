//! A filter as a condition of the database. NULL behaves as in SQL: what compares with it is
//! neither true nor false, and its negation finds nothing either.

use rollcall_model::list::filter::{Filter, Operator, Value};
use rollcall_model::time;
use sea_query::{Expr, ExprTrait, Func, LikeExpr};

use super::query::Table;
use crate::StoreError;

/// What a column holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Id,
    Text,
    /// Ranks, moments and counts too.
    Number,
    Truth,
}

/// What a filter or an order names: a column, or what is computed of a table's row.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Column {
    pub(crate) table: &'static str,
    pub(crate) name: &'static str,
    pub(crate) kind: Kind,
    /// In place of the column, in parentheses.
    pub(crate) computed: Option<&'static str>,
}

impl Column {
    pub(crate) fn expr(&self) -> Expr {
        match self.computed {
            Some(text) => Expr::cust(text),
            None => Expr::col((self.table, self.name)),
        }
    }
}

/// The condition of a filter; `named` gets the tables it needs.
pub(crate) fn of(table: &Table, filter: &Filter, named: &mut Vec<&'static str>) -> Result<Expr, StoreError> {
    Ok(match filter {
        Filter::Not(inner) => of(table, inner, named)?.not(),
        Filter::And(left, right) => of(table, left, named)?.and(of(table, right, named)?),
        Filter::Or(left, right) => of(table, left, named)?.or(of(table, right, named)?),
        Filter::Compare { key, operator, value } => {
            let column = table.column(key)?;
            named.push(column.table);
            comparison(key, column, *operator, value)?
        }
    })
}

fn comparison(key: &str, column: &Column, operator: Operator, value: &Value) -> Result<Expr, StoreError> {
    let left = column.expr();
    Ok(match (operator, value) {
        (Operator::Equal | Operator::Is, Value::Null) => left.is_null(),
        (Operator::NotEqual | Operator::IsNot, Value::Null) => left.is_not_null(),
        (Operator::In, Value::List(values)) => {
            let values = values.iter().filter(|value| **value != Value::Null).map(|value| right(key, column, value));
            left.is_in(values.collect::<Result<Vec<_>, _>>()?)
        }
        (Operator::Contains | Operator::Like | Operator::Ilike, Value::Text(text)) => {
            pattern(key, column, operator, text)?
        }
        (Operator::Equal | Operator::Is, value) => left.eq(right(key, column, value)?),
        (Operator::NotEqual | Operator::IsNot, value) => left.ne(right(key, column, value)?),
        (Operator::Greater, value) => left.gt(right(key, column, value)?),
        (Operator::GreaterOrEqual, value) => left.gte(right(key, column, value)?),
        (Operator::Less, value) => left.lt(right(key, column, value)?),
        (Operator::LessOrEqual, value) => left.lte(right(key, column, value)?),
        _ => return Err(unfit(key)),
    })
}

fn right(key: &str, column: &Column, value: &Value) -> Result<Expr, StoreError> {
    Ok(match (column.kind, value) {
        (Kind::Text, Value::Text(text)) => Expr::val(storable(key, text)?),
        (Kind::Number, Value::Integer(number)) => Expr::val(*number),
        // Said in the text, not only by the value: PostgreSQL's connections keep statements by their
        // text, and one that was prepared for a whole number would read a fraction's bytes as one.
        (Kind::Number, Value::Float(number)) => Expr::val(*number).cast_as("double precision"),
        (Kind::Number, Value::Moment(at)) => Expr::val(time::to_micros(*at)),
        (Kind::Id, Value::Id(id)) => Expr::val(*id),
        (Kind::Truth, Value::Bool(truth)) => Expr::val(*truth),
        // A comparison with null that is neither `==` nor `is`: unknown for every row.
        (Kind::Text, Value::Null) => Expr::val(None::<String>),
        (Kind::Number, Value::Null) => Expr::val(None::<i64>),
        _ => return Err(unfit(key)),
    })
}

/// Cases count, but for `ilike`, where those of ASCII do not: the same on both engines.
fn pattern(key: &str, column: &Column, operator: Operator, text: &str) -> Result<Expr, StoreError> {
    if column.kind != Kind::Text {
        return Err(unfit(key));
    }
    let text = storable(key, text)?;
    // The languages have no escapes of their own, so a backslash is always itself.
    let plain = text.replace('\\', "\\\\");
    let like = |pattern: String| LikeExpr::new(pattern).escape('\\');
    Ok(match operator {
        Operator::Contains => {
            let literal = plain.replace('%', "\\%").replace('_', "\\_");
            column.expr().like(like(format!("%{literal}%")))
        }
        Operator::Ilike => Expr::from(Func::lower(column.expr())).like(like(plain.to_ascii_lowercase())),
        _ => column.expr().like(like(plain)),
    })
}

/// PostgreSQL has no texts with a zero byte; neither has the other one then.
fn storable<'t>(key: &str, text: &'t str) -> Result<&'t str, StoreError> {
    if text.contains('\0') { Err(unfit(key)) } else { Ok(text) }
}

fn unfit(key: &str) -> StoreError {
    StoreError::Filter(format!("`{key}` cannot be compared with this value in this way"))
}
