//! What is done with sessions from the list: ending, restarting, renaming, extending. What is told of it is what
//! the server has confirmed.

use axum::body::{Body, Bytes};
use axum::extract::{Path, RawQuery};
use futures_util::StreamExt as _;
use http::Response;
use maud::{Markup, html};
use rollcall_client::v1::SessionRow;
use rollcall_model::ids::SessionId;
use uuid::Uuid;

use super::{detail, standing};
use crate::look::{self, Tone, chip, icon, note};
use crate::site::asked::Pairs;
use crate::site::visitor::Visitor;
use crate::site::{frame, refusal};

/// Sessions of one go at most.
const MOST: usize = 1000;
/// Asked at the same time.
const AT_ONCE: usize = 8;

/// A dialog's content: for itself where htmx asks, else on a page.
pub(super) fn dialog(visitor: &Visitor, title: &str, content: &Markup) -> Response<Body> {
    if visitor.part {
        return look::answer(content.clone(), look::POLICY);
    }
    let page = html! { div.panel.narrow { (content) } };
    look::answer(frame::framed(visitor, "/sessions", title, &[], &page), look::POLICY)
}

/// The head of a dialog.
pub(super) fn head(visitor: &Visitor, title: &str) -> Markup {
    html! {
        div.dialog-head {
            h2 #dialog-head { (title) }
            a.button.plain.icon-only href="/sessions" data-close="" aria-label=(visitor.taste.language.t("close")) { (icon("close")) }
        }
    }
}

async fn rows(visitor: &Visitor, asked: &Pairs) -> Result<Vec<SessionRow>, rollcall_client::Error> {
    let ids: Vec<Uuid> = asked.all("id").filter_map(|id| id.parse().ok()).take(MOST).collect();
    let found = futures_util::stream::iter(ids)
        .map(|id| (id, visitor.client.clone()))
        .map(|(id, client)| async move {
            match client.v1().session(SessionId(id)).await {
                Ok(detail) => Ok(Some(detail.session)),
                Err(error) if error.status() == Some(404) => Ok(None),
                Err(error) => Err(error),
            }
        })
        .buffered(AT_ONCE);
    let found: Vec<_> = found.collect().await;
    Ok(found.into_iter().collect::<Result<Vec<_>, _>>()?.into_iter().flatten().collect())
}

fn can(row: &SessionRow, control: &str) -> bool {
    row.can.iter().any(|known| known == control)
}

/// GET `/terminate?id=…`: what would be ended, and whose it is.
pub(super) async fn terminate_preview(visitor: Visitor, RawQuery(query): RawQuery) -> Response<Body> {
    let asked = Pairs::parse(query.unwrap_or_default().as_bytes());
    let rows = match rows(&visitor, &asked).await {
        Ok(rows) => rows,
        Err(error) => return refusal::page(&visitor, &error),
    };
    let language = visitor.taste.language;
    let ending: Vec<&SessionRow> =
        rows.iter().filter(|row| can(row, "terminate") || can(row, "force-terminate")).collect();
    let left = rows.len() - ending.len();
    let forced = !ending.is_empty() && ending.iter().all(|row| !can(row, "terminate"));
    let title = language.with("terminate-title", [("count", ending.len())]);
    let content = html! {
        form method="post" action="/terminate" hx-post="/terminate" hx-target="#dialog" hx-disable="find button" {
            (head(&visitor, &title))
            @if ending.is_empty() { p { (language.t("terminate-none")) } }
            @else {
                ul.plain.victims {
                    @for row in &ending {
                        li {
                            input type="hidden" name="id" value=(row.id);
                            span.iso.cut { b { (row.name) } }
                            (state(&visitor, row))
                            span.end.quiet.iso.cut title=(row.user_email) { (row.user_email) }
                        }
                    }
                }
                @if left > 0 { (note(Tone::Wait, &language.with("terminate-left", [("count", left)]))) }
                p.quiet { (language.t(if forced { "terminate-forced-warning" } else { "terminate-warning" })) }
                @if visitor.role.is_administrative() && !forced {
                    label.small { input type="checkbox" name="forced" value="true"; " " (language.t("terminate-force")) }
                }
                @if forced { input type="hidden" name="forced" value="true"; }
            }
            div.dialog-foot {
                a.button href="/sessions" data-close="" autofocus { (language.t("cancel")) }
                @if !ending.is_empty() { button.button.bad.main { span.busy {} (icon("stop")) (language.t(if forced { "terminate-force-now" } else { "terminate-now" })) } }
            }
        }
    };
    dialog(&visitor, &title, &content)
}

fn state(visitor: &Visitor, row: &SessionRow) -> Markup {
    let (tone, icon_name) = standing::of(&row.status);
    chip(tone, icon_name, &standing::word(visitor.taste.language, &row.status))
}

