//! What one may ask of the list, read from a query string.

use rollcall_model::list::page::MAX_LIMIT;
use rollcall_model::list::tab::Tab;

use super::row::FIELDS;
use crate::parameters::Parameters;
use crate::problem::Problem;

/// Rows of a page when nothing else is said.
const DEFAULT_LIMIT: i64 = 20;

/// Whether rows are counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Count {
    /// All that meet the conditions.
    Exact,
    /// Not.
    None,
}

/// Where a page begins.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Start {
    /// After this many rows.
    Offset(i64),
    /// Where an earlier page ended; it carries order and conditions.
    Cursor(String),
}

/// The parameters of `GET /v1/sessions`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ListAsked {
    /// `status`: names joined by commas, or those of `tab`.
    pub status: Option<String>,
    /// `filter`, in the API's language.
    pub filter: Option<String>,
    /// `order`: several keys, in the API's language.
    pub order: Option<String>,
    /// `domain_name`.
    pub domain_name: Option<String>,
    /// `group_id`.
    pub group_id: Option<uuid::Uuid>,
    /// `access_key`.
    pub access_key: Option<String>,
    /// `fields`; none is all.
    pub fields: Option<Vec<&'static str>>,
    /// `limit`, or what it is without.
    pub limit: i64,
    /// `limit` where it was given.
    pub given_limit: Option<i64>,
    /// `cursor` or `offset`.
    pub start: Start,
    /// `count`.
    pub count: Count,
}

impl ListAsked {
    /// Reads them.
    ///
    /// # Errors
    /// `invalid-api-params`, each wrong parameter with its reason.
    pub fn of(mut given: Parameters) -> Result<Self, Problem> {
        let tab = given.text(&["tab"]);
        let mut status = given.text(&["status"]);
        if let Some(tab) = tab {
            match tab.parse::<Tab>() {
                Ok(_) if status.is_some() => given.wrong("tab", "tab and status exclude each other"),
                Ok(tab) => status = Some(tab.argument(&super::row::features())),
                Err(unknown) => given.wrong("tab", unknown.to_string()),
            }
        }
        let given_limit = given.maybe_integer(&["limit"], 1);
        let limit = given_limit.unwrap_or(DEFAULT_LIMIT);
        if limit > MAX_LIMIT {
            given.wrong("limit", format!("value is greater than {MAX_LIMIT}"));
        }
        let asked = Self {
            status,
            filter: given.text(&["filter"]),
            order: given.any_text(&["order"]),
            domain_name: given.text(&["domain_name"]),
            group_id: given.uuid(&["group_id"]),
            access_key: given.text(&["access_key"]),
            fields: fields(&mut given),
            limit,
            given_limit,
            start: start(&mut given),
            count: given.choice(
                &["count"],
                "exact, none",
                &[("exact", Count::Exact), ("none", Count::None)],
                Count::Exact,
            ),
        };
        given.finish(asked)
    }
}

fn fields(given: &mut Parameters) -> Option<Vec<&'static str>> {
    let text = given.text(&["fields"])?;
    let mut fields = Vec::new();
    for name in text.split(',').map(str::trim) {
        match FIELDS.into_iter().find(|known| *known == name) {
            Some(known) if !fields.contains(&known) => fields.push(known),
            Some(_) => {}
            None => given.wrong("fields", format!("there is no field `{}`", name.chars().take(40).collect::<String>())),
        }
    }
    Some(fields)
}

fn start(given: &mut Parameters) -> Start {
    let cursor = given.text(&["cursor"]);
    let offset = given.integer(&["offset"], 0, 0);
    match cursor {
        Some(_) if offset > 0 => {
            given.wrong("offset", "cursor and offset exclude each other");
            Start::Offset(0)
        }
        Some(cursor) => Start::Cursor(cursor),
        None => Start::Offset(offset),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use serde_json::json;

    use super::*;

    fn asked(query: &str) -> Result<ListAsked, serde_json::Value> {
        ListAsked::of(Parameters::of_query(query)).map_err(|problem| problem.to_json()["data"].clone())
    }

    #[test]
    fn a_tab_stands_for_its_statuses() {
        let all = asked("tab=finished&limit=5&offset=10&fields=name,status,name&count=none").unwrap();
        assert_eq!(all.status.as_deref(), Some("TERMINATED,CANCELLED"));
        assert_eq!((all.limit, all.start, all.count), (5, Start::Offset(10), Count::None));
        assert_eq!(all.fields, Some(vec!["name", "status"]));
        assert_eq!(asked("").unwrap().limit, DEFAULT_LIMIT);
    }

    #[test]
    fn what_is_wrong_is_named() {
        assert_eq!(
            asked("tab=all&limit=1001&fields=name,secret&offset=-1&count=maybe&group_id=x").unwrap_err(),
            json!({
                "tab": "unknown tab `all`: use running, finished or others",
                "limit": "value is greater than 1000",
                "group_id": "value is not a uuid",
                "fields": "there is no field `secret`",
                "offset": "value is less than 0",
                "count": "value is not a valid member of exact, none",
            })
        );
        assert_eq!(
            asked("tab=running&status=RUNNING").unwrap_err(),
            json!({"tab": "tab and status exclude each other"})
        );
        assert_eq!(asked("cursor=a&offset=1").unwrap_err(), json!({"offset": "cursor and offset exclude each other"}));
        assert_eq!(asked("limit=0").unwrap_err(), json!({"limit": "value is less than 1"}));
    }
}
