//! What the address of the page asks for: everything that one sees can be sent to somebody as a link.

use rollcall_client::v1::{ListQuery, Start};
use rollcall_model::list::tab::Tab;
use url::form_urlencoded;

use super::search;
use crate::site::asked::Pairs;
use crate::site::visitor::Visitor;

/// Sizes of pages that are offered.
pub(super) const SIZES: [u32; 5] = [20, 50, 100, 300, 1000];
const DEFAULT_SIZE: u32 = 20;
/// The longest address that pages make of themselves is bounded by this and the longest search.
const LONGEST_SEARCH: usize = 4000;

/// The list that is asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Ask {
    /// The tab.
    pub(super) tab: Tab,
    /// What is searched, as it was typed.
    pub(super) search: String,
    /// In the order language; empty is the list's own.
    pub(super) order: String,
    /// Rows of a page.
    pub(super) size: u32,
    /// The page; the first is 1.
    pub(super) page: u64,
    /// The session whose drawer is open.
    pub(super) open: Option<uuid::Uuid>,
    /// Columns, where the address says which.
    pub(super) columns: Option<String>,
}

impl Default for Ask {
    fn default() -> Self {
        Self {
            tab: Tab::Running,
            search: String::new(),
            order: String::new(),
            size: DEFAULT_SIZE,
            page: 1,
            open: None,
            columns: None,
        }
    }
}

impl Ask {
    /// Of a query string; what makes no sense is left out.
    pub(super) fn parse(query: &str) -> Self {
        let pairs = Pairs::parse(query.as_bytes());
        let plain = Self::default();
        let number = |name: &str| pairs.text(name).and_then(|text| text.parse::<u64>().ok());
        let tab = pairs.text("tab").and_then(|name| Tab::ALL.into_iter().find(|tab| tab.as_str() == name));
        let short = |text: &str| text.chars().take(LONGEST_SEARCH).collect::<String>();
        Self {
            tab: tab.unwrap_or(plain.tab),
            search: pairs.text("q").map(short).unwrap_or_default(),
            order: pairs.text("order").map(short).unwrap_or_default(),
            size: number("size")
                .and_then(|size| u32::try_from(size).ok())
                .map_or(plain.size, |size| size.clamp(5, 1000)),
            page: number("page").map_or(1, |page| page.clamp(1, 1_000_000_000)),
            open: pairs.text("open").and_then(|id| id.parse().ok()),
            // The form of columns sends each by itself.
            columns: pairs.text("cols").map(short).or_else(|| {
                let each = pairs.all("column").collect::<Vec<_>>().join(",");
                Some(short(&each)).filter(|each| !each.is_empty())
            }),
        }
    }

    /// The query string, without what is usual.
    pub(super) fn query(&self) -> String {
        let plain = Self::default();
        let mut query = form_urlencoded::Serializer::new(String::new());
        if self.tab != plain.tab {
            query.append_pair("tab", self.tab.as_str());
        }
        for (name, text) in [("q", &self.search), ("order", &self.order)] {
            if !text.is_empty() {
                query.append_pair(name, text);
            }
        }
        if self.size != plain.size {
            query.append_pair("size", &self.size.to_string());
        }
        if self.page != plain.page {
            query.append_pair("page", &self.page.to_string());
        }
        if let Some(columns) = &self.columns {
            query.append_pair("cols", columns);
        }
        if let Some(open) = self.open {
            query.append_pair("open", &open.to_string());
        }
        query.finish()
    }

    /// The address.
    pub(super) fn path(&self) -> String {
        let query = self.query();
        if query.is_empty() { "/sessions".to_owned() } else { format!("/sessions?{query}") }
    }

    /// The same changed, and from its first page on.
    pub(super) fn with(&self, change: impl FnOnce(&mut Self)) -> Self {
        let mut changed = Self { page: 1, open: None, ..self.clone() };
        change(&mut changed);
        changed
    }

    /// Rows before the page.
    pub(super) fn offset(&self) -> u64 {
        (self.page - 1) * u64::from(self.size)
    }

    /// As the API is asked.
    pub(super) fn list(&self, visitor: &Visitor) -> ListQuery {
        ListQuery {
            tab: Some(self.tab),
            filter: search::filter(&self.search, visitor.role, visitor.mode),
            order: Some(self.order.clone()).filter(|order| !order.is_empty()),
            limit: self.size,
            start: Start::Offset(self.offset()),
            ..ListQuery::default()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_read_back() {
        let ask = Ask {
            tab: Tab::Finished,
            search: "name == \"a&b\"".into(),
            order: "-created_at,name".into(),
            size: 50,
            page: 3,
            open: Some(uuid::Uuid::nil()),
            columns: Some("session,status".into()),
        };
        assert_eq!(Ask::parse(&ask.query()), ask);
        assert_eq!(Ask::default().path(), "/sessions");
        assert_eq!(ask.offset(), 100);
        assert_eq!(ask.with(|ask| ask.size = 20).page, 1);
    }

    #[test]
    fn nonsense_is_left_out() {
        assert_eq!(Ask::parse("tab=all&size=x&page=-1&open=1&q=%20&other=1"), Ask::default());
        assert_eq!(Ask::parse("size=9999999&page=0").size, 1000);
        assert_eq!(Ask::parse("column=a&column=b").query(), "cols=a%2Cb");
    }
}
