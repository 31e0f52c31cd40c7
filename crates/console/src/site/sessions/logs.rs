//! The log of a session, which grows while one looks at it, and several terminals side by side.

use std::time::Duration;

use axum::body::Body;
use axum::extract::{Path, RawQuery};
use bytes::Bytes;
use http::Response;
use maud::html;
use rollcall_model::ids::SessionId;
use serde_json::Value;
use tokio::sync::mpsc;
use uuid::Uuid;

use crate::look::{self, chip, icon};
use crate::site::asked::Pairs;
use crate::site::data::{data, event, events};
use crate::site::visitor::Visitor;
use crate::site::{frame, refusal};

use super::acts::can;
use super::standing;

/// Terminals side by side at most.
const MOST_TERMINALS: usize = 6;
/// So that what stands in between knows that a silent log is still followed.
const PING: Duration = Duration::from_secs(15);
/// Before a log that could not be read is asked for again.
const PAUSE: Duration = Duration::from_secs(2);

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
        div.log data-log={ "/sessions/" (id) "/logs/stream" } {
            div.tools {
                div.search {
                    (icon("search"))
                    input type="search" data-find="" aria-label=(language.t("logs-find")) placeholder=(language.t("logs-find"));
                }
                span.small.quiet data-found="" role="status" {}
                label.button { input type="checkbox" data-follow="" checked; (language.t("logs-follow")) }
                label.button { input type="checkbox" data-wrap=""; (language.t("logs-wrap")) }
                a.button href={ "/sessions/" (id) "/logs.txt" } download={ (row.name) ".log" } { (icon("out")) (language.t("download")) }
            }
            pre tabindex="0" data-text="" data-empty=(language.t("logs-empty")) aria-label=(title) {}
        }
    };
    look::answer(frame::framed(&visitor, "/sessions", &title, &["logs.js"], &content), look::POLICY)
}

/// GET `/sessions/{id}/logs.txt`: all of it, to be kept.
pub(super) async fn whole(visitor: Visitor, Path(id): Path<Uuid>) -> Response<Body> {
    let row = match visitor.client.v1().session(SessionId(id)).await {
        Ok(detail) => detail.session,
        Err(error) => return refusal::page(&visitor, &error),
    };
    match visitor.client.sessions().logs(SessionId(id), visitor.other_owner(&row)).await {
        Ok(log) => data(Body::from(log), "text/plain; charset=utf-8"),
        Err(error) => refusal::page(&visitor, &error),
    }
}

/// GET `/sessions/{id}/logs/stream`: the log from its beginning, and what is printed while somebody looks, as
/// server-sent events: `begin`, then `text` with each piece, `over` when no more will come, `out` when the login has
/// ended.
pub(super) async fn stream(visitor: Visitor, Path(id): Path<Uuid>) -> Response<Body> {
    let row = match visitor.client.v1().session(SessionId(id)).await {
        Ok(detail) => detail.session,
        Err(error) => return refusal::page(&visitor, &error),
    };
    let (out, body) = mpsc::channel::<Bytes>(16);
    let mut log = visitor.client.sessions().follow_logs(SessionId(id), visitor.other_owner(&row));
    tokio::spawn(async move {
        let mut told = out.send(event("begin", &Value::Null)).await.is_ok();
        while told {
            let piece = tokio::select! {
                piece = log.next() => piece,
                () = out.closed() => return,
                () = tokio::time::sleep(PING) => {
                    told = out.send(Bytes::from_static(b": ping\n\n")).await.is_ok();
                    continue;
                }
            };
            told = match piece {
                Ok(Some(text)) => out.send(event("text", &Value::from(text))).await.is_ok(),
                Ok(None) => out.send(event("over", &Value::Null)).await.is_err(),
                Err(error) if refusal::is_signed_out(&error) => out.send(event("out", &Value::Null)).await.is_err(),
                // It may be told later: nothing is missing then.
                Err(error) => {
                    tracing::debug!(%error, "a log is not told now: {error}");
                    tokio::time::sleep(PAUSE).await;
                    // So that the browser's side is noticed when it is gone.
                    out.send(Bytes::from_static(b": waits\n\n")).await.is_ok()
                }
            };
        }
    });
    events(body)
}

/// GET `/terminals?id=…&id=…`: several of them side by side.
pub(super) async fn terminals(visitor: Visitor, RawQuery(query): RawQuery) -> Response<Body> {
    let asked = Pairs::parse(query.unwrap_or_default().as_bytes());
    let ids: Vec<Uuid> = asked.all("id").filter_map(|id| id.parse().ok()).take(MOST_TERMINALS).collect();
    let mut rows = Vec::new();
    for id in ids {
        match visitor.client.v1().session(SessionId(id)).await {
            // Those of others cannot be opened.
            Ok(detail) if can(&detail.session, "terminal") => rows.push(detail.session),
            Ok(_) => {}
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
