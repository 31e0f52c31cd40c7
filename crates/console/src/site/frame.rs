//! The frame around a page of somebody who is signed in: where one can go, who one is.

use maud::{Markup, html};
use rollcall_model::list::columns::LoginMode;
use rollcall_model::role::Role;

use super::visitor::Visitor;
use crate::look::{SCRIPTS, document, icon, sheet};

/// A page of the menu.
pub(super) struct Place {
    /// Its path.
    pub(super) path: &'static str,
    /// The name of its text.
    pub(super) name: &'static str,
    icon: &'static str,
    roles: &'static [Role],
}

const EVERYONE: &[Role] = &[Role::Superadmin, Role::Admin, Role::User, Role::Monitor];
/// Those who have a list: the API tells monitors of no session.
const LISTED: &[Role] = &[Role::Superadmin, Role::Admin, Role::User];
const MANAGERS: &[Role] = &[Role::Superadmin, Role::Admin];
const SUPERADMINS: &[Role] = &[Role::Superadmin];

/// Every page of the menu; who may not see one has none.
pub(super) const PLACES: &[Place] = &[
    Place { path: "/summary", name: "nav-summary", icon: "summary", roles: LISTED },
    Place { path: "/sessions", name: "nav-sessions", icon: "sessions", roles: LISTED },
    Place { path: "/account", name: "nav-account", icon: "person", roles: EVERYONE },
    Place { path: "/people", name: "nav-people", icon: "people", roles: MANAGERS },
    Place { path: "/projects", name: "nav-projects", icon: "project", roles: MANAGERS },
    Place { path: "/resource-groups", name: "nav-resource-groups", icon: "group", roles: SUPERADMINS },
    Place { path: "/policies", name: "nav-policies", icon: "policy", roles: SUPERADMINS },
    Place { path: "/agents", name: "nav-agents", icon: "agent", roles: SUPERADMINS },
];

/// Whether this role has the page at `path`.
pub(super) fn may_see(role: Role, path: &str) -> bool {
    PLACES.iter().any(|place| place.path == path && place.roles.contains(&role))
}

/// A page in its frame; `at` is its path in the menu.
pub(super) fn framed(visitor: &Visitor, at: &str, title: &str, scripts: &[&str], content: &Markup) -> Markup {
    let language = visitor.taste.language;
    let (mine, managed): (Vec<&Place>, Vec<&Place>) = PLACES
        .iter()
        .filter(|place| place.roles.contains(&visitor.role))
        .partition(|place| place.roles.contains(&Role::User));
    let link = |place: &Place| {
        let word = language.t(place.name);
        html! {
            a.to href=(place.path) title=(word) aria-current=[(place.path == at).then_some("page")] {
                (icon(place.icon)) span.word { (word) }
            }
        }
    };
    let next_theme = if visitor.taste.theme == Some("dark") { "light" } else { "dark" };
    let body = html! {
        body data-as=(visitor.access_key) data-words-lost=(language.t("live-lost")) data-words-live=(language.t("live-on")) data-words-poll=(language.t("live-poll"))
             data-words-marked=(language.t("marks-pattern")) data-words-marked-elsewhere=(language.t("marks-pattern-elsewhere")) data-words-copied=(language.t("copied")) data-words-copy=(language.t("copy-link")) data-words-failed=(language.t("request-failed")) {
            (sheet())
            a.skip href="#main" { (language.t("skip")) }
            div.frame {
                nav.side aria-label=(language.t("menu")) {
                    a.brand href="/sessions" aria-label="Rollcall" { (icon("roll")) span.word { "Rollcall" } }
                    @for place in mine { (link(place)) }
                    @if !managed.is_empty() {
                        div.group { (language.t("nav-manage")) }
                        @for place in managed { (link(place)) }
                    }
                    div.rest {}
                    button.to type="button" data-keys="" title=(language.t("keys-title")) { (icon("help")) span.word { (language.t("keys-title")) } }
                    form method="post" action="/taste" {
                        button.to name="theme" value=(next_theme) title=(language.t("theme")) data-theme-switch="" { (icon("theme")) span.word { (language.t("theme")) } }
                    }
                    form method="post" action="/sign-out" {
                        button.to title=(language.t("sign-out")) { (icon("leave")) span.word { (language.t("sign-out")) } }
                    }
                    div.who { @let name = if visitor.mode == LoginMode::Api { &visitor.access_key } else { &visitor.email };
                        b.iso title=(name) { (name) } span { (language.t(&format!("role-{}", visitor.role))) } }
                }
                main #main tabindex="-1" { (content) }
            }
            dialog #dialog aria-labelledby="dialog-head" {}
            dialog #keys.slim aria-labelledby="keys-head" { (keys(visitor)) }
            div #toasts.toasts role="status" aria-live="polite" {}
        }
    };
    let scripts: Vec<&str> = SCRIPTS.iter().chain(scripts).copied().collect();
    document(visitor.taste, title, &["console.css"], &scripts, &body)
}

/// The keys of the list.
fn keys(visitor: &Visitor) -> Markup {
    let language = visitor.taste.language;
    let lines = [
        (&["/"][..], "keys-search"),
        (&["j", "k"], "keys-move"),
        (&["Enter"], "keys-open"),
        (&["x"], "keys-mark"),
        (&["t"], "keys-terminal"),
        (&["l"], "keys-logs"),
        (&["n"], "keys-launch"),
        (&["#"], "keys-terminate"),
        (&["Esc"], "keys-close"),
        (&["?"], "keys-help"),
    ];
    html! {
        div.inside {
            div.dialog-head {
                h2 #keys-head { (language.t("keys-title")) }
                button.button.plain.icon-only type="button" data-close="" aria-label=(language.t("close")) { (icon("close")) }
            }
            div.keys {
                @for (keys, name) in lines {
                    span { @for key in keys { kbd { (key) } " " } }
                    span { (language.t(name)) }
                }
            }
        }
    }
}
