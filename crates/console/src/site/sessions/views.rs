//! What a person keeps of the list: columns, and views by name. The manager keeps it with the person.

use axum::body::{Body, Bytes};
use http::Response;
use maud::{Markup, html};
use rollcall_model::list::columns::LoginMode;
use rollcall_model::role::Role;
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
        let saved = console.and_then(|console| console["views"].as_object().cloned()).unwrap_or_default();
        let mut saved: Vec<_> = saved.into_iter().filter_map(|(name, query)| Some((name, text(&query)?))).collect();
        saved.sort();
        Self { columns: console.and_then(|console| text(&console["columns"])), saved }
    }

    fn has(&self, name: &str) -> bool {
        self.saved.iter().any(|(known, _)| known == name)
    }
}

/// What is wanted of what is kept.
#[derive(Debug, PartialEq, Eq)]
enum Change {
    /// A merge patch: whatever another tab changes at the same moment stays.
    Patch(Value),
    /// The name of the text that says why not.
    Refused(&'static str),
    Nothing,
}

/// What a form asks for.
fn wanted(asked: &Pairs, views: &Views, visitor: (Role, LoginMode)) -> Change {
    let short = |name: &str| asked.text(name).unwrap_or_default().chars().take(LONGEST).collect::<String>();
    let (name, to) = (short("name"), short("to"));
    let patch = |changes: Vec<(String, Value)>| Change::Patch(json!({"console": {"views": Map::from_iter(changes)}}));
    let columns = |value: Value| Change::Patch(json!({"console": {"columns": value}}));
    match asked.text("act") {
        Some("save") if name.is_empty() => Change::Refused("view-nameless"),
        Some("save") if views.saved.len() >= MOST && !views.has(&name) => Change::Refused("views-full"),
        // As pages make addresses, so that it can be told whether one is there.
        Some("save") => patch(vec![(name, Ask::parse(asked.exact("query")).query().into())]),
        Some("forget") => patch(vec![(name, Value::Null)]),
        Some("rename") if to.is_empty() => Change::Refused("view-nameless"),
        Some("rename") if to == name => Change::Nothing,
        Some("rename") if views.has(&to) => Change::Refused("view-taken"),
        Some("rename") => match views.saved.iter().find(|(known, _)| *known == name) {
            Some((_, query)) => patch(vec![(name, Value::Null), (to, query.as_str().into())]),
            None => Change::Refused("view-gone"),
        },
        Some("columns") => {
            let wanted: Vec<&str> = asked.all("column").collect();
            columns(columns::chosen(Some(&wanted.join(",")), visitor.0, visitor.1).join(",").into())
        }
        Some("columns-usual") => columns(Value::Null),
        _ => Change::Nothing,
    }
}

/// The menu of saved views.
pub(super) fn menu(language: Language, ask: &Ask, views: &Views) -> Markup {
    let here = ask.with(|_| {}).query();
    html! {
        details #menu-views.menu {
            summary.button.icon-only role="button" title=(language.t("views")) aria-label=(language.t("views")) { (icon("star")) }
            div.sheet {
                h3 { (language.t("views")) }
                @for (name, query) in &views.saved {
                    form.choice method="post" action="/views" {
                        a.iso.cut data-list="" href={ "/sessions?" (query) } title=(name) aria-current=[(*query == here).then_some("true")] { (name) }
                        input type="hidden" name="back" value=(ask.path());
                        input type="hidden" name="name" value=(name);
                        details.push.rename {
                            summary.button.plain role="button" aria-label=(language.with("view-rename", [("name", name.as_str())])) title=(language.t("rename")) { (icon("pencil")) }
                            div.row {
                                input name="to" value=(name) maxlength=(LONGEST) aria-label=(language.t("view-name"));
                                button.button name="act" value="rename" { (language.t("save")) }
                            }
                        }
                        button.button.plain name="act" value="forget" formnovalidate title=(language.t("remove")) aria-label=(language.with("view-forget", [("name", name.as_str())])) { (icon("close")) }
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
    let back = asked.text("back").unwrap_or("/sessions");
    let views = match v1.preferences().await {
        Ok(preferences) => Views::of(&preferences),
        Err(error) => return refusal::page(&visitor, &error),
    };
    match wanted(&asked, &views, (visitor.role, visitor.mode)) {
        Change::Nothing => taste::to(back),
        Change::Refused(why) => {
            let why = visitor.taste.language.with(why, [("most", MOST)]);
            refusal::told(&visitor, "/sessions", &visitor.taste.language.t("views"), &why, back)
        }
        Change::Patch(patch) => match v1.change_preferences(&patch).await {
            Ok(()) => taste::to(back),
            Err(error) => refusal::page(&visitor, &error),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const VISITOR: (Role, LoginMode) = (Role::User, LoginMode::Session);

    fn some(count: usize) -> Views {
        Views {
            columns: None,
            saved: (0..count).map(|number| (format!("view-{number}"), "tab=finished".into())).collect(),
        }
    }

    fn change(form: &str, views: &Views) -> Change {
        wanted(&Pairs::parse(form.as_bytes()), views, VISITOR)
    }

    #[test]
    fn what_is_kept_is_read_back() {
        let kept =
            json!({"other": 1, "console": {"columns": "session,status", "views": {"z": "q=z", "a": "", "odd": 5}}});
        let views = Views::of(kept.as_object().unwrap_or(&Map::new()));
        assert_eq!(views.columns.as_deref(), Some("session,status"));
        assert_eq!(views.saved, [("a".to_owned(), String::new()), ("z".to_owned(), "q=z".to_owned())]);
        assert_eq!(Views::of(&Map::new()), Views::default());
    }

    #[test]
    fn only_what_is_changed_is_sent() {
        let views = |views: Value| Change::Patch(json!({"console": {"views": views}}));
        assert_eq!(
            change("act=save&name=mine&query=size=50%26tab=running", &some(1)),
            views(json!({"mine": "size=50"}))
        );
        assert_eq!(change("act=forget&name=view-0", &some(1)), views(json!({"view-0": null})));
        let renamed = views(json!({"view-0": null, "new": "tab=finished"}));
        assert_eq!(change("act=rename&name=view-0&to=+new+", &some(1)), renamed);
        assert_eq!(change("act=columns-usual", &some(1)), Change::Patch(json!({"console": {"columns": null}})));
        let columns = Change::Patch(json!({"console": {"columns": "status,session"}}));
        assert_eq!(change("act=columns&column=status&column=agent&column=session", &some(1)), columns);
        assert_eq!(change("act=rename&name=view-0&to=view-0", &some(1)), Change::Nothing);
        assert_eq!(change("act=other", &some(1)), Change::Nothing);
    }

    #[test]
    fn nothing_that_is_kept_is_lost_without_a_word() {
        let full = some(MOST);
        assert_eq!(change("act=save&name=one+more&query=", &full), Change::Refused("views-full"));
        assert!(matches!(change("act=save&name=view-0&query=", &full), Change::Patch(_)), "in place of itself");
        assert_eq!(change("act=save&name=+&query=", &full), Change::Refused("view-nameless"));
        assert_eq!(change("act=rename&name=view-0&to=view-1", &full), Change::Refused("view-taken"));
        assert_eq!(change("act=rename&name=none&to=new", &full), Change::Refused("view-gone"));
    }
}
