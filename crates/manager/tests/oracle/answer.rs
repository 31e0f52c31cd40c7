//! What the answer must be: a plain filter over all rows.

use uuid::Uuid;

use crate::ask::{Case, Group};
use crate::rows::{Row, STATUSES};
use crate::world::World;

/// An answer, as far as it is compared.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Answer {
    /// The ids of the page in order, and the total.
    Page(Vec<(Uuid, String, String)>, i64),
    /// `Forbidden operation.`
    Forbidden,
    /// Monitors cannot ask.
    UnknownRole,
    /// An argument is no good.
    Invalid,
}

pub(crate) fn expected(case: &Case, world: &World) -> Answer {
    let actor = &world.actors[case.actor];
    let signing = case.key(world);
    if matches!(case.group, Some(Group::Malformed)) {
        return Answer::Invalid;
    }
    let foreign_domain = case.domain.as_deref().is_some_and(|domain| domain != actor.domain);
    let foreign_key = case.access_key.as_deref().is_some_and(|key| key != signing);
    match actor.role {
        "monitor" => return Answer::UnknownRole,
        "admin" if foreign_domain => return Answer::Forbidden,
        "user" if foreign_domain || foreign_key => return Answer::Forbidden,
        _ => {}
    }
    let beyond = !(0..=1000).contains(&case.limit) || case.offset < 0;
    if case.spoilt.is_some() || beyond {
        return Answer::Invalid;
    }
    let visible = |row: &&Row| match actor.role {
        "superadmin" => true,
        "admin" => row.domain == actor.domain,
        _ => row.domain == actor.domain && row.access_key == signing,
    };
    let asked = |row: &&Row| {
        case.domain.as_ref().is_none_or(|domain| row.domain == *domain)
            && case.access_key.as_ref().is_none_or(|key| row.access_key == *key)
            && case.group.as_ref().is_none_or(|group| matches!(group, Group::Of(id) if row.group == *id))
            && case.statuses.as_ref().is_none_or(|places| places.contains(&row.status))
            && case.filter.as_ref().is_none_or(|filter| filter.holds(row) == Some(true))
    };
    let mut rows: Vec<&Row> = world.rows.iter().filter(visible).filter(asked).collect();
    match &case.order {
        Some(order) => rows.sort_by(|one, other| order.compare(one, other)),
        None => rows.sort_by_key(|row| std::cmp::Reverse((latest(row), row.id))),
    }
    let total = i64::try_from(rows.len()).unwrap();
    let offset = usize::try_from(case.offset).unwrap_or(usize::MAX);
    let limit = usize::try_from(case.limit).unwrap();
    let page = rows.into_iter().skip(offset).take(limit);
    let shown = |row: &Row| (row.id, row.name.clone(), STATUSES[row.status].to_owned());
    Answer::Page(page.map(shown).collect(), total)
}

pub(crate) fn latest(row: &Row) -> i64 {
    [Some(row.created_at), row.terminated_at, row.status_changed].into_iter().flatten().max().unwrap()
}
