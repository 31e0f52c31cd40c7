//! Random filters and orders: how they are written, and what they mean (`graphql.md` §7).

use std::cmp::Ordering;
use std::fmt;

use chrono::{DateTime, FixedOffset};
use uuid::Uuid;

use crate::rows::{Dice, MODES, RESULTS, Row, STATUSES, TYPES, WORDS, moment};

/// A filter as the grammar derives it: `&` and `|` group to the right, `!` takes all to its right.
#[derive(Clone, Debug)]
pub(crate) enum Filter {
    Not(Box<Filter>),
    Joined(Box<Atom>, bool, Box<Filter>),
    Atom(Atom),
}

#[derive(Clone, Debug)]
pub(crate) enum Atom {
    Parens(Box<Filter>),
    Compares { key: &'static str, operator: &'static str, value: Value },
}

#[derive(Clone, Debug)]
pub(crate) enum Value {
    Null,
    Whole(i64),
    Fraction(f64),
    Text(String),
    /// Microseconds, and how they are written.
    Moment(i64, String),
    /// A name of an enumeration and its place.
    Name(&'static str, usize),
    List(Vec<Value>),
}

const TEXTS: [&str; 10] = [
    "name",
    "image",
    "domain_name",
    "user_email",
    "access_key",
    "scaling_group",
    "status_info",
    "startup_command",
    "agent",
    "agents",
];
const NAMES: [(&str, &[&str]); 4] =
    [("type", &TYPES), ("cluster_mode", &MODES), ("status", &STATUSES), ("result", &RESULTS)];
const MOMENTS: [&str; 4] = ["created_at", "status_changed", "terminated_at", "starts_at"];
const COMPARISONS: [&str; 6] = ["==", "!=", "<", ">", "<=", ">="];

impl Filter {
    pub(crate) fn random(dice: &mut Dice, depth: u32) -> Self {
        if depth == 0 {
            return Self::Atom(Atom::random(dice, 0));
        }
        match dice.below(5) {
            0 => Self::Not(Box::new(Self::random(dice, depth - 1))),
            1 | 2 => Self::Joined(
                Box::new(Atom::random(dice, depth - 1)),
                dice.once_in(2),
                Box::new(Self::random(dice, depth - 1)),
            ),
            _ => Self::Atom(Atom::random(dice, depth - 1)),
        }
    }

    /// Whether a key of machines is in it.
    pub(crate) fn speaks_of_machines(&self) -> bool {
        let atom = |atom: &Atom| match atom {
            Atom::Parens(inner) => inner.speaks_of_machines(),
            Atom::Compares { key, .. } => key.starts_with("agent"),
        };
        match self {
            Self::Not(inner) => inner.speaks_of_machines(),
            Self::Atom(one) => atom(one),
            Self::Joined(left, _, right) => atom(left) || right.speaks_of_machines(),
        }
    }

    /// `None` is neither true nor false: a comparison with what is not there.
    pub(crate) fn holds(&self, row: &Row) -> Option<bool> {
        match self {
            Self::Not(inner) => inner.holds(row).map(|holds| !holds),
            Self::Atom(atom) => atom.holds(row),
            Self::Joined(left, and, right) => {
                let decisive = !and;
                match (left.holds(row), right.holds(row)) {
                    (Some(one), _) | (_, Some(one)) if one == decisive => Some(decisive),
                    (Some(_), Some(_)) => Some(!decisive),
                    _ => None,
                }
            }
        }
    }
}

impl Atom {
    fn random(dice: &mut Dice, depth: u32) -> Self {
        if depth > 0 && dice.once_in(3) {
            return Self::Parens(Box::new(Filter::random(dice, depth - 1)));
        }
        match dice.below(4) {
            0 | 1 => text_comparison(dice),
            2 => {
                let key = *dice.one_of(&MOMENTS);
                let value = some_moment(dice);
                comparison(dice, key, value, some_moment)
            }
            _ if dice.once_in(4) => {
                let value = some_number(dice);
                comparison(dice, "cluster_size", value, some_number)
            }
            _ => {
                let (key, names) = *dice.one_of(&NAMES);
                let name = move |dice: &mut Dice| {
                    let place = usize::try_from(dice.below(names.len() as u64)).unwrap();
                    Value::Name(names[place], place)
                };
                let value = name(dice);
                comparison(dice, key, value, name)
            }
        }
    }

