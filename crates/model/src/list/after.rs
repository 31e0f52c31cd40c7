//! Where a walk through the session list goes on: after a row, by the values that its order looks at.
//!
//! Unlike an offset, such a place stays where it is while rows come and go before it, and costs the
//! same however far down it is.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::order::OrderKey;
use crate::Timestamp;
use crate::session::Session;
use crate::time;

/// A value that an order looks at, as databases compare it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Cell {
    /// Ranks, moments in microseconds, counts.
    Number(i64),
    /// Text.
    Text(String),
    /// Id.
    Id(Uuid),
}

/// A place in a list: right after the row with these values.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct After {
    /// Of each key of the order, or of [`latest`] where the order is the list's own.
    pub values: Vec<Option<Cell>>,
    /// The row's id, which tells rows of equal values apart.
    pub id: Uuid,
}

impl After {
    /// The place behind `session` in a list with this order.
    #[must_use]
    pub fn row(session: &Session, order: &[OrderKey]) -> Self {
        let values = match order {
            [] => vec![Some(Cell::Number(latest(session)))],
            keys => keys.iter().map(|key| cell(session, &key.key)).collect(),
        };
        Self { values, id: session.id.0 }
    }

    /// Whether it fits a list with this order.
    #[must_use]
    pub fn fits(&self, order: &[OrderKey]) -> bool {
        self.values.len() == order.len().max(1)
    }
}

/// The latest of created, changed and terminated, in microseconds: what the list's own order looks at.
#[must_use]
pub fn latest(session: &Session) -> i64 {
    let moments = [Some(session.created_at), session.status_changed, session.terminated_at];
    moments.into_iter().flatten().map(time::to_micros).max().unwrap_or_default()
}

/// The value of an order key; `None` is null, and what no order of sessions can name.
#[must_use]
pub fn cell(session: &Session, key: &str) -> Option<Cell> {
    let text = |text: &str| Some(Cell::Text(text.to_owned()));
    let rank = |rank: usize| i64::try_from(rank).ok().map(Cell::Number);
    let moment = |at: Option<Timestamp>| at.map(|at| Cell::Number(time::to_micros(at)));
    match key {
        "id" => Some(Cell::Id(session.id.0)),
        "type" => rank(session.session_type as usize),
        "name" => text(&session.name),
        "image" => text(&session.image),
        "domain_name" => text(session.domain.as_str()),
        "group_name" => text(&session.group_name),
        "user_email" => text(&session.user_email),
        "access_key" => text(session.access_key.as_str()),
        "scaling_group" => session.scaling_group.as_deref().and_then(text),
        "cluster_mode" => rank(session.cluster_mode as usize),
        "cluster_size" => Some(Cell::Number(session.cluster_size.into())),
        "status" => Some(Cell::Number(session.status.rank().into())),
        "status_info" => session.status_info.as_deref().and_then(text),
        "status_changed" => moment(session.status_changed),
        "result" => rank(session.result as usize),
        "created_at" => moment(Some(session.created_at)),
        "terminated_at" => moment(session.terminated_at),
        "starts_at" => moment(session.starts_at),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use crate::list::keys::SESSIONS;

    /// A key that orders but has no value here would make every walk by it end too early.
    #[test]
    fn every_order_key_is_known() {
        let source = include_str!("after.rs");
        for key in SESSIONS.order {
            assert!(source.contains(&format!("\"{}\" =>", key.name)), "cell() has no `{}`", key.name);
        }
    }
}
