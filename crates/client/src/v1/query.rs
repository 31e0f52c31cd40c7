//! What is asked of the list.

use rollcall_model::ids::GroupId;
use rollcall_model::list::tab::Tab;
use rollcall_model::status::Status;

/// Where a page begins.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Start {
    /// After this many rows.
    Offset(u64),
    /// Where an earlier page ended, see [`super::Page::next_cursor`]; it carries filter and order.
    Cursor(String),
}

/// Which sessions of the list, and what of them. The default is the first 20 of all.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ListQuery {
    /// In the statuses of this tab. Excludes `statuses`.
    pub tab: Option<Tab>,
    /// In one of these statuses; empty is any.
    pub statuses: Vec<Status>,
    /// Meeting this condition, in the filter language.
    pub filter: Option<String>,
    /// In this order, in the order language; the newest change first unless given.
    pub order: Option<String>,
    /// Of this domain alone.
    pub domain: Option<String>,
    /// Of this project alone.
    pub group: Option<GroupId>,
    /// Of this key alone; else of all keys of whom the caller sees.
    pub access_key: Option<String>,
    /// These fields of each row alone, and its id; empty is all.
    pub fields: Vec<&'static str>,
    /// Rows at most.
    pub limit: u32,
    /// The beginning.
    pub start: Start,
    /// Without totals.
    pub uncounted: bool,
}

impl Default for ListQuery {
    fn default() -> Self {
        Self {
            tab: None,
            statuses: Vec::new(),
            filter: None,
            order: None,
            domain: None,
            group: None,
            access_key: None,
            fields: Vec::new(),
            limit: 20,
            start: Start::Offset(0),
            uncounted: false,
        }
    }
}

impl ListQuery {
    /// As it travels.
    pub(super) fn pairs(&self) -> Vec<(&'static str, String)> {
        let mut pairs = Vec::new();
        let mut add = |name, value: Option<String>| pairs.extend(value.map(|value| (name, value)));
        add("tab", self.tab.map(|tab| tab.as_str().to_owned()));
        let statuses: Vec<_> = self.statuses.iter().map(|status| status.as_str()).collect();
        add("status", (!statuses.is_empty()).then(|| statuses.join(",")));
        add("filter", self.filter.clone());
        add("order", self.order.clone());
        add("domain_name", self.domain.clone());
        add("group_id", self.group.map(|group| group.to_string()));
        add("access_key", self.access_key.clone());
        add("fields", (!self.fields.is_empty()).then(|| self.fields.join(",")));
        add("limit", Some(self.limit.to_string()));
        match &self.start {
            Start::Offset(0) => {}
            Start::Offset(offset) => add("offset", Some(offset.to_string())),
            Start::Cursor(cursor) => add("cursor", Some(cursor.clone())),
        }
        add("count", self.uncounted.then(|| "none".to_owned()));
        pairs
    }
}

/// As a call takes them.
pub(super) fn borrowed<'a>(pairs: &'a [(&'static str, String)]) -> Vec<(&'a str, &'a str)> {
    pairs.iter().map(|(name, value)| (*name, value.as_str())).collect()
}
