//! What a person keeps of the list: columns, and views by name. The manager keeps it with the person.

use axum::body::{Body, Bytes};
use http::Response;
use maud::{Markup, html};
use serde_json::{Map, Value, json};

use super::ask::Ask;
use super::columns;
use crate::look::icon;
use crate::site::asked::Pairs;
use crate::site::visitor::Visitor;
use crate::site::{refusal, taste};
use crate::words::Language;

/// Views of one person at most.
const MOST: usize = 40;
/// Letters of a name at most.
const LONGEST: usize = 64;

/// Columns and views of a person.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Views {
    /// Chosen columns.
    pub(super) columns: Option<String>,
    /// Names and addresses.
    pub(super) saved: Vec<(String, String)>,
}

impl Views {
    /// Of what the manager keeps.
    pub(super) fn of(preferences: &Map<String, Value>) -> Self {
        let console = preferences.get("console");
        let text = |value: &Value| value.as_str().map(str::to_owned);
        let saved = console.and_then(|console| console["views"].as_array().cloned()).unwrap_or_default();
        Self {
            columns: console.and_then(|console| text(&console["columns"])),
            saved: saved.iter().filter_map(|view| Some((text(&view["name"])?, text(&view["query"])?))).collect(),
        }
    }

    fn keep(&self, preferences: &mut Map<String, Value>) {
        let saved: Vec<Value> = self.saved.iter().map(|(name, query)| json!({"name": name, "query": query})).collect();
        preferences.insert("console".to_owned(), json!({"columns": self.columns, "views": saved}));
    }
}

/// The menu of saved views.
pub(super) fn menu(language: Language, ask: &Ask, views: &Views) -> Markup {
    let here = ask.with(|_| {}).query();
    html! {
        details.menu {
            summary.button.icon-only role="button" title=(language.t("views")) aria-label=(language.t("views")) { (icon("star")) }
            div.sheet {
                h3 { (language.t("views")) }
                @for (name, query) in &views.saved {
                    form.choice method="post" action="/views" {
                        a.iso data-list="" href={ "/sessions?" (query) } aria-current=[(*query == here).then_some("true")] { (name) }
                        input type="hidden" name="back" value=(ask.path());
                        input type="hidden" name="name" value=(name);
                        span.push { button.button.plain name="act" value="forget" aria-label=(language.with("view-forget", [("name", name.as_str())])) { (icon("close")) } }
                    }
                }
                @if views.saved.is_empty() { p.quiet.small { (language.t("views-none")) } }
                form method="post" action="/views" {
                    input type="hidden" name="back" value=(ask.path());
                    input type="hidden" name="query" value=(here);
                    label.sr for="view-name" { (language.t("view-name")) }
                    div.row {
                        input #view-name name="name" required maxlength=(LONGEST) placeholder=(language.t("view-name"));
                        button.button name="act" value="save" { (language.t("save")) }
                    }
                }
            }
        }
    }
}

/// POST `/views`: keeps or forgets a view, or chooses columns, and goes back.
pub(super) async fn change(visitor: Visitor, body: Bytes) -> Response<Body> {
    let asked = Pairs::parse(&body);
    let v1 = visitor.client.v1();
    let mut preferences = match v1.preferences().await {
        Ok(preferences) => preferences,
        Err(error) => return refusal::page(&visitor, &error),
    };
    let mut views = Views::of(&preferences);
    let name: String = asked.text("name").unwrap_or_default().chars().take(LONGEST).collect();
    match asked.text("act") {
        Some("save") if !name.is_empty() => {
            views.saved.retain(|(known, _)| *known != name);
            // As pages make addresses, so that it can be told whether one is there.
            views.saved.push((name, Ask::parse(asked.exact("query")).query()));
            views.saved.sort();
            views.saved.truncate(MOST);
        }
        Some("forget") => views.saved.retain(|(known, _)| *known != name),
        Some("columns") => {
            let wanted: Vec<&str> = asked.all("column").collect();
            let chosen = columns::chosen(Some(&wanted.join(",")), visitor.role, visitor.mode);
            views.columns = Some(chosen.join(","));
        }
        Some("columns-usual") => views.columns = None,
        _ => {}
    }
    views.keep(&mut preferences);
    if let Err(error) = v1.set_preferences(&preferences).await {
        return refusal::page(&visitor, &error);
    }
    taste::to(asked.text("back").unwrap_or("/sessions"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_kept_is_read_back_beside_what_others_keep() {
        let mut preferences = Map::new();
        preferences.insert("other".to_owned(), json!(1));
        let views =
            Views { columns: Some("session,status".into()), saved: vec![("mine".into(), "tab=finished".into())] };
        views.keep(&mut preferences);
        assert_eq!(Views::of(&preferences), views);
        assert_eq!(preferences["other"], 1);
        assert_eq!(Views::of(&Map::new()), Views::default());
    }
}
