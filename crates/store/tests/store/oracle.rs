//! The list as one would write it without a database, and random things to ask of it.

use std::cmp::Ordering;

use rollcall_model::Timestamp;
use rollcall_model::access::Scope;
use rollcall_model::list::filter::{Filter, Operator, Value};
use rollcall_model::list::order::OrderKey;
use rollcall_model::list::request::ListRequest;
use rollcall_model::session::{ClusterMode, Session, SessionResult, SessionType};
use rollcall_model::status::Status;
use rollcall_store::{HistoryEntry, PastSession};
use uuid::Uuid;

use crate::world::{PEOPLE, at, kernel, pending};

/// Random numbers that are the same in every run.
pub(crate) struct Dice(pub(crate) u64);

impl Dice {
    pub(crate) fn roll(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    pub(crate) fn below(&mut self, end: u64) -> u64 {
        self.roll() % end
    }

    pub(crate) fn one_of<'a, T>(&mut self, all: &'a [T]) -> &'a T {
        &all[self.below(all.len() as u64) as usize]
    }

    fn maybe<T>(&mut self, value: T) -> Option<T> {
        (self.below(3) > 0).then_some(value)
    }
}

const WORDS: [&str; 8] = ["alpha", "Alpha", "al%ha", "al_ha", "beta\\", "Ünit", "ünit", ""];

pub(crate) fn past(dice: &mut Dice, n: i64) -> PastSession {
    let owner = dice.one_of(&PEOPLE).0;
    let word = *dice.one_of(&WORDS);
    let (mut session, _) = pending(owner, &format!("{word}{n}"), dice.below(40) as i64);
    session.id.0 = Uuid::from_u128((u128::from(dice.roll()) << 64) | u128::from(dice.roll()));
    session.status = *dice.one_of(&Status::ALL);
    session.status_changed = {
        let t = moment(dice);
        dice.maybe(t)
    };
    session.terminated_at = {
        let t = moment(dice);
        dice.maybe(t)
    };
    session.starts_at = {
        let t = moment(dice);
        dice.maybe(t)
    };
    session.status_info = {
        let w = word_of(dice);
        dice.maybe(w)
    };
    session.startup_command = {
        let w = word_of(dice);
        dice.maybe(w)
    };
    session.scaling_group = {
        let w = word_of(dice);
        dice.maybe(w)
    };
    session.agent = dice.maybe("i-gone".into());
    session.cluster_size = dice.below(4) as i32;
    session.session_type = *dice.one_of(SessionType::ALL);
    session.cluster_mode = *dice.one_of(ClusterMode::ALL);
    session.result = *dice.one_of(SessionResult::ALL);
    let kernels = vec![kernel(&session, session.id.main_kernel(), "main")];
    let history = vec![HistoryEntry { step: None, from: None, to: session.status, reason: None, at: at(0) }];
    PastSession { session, kernels, history }
}

fn word_of(dice: &mut Dice) -> String {
    (*dice.one_of(&WORDS)).to_owned()
}

fn moment(dice: &mut Dice) -> Timestamp {
    at(dice.below(60) as i64)
}

const TEXTS: [&str; 10] = [
    "group_name",
    "name",
    "image",
    "domain_name",
    "user_email",
    "access_key",
    "scaling_group",
    "status_info",
    "startup_command",
    "agent",
];
const NUMBERS: [&str; 5] = ["type", "cluster_mode", "cluster_size", "status", "result"];
const MOMENTS: [&str; 4] = ["created_at", "status_changed", "terminated_at", "starts_at"];

pub(crate) fn some_order(dice: &mut Dice) -> Vec<OrderKey> {
    let keys = [&TEXTS[..8], &NUMBERS, &MOMENTS, &["id"]].concat();
    (0..=dice.below(2))
        .map(|_| OrderKey { key: (*dice.one_of(&keys)).to_owned(), descending: dice.below(2) == 0 })
        .collect()
}

pub(crate) fn some_filter(dice: &mut Dice, depth: u32) -> Filter {
    let inner = |dice: &mut Dice| Box::new(some_filter(dice, depth - 1));
    match if depth == 0 { 3 } else { dice.below(6) } {
        0 => Filter::Not(inner(dice)),
        1 => Filter::And(inner(dice), inner(dice)),
        2 => Filter::Or(inner(dice), inner(dice)),
        _ => some_comparison(dice),
    }
}

