//! What is asked before something is taken away: a dialog, or a page where there are no scripts. It names what the
//! server knows, not what an address says.

use axum::body::Body;
use http::Response;
use maud::{Markup, html};

use crate::look::{self, icon};
use crate::site::frame;
use crate::site::visitor::Visitor;

/// A change that takes something away.
pub(super) struct Question<'a> {
    /// Who is asked for it.
    pub(super) action: &'a str,
    /// The page of the menu.
    pub(super) place: &'a str,
    /// What is done.
    pub(super) act: &'a str,
    /// The fields that say to what.
    pub(super) names: &'a [(&'a str, &'a str)],
    /// The question, which names it.
    pub(super) title: String,
    /// What comes of it.
    pub(super) warning: String,
    /// The word on the button.
    pub(super) word: String,
}

/// A link to a question, which the page at `path` asks.
pub(super) fn ask(path: &str, act: &str, names: &[(&str, &str)], word: &str) -> Markup {
    let query =
        url::form_urlencoded::Serializer::new(String::new()).append_pair("ask", act).extend_pairs(names).finish();
    html! { a.button.plain.bad href={ (path) "?" (query) } data-dialog="" { (word) } }
}

/// The question of a page whose forms are sent to the page itself; warning and word by the names of their texts.
pub(super) fn question(
    visitor: &Visitor,
    path: &str,
    act: &str,
    names: &[(&str, &str)],
    title: String,
    warning: &str,
    word: &str,
) -> Response<Body> {
    let language = visitor.taste.language;
    let (warning, word) = (language.t(warning), language.t(word));
    Question { action: path, place: path, act, names, title, warning, word }.answer(visitor)
}

impl Question<'_> {
    /// As a dialog where htmx asks, else on a page.
    pub(super) fn answer(&self, visitor: &Visitor) -> Response<Body> {
        let language = visitor.taste.language;
        let content = html! {
            form method="post" action=(self.action) {
                div.dialog-head {
                    h2 #dialog-head { (self.title) }
                    a.button.plain.icon-only href=(self.action) data-close="" aria-label=(language.t("close")) { (icon("close")) }
                }
                p { (self.warning) }
                @for (name, value) in self.names { input type="hidden" name=(name) value=(value); }
                div.dialog-foot {
                    a.button href=(self.action) data-close="" autofocus { (language.t("cancel")) }
                    button.button.bad.main name="act" value=(self.act) { (icon("stop")) (self.word) }
                }
            }
        };
        if visitor.part {
            return look::answer(content, look::POLICY);
        }
        let page = html! { div.panel.narrow { (content) } };
        look::answer(frame::framed(visitor, self.place, &self.title, &[], &page), look::POLICY)
    }
}
