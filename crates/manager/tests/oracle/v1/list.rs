//! A random list, what it must hold, and in which order.

use std::cmp::Ordering;

use uuid::Uuid;

use crate::answer::latest;
use crate::language::{Filter, Order};
use crate::rows::{Dice, Row, STATUSES};

/// Who reads.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Reader {
    pub(super) email: String,
    pub(super) role: String,
    pub(super) domain: String,
}

/// Conditions and order of a list.
#[derive(Clone, Debug)]
pub(super) struct List {
    domain: Option<String>,
    group: Option<Uuid>,
    access_key: Option<String>,
    which: Which,
    filter: Option<Filter>,
    order: Option<Order>,
    written_order: Option<String>,
}

#[derive(Clone, Debug)]
enum Which {
    All,
    Tab(&'static str),
    Statuses(Vec<usize>),
}

/// Why there is none.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Refused {
    Forbidden,
    UnknownRole,
    /// The filter speaks of what is not told to them.
    UnknownKey,
}

/// What it holds.
#[derive(Debug)]
pub(super) struct Held<'a> {
    /// In order, those of the tab or the statuses.
    pub(super) rows: Vec<&'a Row>,
    /// Totals of the tabs: running, finished, others.
    pub(super) tabs: [i64; 3],
}

/// The tabs and their statuses (`graphql.md` §3.2).
const TABS: [(&str, &[&str]); 3] = [
    ("running", &["RUNNING", "RESTARTING", "TERMINATING", "PENDING", "SCHEDULED", "PREPARING", "PULLING"]),
    ("finished", &["TERMINATED", "CANCELLED"]),
    ("others", &["TERMINATING", "ERROR"]),
];

impl List {
    pub(super) fn random(dice: &mut Dice, groups: &[Uuid], keys: &[String]) -> Self {
        let order = (!dice.once_in(3)).then(|| Order::random(dice));
        let which = match dice.below(4) {
            0 => Which::All,
            1 => {
                let place = |dice: &mut Dice| usize::try_from(dice.below(STATUSES.len() as u64)).unwrap();
                Which::Statuses((0..=dice.below(6)).map(|_| place(dice)).collect())
            }
            _ => Which::Tab(dice.one_of(&TABS).0),
        };
        let domain = (*dice.one_of(&["default", "other", "third", "none"])).to_owned();
        Self {
            domain: dice.once_in(8).then_some(domain),
            group: dice.once_in(5).then(|| *dice.one_of(groups)),
            access_key: dice.once_in(5).then(|| dice.one_of(keys).clone()),
            which,
            filter: dice.once_in(2).then(|| Filter::random(dice, 3)),
            written_order: order.as_ref().map(|order| order.written(dice)),
            order,
        }
    }

    /// As parameters.
    pub(super) fn parameters(&self) -> Vec<(&'static str, String)> {
        let mut given = Vec::new();
        match &self.which {
            Which::All => {}
            Which::Tab(tab) => given.push(("tab", (*tab).to_owned())),
            Which::Statuses(places) => {
                let names: Vec<_> = places.iter().map(|place| STATUSES[*place]).collect();
                given.push(("status", names.join(",")));
            }
        }
        let texts = [
            ("domain_name", self.domain.clone()),
            ("group_id", self.group.map(|id| id.to_string())),
            ("access_key", self.access_key.clone()),
            ("filter", self.filter.as_ref().map(Filter::to_string)),
            ("order", self.written_order.clone()),
        ];
        given.extend(texts.into_iter().filter_map(|(name, text)| Some((name, text?))));
        given
    }

    /// What `reader` must find in it.
    pub(super) fn held_by<'a>(&self, reader: &Reader, all: &'a [Row]) -> Result<Held<'a>, Refused> {
        let machines = self.filter.as_ref().is_some_and(Filter::speaks_of_machines);
        if machines && reader.role != "superadmin" {
            return Err(Refused::UnknownKey);
        }
        let foreign = self.domain.as_ref().is_some_and(|domain| *domain != reader.domain);
        match reader.role.as_str() {
            "superadmin" => {}
            _ if foreign => return Err(Refused::Forbidden),
            "monitor" => return Err(Refused::UnknownRole),
            _ => {}
        }
        let mut rows: Vec<&Row> = all.iter().filter(|row| self.admits(reader, row)).collect();
        let count = |names: &[&str]| rows.iter().filter(|row| names.contains(&STATUSES[row.status])).count();
        let tabs = TABS.map(|(_, names)| i64::try_from(count(names)).unwrap());
        rows.retain(|row| self.shows(row));
        rows.sort_by(|one, other| self.compare(one, other));
        Ok(Held { rows, tabs })
    }

    fn admits(&self, reader: &Reader, row: &Row) -> bool {
        let visible = match reader.role.as_str() {
            "superadmin" => true,
            "admin" => row.domain == reader.domain,
            // Whichever key it was made with.
            _ => row.domain == reader.domain && row.email == reader.email,
        };
        visible
            && self.domain.as_ref().is_none_or(|domain| row.domain == *domain)
            && self.group.is_none_or(|group| row.group == group)
            && self.access_key.as_ref().is_none_or(|key| row.access_key == *key)
            && self.filter.as_ref().is_none_or(|filter| filter.holds(row) == Some(true))
    }

    fn shows(&self, row: &Row) -> bool {
        match &self.which {
            Which::All => true,
            Which::Tab(name) => TABS.iter().any(|(tab, names)| tab == name && names.contains(&STATUSES[row.status])),
            Which::Statuses(places) => places.contains(&row.status),
        }
    }

    pub(super) fn compare(&self, one: &Row, other: &Row) -> Ordering {
        match &self.order {
            Some(order) => order.compare(one, other),
            None => (latest(other), other.id).cmp(&(latest(one), one.id)),
        }
    }
}
