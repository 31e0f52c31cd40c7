//! The log of a session, which grows while one looks at it, and several terminals side by side.

use axum::body::Body;
use axum::extract::{Path, RawQuery};
use http::header::{CACHE_CONTROL, CONTENT_TYPE, X_CONTENT_TYPE_OPTIONS};
use http::{HeaderName, HeaderValue, Response};
use maud::html;
use rollcall_client::v1::SessionRow;
use rollcall_client::{Client, Error};
use rollcall_model::ids::SessionId;
use uuid::Uuid;

use crate::look::{self, chip, icon};
use crate::site::asked::Pairs;
use crate::site::visitor::Visitor;
use crate::site::{frame, refusal};

use super::standing;

/// Terminals side by side at most.
const MOST_TERMINALS: usize = 6;

async fn text(client: &Client, own: &str, row: &SessionRow) -> Result<String, Error> {
    let owner = Some(row.access_key.as_str()).filter(|owner| *owner != own);
    client.sessions().logs(SessionId(row.id), owner).await
}

/// GET `/sessions/{id}/logs`.
pub(super) async fn page(visitor: Visitor, Path(id): Path<Uuid>) -> Response<Body> {
    let row = match visitor.client.v1().session(SessionId(id)).await {
        Ok(detail) => detail.session,
        Err(error) => return refusal::page(&visitor, &error),
    };
    let language = visitor.taste.language;
    let (tone, icon_name) = standing::of(&row.status);
    let title = language.with("logs-of", [("name", row.name.as_str())]);
    let content = html! {
        div.top {
            h1.cut.iso title=(row.name) { (title) }
            (chip(tone, icon_name, &standing::word(language, &row.status)))
            a.button href="/sessions" { (icon("left")) (language.t("nav-sessions")) }
        }
        div.log data-log={ "/sessions/" (id) "/logs/tail" } {
            div.tools {
                div.search {
                    (icon("search"))
                    input type="search" data-find="" aria-label=(language.t("logs-find")) placeholder=(language.t("logs-find"));
                }
                span.small.quiet data-found="" role="status" {}
                label.button { input type="checkbox" data-follow="" checked; (language.t("logs-follow")) }
                label.button { input type="checkbox" data-wrap=""; (language.t("logs-wrap")) }
                a.button href={ "/sessions/" (id) "/logs/tail?download=" } download={ (row.name) ".log" } { (icon("out")) (language.t("download")) }
            }
            pre tabindex="0" data-text="" data-empty=(language.t("logs-empty")) aria-label=(title) {}
        }
    };
    look::answer(frame::framed(&visitor, "/sessions", &title, &["logs.js"], &content), look::POLICY)
}

/// GET `/sessions/{id}/logs/tail?from=BYTES`: what has come since. Whether the session is over stands in a header.
pub(super) async fn tail(visitor: Visitor, Path(id): Path<Uuid>, RawQuery(query): RawQuery) -> Response<Body> {
    let asked = Pairs::parse(query.unwrap_or_default().as_bytes());
    let row = match visitor.client.v1().session(SessionId(id)).await {
        Ok(detail) => detail.session,
        Err(error) => return refusal::page(&visitor, &error),
    };
    let log = match text(&visitor.client, &visitor.access_key, &row).await {
        Ok(log) => log,
        Err(error) => return refusal::page(&visitor, &error),
    };
    let from = asked.text("from").and_then(|from| from.parse::<usize>().ok()).unwrap_or(0);
    let size = log.len();
    // A log that is shorter than what is known of it has begun anew.
    let (rest, anew) = match log.get(from..) {
        Some(rest) => (rest.to_owned(), false),
        None => (log, true),
    };
    let mut response = Response::new(Body::from(rest));
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("text/plain; charset=utf-8"));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    for (name, value) in [("log-size", size.to_string()), ("log-anew", anew.to_string()), ("log-status", row.status)] {
        if let Ok(value) = HeaderValue::try_from(value) {
            headers.insert(HeaderName::from_static(name), value);
        }
    }
    response
}

/// GET `/terminals?id=…&id=…`: several of them side by side.
pub(super) async fn terminals(visitor: Visitor, RawQuery(query): RawQuery) -> Response<Body> {
    let asked = Pairs::parse(query.unwrap_or_default().as_bytes());
    let ids: Vec<Uuid> = asked.all("id").filter_map(|id| id.parse().ok()).take(MOST_TERMINALS).collect();
    let mut rows = Vec::new();
    for id in ids {
        match visitor.client.v1().session(SessionId(id)).await {
            Ok(detail) => rows.push(detail.session),
            Err(error) if error.status() == Some(404) => {}
            Err(error) => return refusal::page(&visitor, &error),
        }
    }
    let language = visitor.taste.language;
    let content = html! {
        div.top { h1 { (language.t("terminals")) } a.button href="/sessions" { (icon("left")) (language.t("nav-sessions")) } }
        @if rows.is_empty() { (look::empty("terminal", &language.t("terminals-none"), &language.t("terminals-none-hint"), None)) }
        div.wall { @for row in &rows { iframe src=(super::row::terminal(row)) title=(language.with("terminal-of", [("name", row.name.as_str())])) {} } }
    };
    look::answer(frame::framed(&visitor, "/sessions", &language.t("terminals"), &[], &content), look::POLICY)
}