fn some_comparison(dice: &mut Dice) -> Filter {
    use Operator::{Contains, Equal, Greater, GreaterOrEqual, Ilike, In, Is, IsNot, Less, LessOrEqual, Like, NotEqual};
    let kind = dice.below(3);
    let key = *match kind {
        0 => dice.one_of(&TEXTS),
        1 => dice.one_of(&NUMBERS),
        _ => dice.one_of(&MOMENTS),
    };
    let value = |dice: &mut Dice| match kind {
        0 => Value::Text(
            (*dice.one_of(&[
                "alpha",
                "Al",
                "%",
                "_",
                "al%ha1%",
                "\\",
                "Ün",
                "ün%",
                "default",
                "%A%",
                "bob@example.com",
            ]))
            .to_owned(),
        ),
        1 if dice.below(4) == 0 => Value::Float(1.5),
        1 => Value::Integer(dice.below(13) as i64),
        _ => Value::Moment(moment(dice)),
    };
    let (operator, value) = match dice.below(8) {
        0 => (*dice.one_of(&[Is, IsNot, Equal, NotEqual]), Value::Null),
        1 => (In, Value::List((0..dice.below(4)).map(|_| value(dice)).collect())),
        2..=4 if kind == 0 => (*dice.one_of(&[Contains, Like, Ilike]), value(dice)),
        _ => (*dice.one_of(&[Equal, NotEqual, Greater, GreaterOrEqual, Less, LessOrEqual]), value(dice)),
    };
    Filter::Compare { key: key.to_owned(), operator, value }
}

pub(crate) fn listed(all: &[Session], scope: &Scope, request: &ListRequest) -> (Vec<Session>, i64) {
    let mut found: Vec<Session> = all
        .iter()
        .filter(|s| scope.admits(&s.owners()))
        .filter(|s| request.statuses.as_ref().is_none_or(|wanted| wanted.contains(&s.status)))
        .filter(|s| request.filter.as_ref().is_none_or(|filter| holds(filter, &|key| cell(s, key)) == Some(true)))
        .cloned()
        .collect();
    found.sort_by(|a, b| compare(a, b, &request.order));
    let total = found.len() as i64;
    let offset = usize::try_from(request.page.offset()).unwrap_or(usize::MAX);
    (found.into_iter().skip(offset).take(request.page.limit() as usize).collect(), total)
}

fn compare(a: &Session, b: &Session, order: &[OrderKey]) -> Ordering {
    if order.is_empty() {
        let latest = |s: &Session| [Some(s.created_at), s.status_changed, s.terminated_at].into_iter().flatten().max();
        return latest(b).cmp(&latest(a)).then(b.id.cmp(&a.id));
    }
    by_keys(order, |key| cell(a, key), |key| cell(b, key)).then(a.id.cmp(&b.id))
}

/// Two rows by the keys of an order; nothing comes last going up and first going down.
pub(crate) fn by_keys(
    order: &[OrderKey],
    a: impl Fn(&str) -> Option<Cell>,
    b: impl Fn(&str) -> Option<Cell>,
) -> Ordering {
    let by = |key: &OrderKey| {
        let (a, b) = (a(&key.key), b(&key.key));
        let ascending = match (&a, &b) {
            (None, None) => Ordering::Equal,
            (None, Some(_)) => Ordering::Greater,
            (Some(_), None) => Ordering::Less,
            (Some(a), Some(b)) => a.cmp(b),
        };
        if key.descending { ascending.reverse() } else { ascending }
    };
    order.iter().map(by).find(|order| order.is_ne()).unwrap_or(Ordering::Equal)
}

#[derive(PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Cell {
    Number(i64),
    Text(String),
    Id(Uuid),
}

