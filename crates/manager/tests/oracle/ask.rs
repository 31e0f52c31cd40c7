//! One random case: who asks, and for what.

use serde_json::{Value, json};
use uuid::Uuid;

use crate::answer::Answer;
use crate::language::{Filter, Order};
use crate::rows::{Dice, STATUSES};
use crate::world::World;

/// Who asks, and the arguments of `compute_session_list`.
#[derive(Clone, Debug)]
pub(crate) struct Case {
    /// Place of who signs in the world.
    pub(crate) actor: usize,
    /// By the second key of theirs.
    pub(crate) second: bool,
    pub(crate) limit: i64,
    pub(crate) offset: i64,
    pub(crate) domain: Option<String>,
    pub(crate) group: Option<Group>,
    pub(crate) access_key: Option<String>,
    /// Places in the list of statuses.
    pub(crate) statuses: Option<Vec<usize>>,
    pub(crate) filter: Option<Filter>,
    pub(crate) order: Option<Order>,
    pub(crate) written_order: Option<String>,
    /// An argument that is no good, in place of a good one.
    pub(crate) spoilt: Option<Spoilt>,
}

#[derive(Clone, Debug)]
pub(crate) enum Group {
    Of(Uuid),
    Malformed,
}

#[derive(Clone, Copy, Debug)]
pub(crate) enum Spoilt {
    Status(&'static str),
    Filter(&'static str),
    Order(&'static str),
}

impl Case {
    pub(crate) fn random(dice: &mut Dice, world: &World) -> Self {
        let order = (!dice.once_in(3)).then(|| Order::random(dice));
        let spoilt = dice.once_in(20).then(|| {
            *dice.one_of(&[
                Spoilt::Status("running"),
                Spoilt::Status(""),
                Spoilt::Status("RUNNING, PENDING"),
                Spoilt::Filter(""),
                Spoilt::Filter("tag == \"a\""),
                Spoilt::Filter("name = \"a\""),
                Spoilt::Filter("status == \"running\""),
                Spoilt::Filter("(name == \"a\""),
                Spoilt::Order("tag"),
                Spoilt::Order("name,,id"),
                Spoilt::Order("agent"),
            ])
        });
        let limit = match dice.below(12) {
            0 => 0,
            1 => 1000,
            2 if dice.once_in(4) => *dice.one_of(&[1001, -1, i64::MAX]),
            _ => i64::try_from(1 + dice.below(60)).unwrap(),
        };
        let offset = match dice.below(8) {
            0 => i64::try_from(dice.below(400)).unwrap(),
            1 => i64::try_from(dice.below(30)).unwrap(),
            2 if dice.once_in(4) => *dice.one_of(&[-1, 1_000_000, i64::MAX]),
            _ => 0,
        };
        let group = dice.once_in(4).then(|| match dice.below(12) {
            0 => Group::Malformed,
            1 => Group::Of(dice.uuid()),
            _ => Group::Of(*dice.one_of(&world.groups)),
        });
        let access_key = dice.once_in(4).then(|| match dice.below(8) {
            0 => (*dice.one_of(&["NOBODY", "", "user%", "' OR 1=1 --"])).to_owned(),
            _ => dice.one_of(&world.keys).clone(),
        });
        let domain =
            dice.once_in(5).then(|| (*dice.one_of(&["default", "other", "third", "none", "Default"])).to_owned());
        let statuses = dice.once_in(2).then(|| {
            let place = |dice: &mut Dice| usize::try_from(dice.below(STATUSES.len() as u64)).unwrap();
            (0..=dice.below(6)).map(|_| place(dice)).collect()
        });
        Self {
            actor: usize::try_from(dice.below(world.actors.len() as u64)).unwrap(),
            second: dice.once_in(3),
            limit,
            offset,
            domain,
            group,
            access_key,
            statuses,
            filter: (!dice.once_in(3)).then(|| Filter::random(dice, 4)),
            written_order: order.as_ref().map(|order| order.written(dice)),
            order,
            spoilt,
        }
    }

    /// The signing key.
    pub(crate) fn key(&self, world: &World) -> String {
        let second = if self.second { "-2" } else { "" };
        format!("{}{second}", world.actors[self.actor].access_key)
    }

    pub(crate) fn variables(&self) -> Value {
        let statuses = |places: &Vec<usize>| places.iter().map(|place| STATUSES[*place]).collect::<Vec<_>>().join(",");
        let group = self.group.as_ref().map(|group| match group {
            Group::Of(id) => id.to_string(),
            Group::Malformed => "default".to_owned(),
        });
        let mut variables = json!({
            "limit": self.limit,
            "offset": self.offset,
            "domain_name": self.domain,
            "group_id": group,
            "access_key": self.access_key,
            "status": self.statuses.as_ref().map(statuses),
            "filter": self.filter.as_ref().map(Filter::to_string),
            "order": self.written_order,
        });
        match self.spoilt {
            Some(Spoilt::Status(text)) => variables["status"] = json!(text),
            Some(Spoilt::Filter(text)) => variables["filter"] = json!(text),
            Some(Spoilt::Order(text)) => variables["order"] = json!(text),
            None => {}
        }
        variables
    }
}

/// How the cases came out.
#[derive(Debug, Default)]
pub(crate) struct Tally {
    found: u64,
    empty: u64,
    refused: u64,
    invalid: u64,
}

impl Tally {
    pub(crate) fn count(&mut self, answer: &Answer) {
        match answer {
            Answer::Page(ids, _) if ids.is_empty() => self.empty += 1,
            Answer::Page(..) => self.found += 1,
            Answer::Forbidden | Answer::UnknownRole => self.refused += 1,
            Answer::Invalid => self.invalid += 1,
        }
    }

    pub(crate) fn assert_varied(&self, cases: u64) {
        for (what, count) in
            [("found", self.found), ("empty", self.empty), ("refused", self.refused), ("invalid", self.invalid)]
        {
            assert!(count * 50 >= cases || cases < 1000, "too few cases are {what}: {self:?}");
        }
    }
}
