//! Changes of a page that somebody follows: the net change since the last frame.

use std::collections::HashSet;

use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;
use uuid::Uuid;

use super::row::Tabs;

/// One change of a page. They are meant one after the other, in their order.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(tag = "op", rename_all = "lowercase")]
pub enum Change {
    /// A row comes in.
    Enter {
        /// Its place once it is in; the first is 0.
        at: usize,
        /// The row, as in the page.
        #[schema(value_type = super::row::SessionRow)]
        row: Value,
    },
    /// A row is another, in its place.
    Update {
        /// The row, as in the page.
        #[schema(value_type = super::row::SessionRow)]
        row: Value,
    },
    /// A row goes to another place.
    Move {
        /// Which.
        id: Uuid,
        /// Its place once it is there.
        at: usize,
    },
    /// A row goes.
    Leave {
        /// Which.
        id: Uuid,
    },
}

/// What a stream of changes tells at once, at most every 200 ms.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Frame {
    /// The changes of the page.
    pub changes: Vec<Change>,
    /// Rows that meet the conditions, on whatever page.
    pub total_count: Option<i64>,
    /// Totals of all tabs.
    pub tabs: Option<Tabs>,
    /// Where the next page begins now.
    pub next_cursor: Option<String>,
    /// Number of the newest event that it knows of.
    pub event: i64,
}

/// The last thing that a stream tells.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct GoodBye {
    /// `unauthorized`: who followed may no longer; `closing`: the server ends; `behind`: events that are
    /// needed are no longer kept, ask for the page anew.
    pub reason: String,
}

fn id_of(row: &Value) -> Option<Uuid> {
    row.get("id").and_then(Value::as_str).and_then(|id| Uuid::parse_str(id).ok())
}

/// What turns `old` into `new`; `same` says whether two rows need no telling.
#[must_use]
pub fn difference(old: &[Value], new: &[Value], same: impl Fn(&Value, &Value) -> bool) -> Vec<Change> {
    let kept: HashSet<Uuid> = new.iter().filter_map(id_of).collect();
    let gone = old.iter().filter_map(id_of).filter(|id| !kept.contains(id));
    let mut changes: Vec<Change> = gone.map(|id| Change::Leave { id }).collect();
    let mut now: Vec<&Value> = old.iter().filter(|row| id_of(row).is_some_and(|id| kept.contains(&id))).collect();
    for (at, row) in new.iter().enumerate() {
        let Some(id) = id_of(row) else { continue };
        match now.iter().position(|known| id_of(known) == Some(id)) {
            None => {
                now.insert(at.min(now.len()), row);
                changes.push(Change::Enter { at, row: row.clone() });
            }
            Some(place) => {
                let known = now.remove(place);
                now.insert(at.min(now.len()), row);
                if place != at {
                    changes.push(Change::Move { id, at });
                }
                if !same(known, row) {
                    changes.push(Change::Update { row: row.clone() });
                }
            }
        }
    }
    changes
}

/// Does to a page what a frame tells. What cannot be done, since the page is not the one that was
/// followed, is left.
pub fn apply(page: &mut Vec<Value>, changes: &[Change]) {
    let place = |page: &[Value], id: Uuid| page.iter().position(|row| id_of(row) == Some(id));
    for change in changes {
        match change {
            Change::Enter { at, row } => page.insert((*at).min(page.len()), row.clone()),
            Change::Update { row } => {
                let found = id_of(row).and_then(|id| place(page, id)).and_then(|place| page.get_mut(place));
                if let Some(known) = found {
                    *known = row.clone();
                }
            }
            Change::Move { id, at } => {
                if let Some(place) = place(page, *id) {
                    let row = page.remove(place);
                    page.insert((*at).min(page.len()), row);
                }
            }
            Change::Leave { id } => {
                if let Some(place) = place(page, *id) {
                    page.remove(place);
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    fn page(rows: &[(u8, u8)]) -> Vec<Value> {
        let mut seen = HashSet::new();
        let rows = rows.iter().filter(|(id, _)| seen.insert(*id));
        rows.map(|(id, state)| json!({"id": Uuid::from_u128((*id).into()), "state": state})).collect()
    }

    fn rows() -> impl Strategy<Value = Vec<Value>> {
        prop::collection::vec((0..12_u8, 0..3_u8), 0..12).prop_map(|rows| page(&rows))
    }

    proptest! {
        #[test]
        fn following_the_changes_ends_in_the_new_page(old in rows(), new in rows()) {
            let mut followed = old.clone();
            apply(&mut followed, &difference(&old, &new, |a, b| a == b));
            prop_assert_eq!(followed, new);
        }

        #[test]
        fn what_is_the_same_needs_no_change(page in rows()) {
            prop_assert_eq!(difference(&page, &page, |a, b| a == b), vec![]);
        }
    }

    #[test]
    fn the_words_of_a_change() {
        let old = page(&[(1, 0), (2, 0), (3, 0)]);
        let new = page(&[(3, 0), (1, 1), (4, 0)]);
        let changes = serde_json::to_value(difference(&old, &new, |a, b| a == b)).unwrap_or_default();
        let id = |number: u128| Uuid::from_u128(number);
        assert_eq!(
            changes,
            json!([
                {"op": "leave", "id": id(2)},
                {"op": "move", "id": id(3), "at": 0},
                {"op": "update", "row": {"id": id(1), "state": 1}},
                {"op": "enter", "at": 2, "row": {"id": id(4), "state": 0}},
            ])
        );
    }
}