    fn holds(&self, row: &Row) -> Option<bool> {
        match self {
            Self::Parens(inner) => inner.holds(row),
            Self::Compares { key, operator, value } => compares(cell(row, key), operator, value),
        }
    }
}

fn some_moment(dice: &mut Dice) -> Value {
    let at = moment(dice);
    let utc = DateTime::from_timestamp_micros(at).unwrap();
    let written = match dice.below(4) {
        0 => utc.format("%Y-%m-%dT%H:%M:%S%.6fZ").to_string(),
        1 => utc.with_timezone(&FixedOffset::east_opt(9 * 3600).unwrap()).to_rfc3339(),
        2 => utc.format("%Y-%m-%d %H:%M:%S%.6f").to_string(),
        _ => utc.with_timezone(&FixedOffset::west_opt(5 * 3600).unwrap()).to_rfc3339(),
    };
    Value::Moment(at, written)
}

fn some_number(dice: &mut Dice) -> Value {
    if dice.once_in(4) { Value::Fraction(1.5) } else { Value::Whole(i64::try_from(dice.below(6)).unwrap()) }
}

fn comparison(dice: &mut Dice, key: &'static str, value: Value, another: impl Fn(&mut Dice) -> Value) -> Atom {
    let (operator, value) = match dice.below(8) {
        0 => (*dice.one_of(&["==", "!=", "is", "isnot"]), Value::Null),
        1 => ("in", Value::List((0..dice.below(4)).map(|_| another(dice)).collect())),
        _ => (*dice.one_of(&COMPARISONS), value),
    };
    Atom::Compares { key, operator, value }
}

fn text_comparison(dice: &mut Dice) -> Atom {
    let key = *dice.one_of(&TEXTS);
    let pieces = [
        "alpha",
        "Al",
        "%",
        "_",
        "al%ha1%",
        "Ün",
        "ün%",
        "default",
        "%A%",
        "\"",
        ":\\d",
        "USER",
        "@example.com",
        "",
        "i-1",
    ];
    let some = |dice: &mut Dice| {
        let word = if dice.once_in(2) { *dice.one_of(&WORDS) } else { *dice.one_of(&pieces) };
        Value::Text(word.to_owned())
    };
    let value = some(dice);
    if dice.once_in(3) {
        let operator: &&str = dice.one_of(&["contains", "like", "ilike"]);
        return Atom::Compares { key, operator, value };
    }
    comparison(dice, key, value, some)
}

fn compares(cell: Option<Cell>, operator: &str, value: &Value) -> Option<bool> {
    match (operator, value) {
        ("==" | "is", Value::Null) => return Some(cell.is_none()),
        ("!=" | "isnot", Value::Null) => return Some(cell.is_some()),
        ("in", Value::List(values)) if values.is_empty() => return Some(false),
        _ => {}
    }
    let cell = cell?;
    Some(match (operator, value) {
        ("in", Value::List(values)) => values.iter().any(|value| against(&cell, value).is_eq()),
        ("contains", Value::Text(text)) => cell.text().contains(text.as_str()),
        ("like", Value::Text(pattern)) => like(cell.text(), pattern),
        ("ilike", Value::Text(pattern)) => like(&cell.text().to_ascii_lowercase(), &pattern.to_ascii_lowercase()),
        ("==", value) => against(&cell, value).is_eq(),
        ("!=", value) => against(&cell, value).is_ne(),
        ("<", value) => against(&cell, value).is_lt(),
        (">", value) => against(&cell, value).is_gt(),
        ("<=", value) => against(&cell, value).is_le(),
        (">=", value) => against(&cell, value).is_ge(),
        other => panic!("no comparison {other:?}"),
    })
}

/// What a row holds under a key.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Cell {
    Number(i64),
    Text(String),
    Id(Uuid),
}

impl Cell {
    fn text(&self) -> &str {
        match self {
            Self::Text(text) => text,
            other => panic!("no text: {other:?}"),
        }
    }
}

fn against(cell: &Cell, value: &Value) -> Ordering {
    match (cell, value) {
        (Cell::Text(left), Value::Text(right)) => left.as_bytes().cmp(right.as_bytes()),
        (Cell::Number(left), Value::Whole(right) | Value::Moment(right, _)) => left.cmp(right),
        (Cell::Number(left), Value::Name(_, place)) => left.cmp(&i64::try_from(*place).unwrap()),
        (Cell::Number(left), Value::Fraction(right)) => {
            #[expect(clippy::cast_precision_loss, reason = "cluster sizes are small")]
            let left = *left as f64;
            left.total_cmp(right)
        }
        other => panic!("cannot compare {other:?}"),
    }
}