/// POST `/terminate`: ends them, and tells of each what came of it.
pub(super) async fn terminate(visitor: Visitor, body: Bytes) -> Response<Body> {
    let asked = Pairs::parse(&body);
    let rows = match rows(&visitor, &asked).await {
        Ok(rows) => rows,
        Err(error) => return refusal::page(&visitor, &error),
    };
    let forced = asked.has("forced");
    let asked = rows.iter().map(|row| (SessionId(row.id), row.access_key.clone())).collect::<Vec<_>>();
    let done = futures_util::stream::iter(asked).map(|(id, owner)| {
        let (client, own) = (visitor.client.clone(), visitor.access_key.clone());
        async move { client.sessions().destroy(id, forced, Some(owner.as_str()).filter(|owner| *owner != own)).await }
    });
    let done: Vec<_> = done.buffered(AT_ONCE).collect().await;
    let visitor = &visitor;
    let language = visitor.taste.language;
    let failed = done.iter().filter(|done| done.is_err()).count();
    let title = if failed == 0 {
        language.with("terminated-title", [("count", rows.len())])
    } else {
        language.with("terminated-some-title", [("count", failed)])
    };
    let content = html! {
        div.inside data-done="" {
            (head(visitor, &title))
            ul.plain.victims role="status" {
                @for (row, done) in rows.iter().zip(&done) {
                    li {
                        span.iso.cut { b { (row.name) } }
                        span.end {
                            @match done {
                                Ok(_) => (chip(Tone::Good, "done", &language.t("terminated-one"))),
                                Err(error) => (chip(Tone::Bad, "warn", &refusal::sentence(error))),
                            }
                        }
                    }
                }
            }
            div.dialog-foot { a.button.main href="/sessions" data-close="" autofocus { (language.t("close")) } }
        }
    };
    dialog(visitor, &title, &content)
}

/// GET `/sessions/{id}/restart`.
pub(super) async fn restart_preview(visitor: Visitor, Path(id): Path<Uuid>) -> Response<Body> {
    let row = match visitor.client.v1().session(SessionId(id)).await {
        Ok(detail) => detail.session,
        Err(error) => return refusal::page(&visitor, &error),
    };
    let language = visitor.taste.language;
    let path = format!("/sessions/{id}/restart");
    let title = language.with("restart-title", [("name", row.name.as_str())]);
    let content = html! {
        form method="post" action=(path) hx-post=(path) hx-target="#dialog" hx-disable="find button" {
            (head(&visitor, &title))
            p { (language.t("restart-warning")) }
            div.dialog-foot {
                a.button href="/sessions" data-close="" autofocus { (language.t("cancel")) }
                button.button.main { span.busy {} (icon("restart")) (language.t("control-restart")) }
            }
        }
    };
    dialog(&visitor, &title, &content)
}

/// What is done with one session.
enum Act {
    Restart,
    Rename(String),
    /// By so many seconds, or as far as is allowed.
    Extend(Option<u64>),
}

impl Act {
    async fn on(&self, visitor: &Visitor, row: &SessionRow) -> Result<(), rollcall_client::Error> {
        let owner = Some(row.access_key.as_str()).filter(|owner| *owner != visitor.access_key);
        let (sessions, id) = (visitor.client.sessions(), SessionId(row.id));
        match self {
            Self::Restart => sessions.restart(id, owner).await,
            Self::Rename(name) => sessions.rename(id, name, owner).await,
            Self::Extend(seconds) => {
                let most = row.remaining.as_ref().and_then(|left| u64::try_from(left.extendable_seconds).ok());
                let most = most.unwrap_or_default().max(1);
                sessions.extend(id, seconds.unwrap_or(most).min(most), owner).await.map(|_| ())
            }
        }
    }

    fn done(&self, visitor: &Visitor) -> String {
        let language = visitor.taste.language;
        match self {
            Self::Restart => language.t("restart-done"),
            Self::Rename(_) => language.t("rename-done"),
            Self::Extend(_) => language.t("extend-done"),
        }
    }
}

/// POST `/sessions/{id}/restart`.
pub(super) async fn restart(visitor: Visitor, Path(id): Path<Uuid>) -> Response<Body> {
    act(&visitor, id, &Act::Restart).await
}

/// POST `/sessions/{id}/rename`.
pub(super) async fn rename(visitor: Visitor, Path(id): Path<Uuid>, body: Bytes) -> Response<Body> {
    let name = Pairs::parse(&body).text("name").unwrap_or_default().to_owned();
    act(&visitor, id, &Act::Rename(name)).await
}

/// POST `/sessions/{id}/extend`: by what is allowed at most, or by `seconds`.
pub(super) async fn extend(visitor: Visitor, Path(id): Path<Uuid>, body: Bytes) -> Response<Body> {
    let seconds = Pairs::parse(&body).text("seconds").and_then(|seconds| seconds.parse().ok());
    act(&visitor, id, &Act::Extend(seconds)).await
}

/// Does something with one session, and shows it anew: in the drawer where the drawer asks, in the dialog otherwise.
async fn act(visitor: &Visitor, id: Uuid, act: &Act) -> Response<Body> {
    let row = match visitor.client.v1().session(SessionId(id)).await {
        Ok(detail) => detail.session,
        Err(error) => return refusal::page(visitor, &error),
    };
    let language = visitor.taste.language;
    let done = act.on(visitor, &row).await;
    let said = match &done {
        Ok(()) => note(Tone::Good, &act.done(visitor)),
        Err(error) => note(Tone::Bad, &refusal::sentence(error)),
    };
    if matches!(act, Act::Restart) {
        let title = row.name.clone();
        let content = html! {
            div.inside data-done=[done.is_ok().then_some("")] {
                (head(visitor, &title)) (said)
                div.dialog-foot { a.button.main href="/sessions" data-close="" autofocus { (language.t("close")) } }
            }
        };
        return dialog(visitor, &title, &content);
    }
    match visitor.client.v1().session(SessionId(id)).await {
        Ok(detail) if visitor.part => look::answer(detail::drawer_with(visitor, &detail, Some(&said)), look::POLICY),
        Ok(_) => crate::site::taste::to(&format!("/sessions/{id}")),
        Err(error) => refusal::page(visitor, &error),
    }
}