fn cell(s: &Session, key: &str) -> Option<Cell> {
    let text = |text: &str| Some(Cell::Text(text.to_owned()));
    let moment = |at: Option<Timestamp>| at.map(|at| Cell::Number(at.timestamp_micros()));
    match key {
        "id" => Some(Cell::Id(s.id.0)),
        "name" => text(&s.name),
        "image" => text(&s.image),
        "domain_name" => text(s.domain.as_str()),
        "group_name" => text(&s.group_name),
        "user_email" => text(&s.user_email),
        "access_key" => text(s.access_key.as_str()),
        "scaling_group" => s.scaling_group.as_deref().and_then(text),
        "status_info" => s.status_info.as_deref().and_then(text),
        "startup_command" => s.startup_command.as_deref().and_then(text),
        "agent" => s.agent.as_ref().and_then(|agent| text(agent.as_str())),
        "type" => Some(Cell::Number(s.session_type as i64)),
        "cluster_mode" => Some(Cell::Number(s.cluster_mode as i64)),
        "cluster_size" => Some(Cell::Number(s.cluster_size.into())),
        "status" => Some(Cell::Number(s.status.rank().into())),
        "result" => Some(Cell::Number(s.result as i64)),
        "created_at" => moment(Some(s.created_at)),
        "status_changed" => moment(s.status_changed),
        "terminated_at" => moment(s.terminated_at),
        "starts_at" => moment(s.starts_at),
        other => panic!("no key {other}"),
    }
}

/// `None` is SQL's unknown.
pub(crate) fn holds(filter: &Filter, row: &dyn Fn(&str) -> Option<Cell>) -> Option<bool> {
    match filter {
        Filter::Not(inner) => holds(inner, row).map(|holds| !holds),
        Filter::And(a, b) => match (holds(a, row), holds(b, row)) {
            (Some(false), _) | (_, Some(false)) => Some(false),
            (Some(true), Some(true)) => Some(true),
            _ => None,
        },
        Filter::Or(a, b) => match (holds(a, row), holds(b, row)) {
            (Some(true), _) | (_, Some(true)) => Some(true),
            (Some(false), Some(false)) => Some(false),
            _ => None,
        },
        Filter::Compare { key, operator, value } => compares(row(key), *operator, value),
    }
}

fn compares(left: Option<Cell>, operator: Operator, value: &Value) -> Option<bool> {
    match (operator, value) {
        (Operator::Equal | Operator::Is, Value::Null) => return Some(left.is_none()),
        (Operator::NotEqual | Operator::IsNot, Value::Null) => return Some(left.is_some()),
        (Operator::In, Value::List(values)) if values.is_empty() => return Some(false),
        _ => {}
    }
    let left = left?;
    if let (Operator::In, Value::List(values)) = (operator, value) {
        return Some(values.iter().any(|value| against(&left, value).is_eq()));
    }
    if let (Cell::Text(text), Value::Text(pattern)) = (&left, value) {
        match operator {
            Operator::Contains => return Some(text.contains(pattern)),
            Operator::Like => return Some(like(text, pattern)),
            Operator::Ilike => return Some(like(&text.to_ascii_lowercase(), &pattern.to_ascii_lowercase())),
            _ => {}
        }
    }
    let order = against(&left, value);
    Some(match operator {
        Operator::Equal | Operator::Is => order.is_eq(),
        Operator::NotEqual | Operator::IsNot => order.is_ne(),
        Operator::Greater => order.is_gt(),
        Operator::GreaterOrEqual => order.is_ge(),
        Operator::Less => order.is_lt(),
        Operator::LessOrEqual => order.is_le(),
        other => panic!("no comparison {other:?}"),
    })
}

fn against(left: &Cell, value: &Value) -> Ordering {
    match (left, value) {
        (Cell::Text(left), Value::Text(right)) => left.as_str().cmp(right),
        (Cell::Id(left), Value::Id(right)) => left.cmp(right),
        (Cell::Number(left), Value::Bool(right)) => left.cmp(&i64::from(*right)),
        (Cell::Number(left), Value::Integer(right)) => left.cmp(right),
        (Cell::Number(left), Value::Float(right)) => (*left as f64).total_cmp(right),
        (Cell::Number(left), Value::Moment(right)) => left.cmp(&right.timestamp_micros()),
        (_, other) => panic!("cannot compare with {other:?}"),
    }
}

fn like(text: &str, pattern: &str) -> bool {
    let Some(first) = pattern.chars().next() else { return text.is_empty() };
    let rest = &pattern[first.len_utf8()..];
    match first {
        '%' => text.char_indices().map(|(at, _)| at).chain([text.len()]).any(|at| like(&text[at..], rest)),
        wanted => text
            .chars()
            .next()
            .is_some_and(|given| (wanted == '_' || wanted == given) && like(&text[given.len_utf8()..], rest)),
    }
}