/// `%` is any text, `_` any character; nothing else is wild.
fn like(text: &str, pattern: &str) -> bool {
    let Some(first) = pattern.chars().next() else { return text.is_empty() };
    let rest = &pattern[first.len_utf8()..];
    if first == '%' {
        return text.char_indices().map(|(at, _)| at).chain([text.len()]).any(|at| like(&text[at..], rest));
    }
    let mut characters = text.chars();
    characters.next().is_some_and(|given| (first == '_' || first == given) && like(characters.as_str(), rest))
}

pub(crate) fn cell(row: &Row, key: &str) -> Option<Cell> {
    let text = |text: &str| Some(Cell::Text(text.to_owned()));
    let maybe = |text: &Option<String>| text.clone().map(Cell::Text);
    let place = |place: usize| Some(Cell::Number(i64::try_from(place).unwrap()));
    match key {
        "id" => Some(Cell::Id(row.id)),
        "type" => place(row.kind),
        "name" => text(&row.name),
        "image" => text(&row.image),
        "domain_name" => text(&row.domain),
        "group_name" => text(&row.group_name),
        "user_email" => text(&row.email),
        "access_key" => text(&row.access_key),
        "scaling_group" => maybe(&row.scaling_group),
        "cluster_mode" => place(row.mode),
        "cluster_size" => Some(Cell::Number(row.size)),
        "status" => place(row.status),
        "status_info" => maybe(&row.status_info),
        "status_changed" => row.status_changed.map(Cell::Number),
        "result" => place(row.result),
        "created_at" => Some(Cell::Number(row.created_at)),
        "terminated_at" => row.terminated_at.map(Cell::Number),
        "starts_at" => row.starts_at.map(Cell::Number),
        "startup_command" => maybe(&row.startup_command),
        "agent" | "agents" => maybe(&row.agent),
        other => panic!("no key {other}"),
    }
}

/// Keys and whether each descends.
#[derive(Clone, Debug)]
pub(crate) struct Order(pub(crate) Vec<(&'static str, bool)>);

const ORDER_KEYS: [&str; 18] = [
    "id",
    "type",
    "name",
    "image",
    "domain_name",
    "group_name",
    "user_email",
    "access_key",
    "scaling_group",
    "cluster_mode",
    "cluster_size",
    "status",
    "status_info",
    "status_changed",
    "result",
    "created_at",
    "terminated_at",
    "starts_at",
];

impl Order {
    pub(crate) fn random(dice: &mut Dice) -> Self {
        Self((0..=dice.below(3)).map(|_| (*dice.one_of(&ORDER_KEYS), dice.once_in(2))).collect())
    }

    /// Missing values come last when ascending and first when descending; equal rows by their ids.
    pub(crate) fn compare(&self, one: &Row, other: &Row) -> Ordering {
        for (key, descending) in &self.0 {
            let ascending = match (cell(one, key), cell(other, key)) {
                (None, None) => Ordering::Equal,
                (None, Some(_)) => Ordering::Greater,
                (Some(_), None) => Ordering::Less,
                (Some(one), Some(other)) => one.cmp(&other),
            };
            let order = if *descending { ascending.reverse() } else { ascending };
            if order.is_ne() {
                return order;
            }
        }
        one.id.cmp(&other.id)
    }

    pub(crate) fn written(&self, dice: &mut Dice) -> String {
        let signs = |descending: bool, dice: &mut Dice| match (descending, dice.below(3)) {
            (true, 0) => "- ",
            (true, _) => "-",
            (false, 0) => "",
            (false, 1) => "+ ",
            (false, _) => "+",
        };
        let keys: Vec<String> =
            self.0.iter().map(|(key, descending)| format!("{}{key}", signs(*descending, dice))).collect();
        keys.join(",")
    }
}

impl fmt::Display for Filter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Not(inner) => write!(f, "!{inner}"),
            Self::Atom(atom) => write!(f, "{atom}"),
            Self::Joined(left, true, right) => write!(f, "{left} & {right}"),
            Self::Joined(left, false, right) => write!(f, "{left}|{right}"),
        }
    }
}

impl fmt::Display for Atom {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Parens(inner) => write!(f, "( {inner})"),
            Self::Compares { key, operator, value } => write!(f, "{key} {operator} {value}"),
        }
    }
}

impl fmt::Display for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Null => write!(f, "null"),
            Self::Whole(number) => write!(f, "{number}"),
            Self::Fraction(number) => write!(f, "{number:?}"),
            Self::Text(text) => write!(f, "\"{}\"", text.replace('"', "\\\"")),
            Self::Moment(_, written) => write!(f, "\"{written}\""),
            Self::Name(name, _) => write!(f, "\"{name}\""),
            Self::List(values) => {
                let values: Vec<String> = values.iter().map(Self::to_string).collect();
                write!(f, "[{}]", values.join(", "))
            }
        }
    }
}
