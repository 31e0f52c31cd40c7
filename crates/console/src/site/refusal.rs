//! What is shown when something cannot be: in place of a page, or of a part of one.

use axum::body::Body;
use http::{Response, StatusCode};
use maud::html;
use rollcall_client::Error;

use super::visitor::Visitor;
use crate::look::{self, SCRIPTS, Taste, Tone, document, empty, icon, note, sheet};

/// There is no such page, or not for this role.
pub(super) fn nothing(taste: Taste) -> Response<Body> {
    let language = taste.language;
    let body = html! {
        body {
            (sheet())
            main.door {
                div.panel {
                    (empty("search", &language.t("nothing-here"), "", Some(html! { a.button href="/" { (language.t("to-start")) } })))
                }
            }
        }
    };
    let page = document(taste, &language.t("nothing-here"), &["console.css"], SCRIPTS, &body);
    look::answer_with(StatusCode::NOT_FOUND, page)
}

/// The manager is not there: the page asks for itself until it is.
pub(super) fn waiting(taste: Taste, reason: &str) -> Response<Body> {
    let language = taste.language;
    let body = html! {
        body data-retry="" {
            (sheet())
            main.door {
                div.panel {
                    (empty("clock", &language.t("manager-away"), &language.t("manager-away-hint"), None))
                    p.quiet.small { (reason) }
                }
            }
        }
    };
    let page = document(taste, &language.t("manager-away"), &["console.css"], SCRIPTS, &body);
    look::answer_with(StatusCode::SERVICE_UNAVAILABLE, page)
}

/// The manager is none of Rollcall's: it has no list that these pages could show.
pub(super) fn foreign(taste: Taste) -> Response<Body> {
    let language = taste.language;
    let body = html! {
        body {
            (sheet())
            main.door { div.panel { (empty("sessions", &language.t("foreign-manager"), &language.t("foreign-manager-hint"), None)) } }
        }
    };
    look::answer(document(taste, &language.t("foreign-manager"), &["console.css"], SCRIPTS, &body), look::POLICY)
}

/// Whether the login is no longer one.
pub(super) fn is_signed_out(error: &Error) -> bool {
    error.status() == Some(401)
}

/// Whether the manager may be there later.
pub(super) fn is_away(error: &Error) -> bool {
    match error {
        Error::Connection { .. } | Error::Timeout { .. } => true,
        other => other.status().is_some_and(|status| matches!(status, 502..=504)),
    }
}

/// A failed call in place of a whole page.
pub(super) fn page(visitor: &Visitor, error: &Error) -> Response<Body> {
    if is_signed_out(error) {
        return if visitor.part { super::visitor::to_the_door_from_a_part() } else { super::taste::to("/") };
    }
    if is_away(error) && !visitor.part {
        return waiting(visitor.taste, &error.to_string());
    }
    tracing::debug!(%error, "a page could not be made: {error}");
    if error.status() == Some(404) || error.slug() == Some("session-not-found") {
        return nothing(visitor.taste);
    }
    if visitor.part {
        let mut response = look::answer(note(Tone::Bad, &sentence(error)), look::POLICY);
        *response.status_mut() = StatusCode::BAD_GATEWAY;
        return response;
    }
    let body = html! {
        body { (sheet()) main.door { div.panel { (note(Tone::Bad, &sentence(error))) a.button href="/" { (visitor.taste.language.t("to-start")) } } } }
    };
    let page = document(visitor.taste, &visitor.taste.language.t("failed"), &["console.css"], SCRIPTS, &body);
    look::answer_with(StatusCode::BAD_GATEWAY, page)
}

/// A sentence in place of what was asked for with a plain form, and the way back.
pub(super) fn told(visitor: &Visitor, at: &str, title: &str, why: &str, back: &str) -> Response<Body> {
    let content = html! {
        div.panel.narrow {
            h1 { (title) }
            (note(Tone::Bad, why))
            a.button href=(back) { (icon("left")) (visitor.taste.language.t("back")) }
        }
    };
    look::answer_with(StatusCode::UNPROCESSABLE_ENTITY, super::frame::framed(visitor, at, title, &[], &content))
}

/// What the server said, without what was asked of it.
pub(super) fn sentence(error: &Error) -> String {
    let whole = match error {
        Error::Server { problem, .. } => problem.to_string(),
        Error::Refused { refusal, .. } => refusal.to_string(),
        other => other.to_string(),
    };
    let mut letters = whole.chars();
    let first = letters.next().map(|letter| letter.to_uppercase().to_string()).unwrap_or_default();
    format!("{first}{}", letters.as_str())
}
