//! What is done with sessions from the list: ending, restarting, renaming, extending. What is told of it is what
//! the server has confirmed.

use axum::body::{Body, Bytes};
use axum::extract::{Path, RawQuery};
use std::collections::{HashMap, HashSet};

use futures_util::StreamExt as _;
use http::Response;
use maud::{Markup, html};
use rollcall_client::v1::{ListQuery, SessionRow};
use rollcall_model::ids::SessionId;
use uuid::Uuid;

use super::{detail, standing};
use crate::look::{self, Tone, chip, icon, note};
use crate::site::asked::Pairs;
use crate::site::visitor::Visitor;
use crate::site::{frame, refusal};

/// Sessions of one go at most.
const MOST: usize = 1000;
/// Of one list: as many as a filter may name.
const PER_LIST: usize = 100;
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

/// Where a session is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Place {
    /// Beside the list.
    Drawer,
    /// On a page of its own.
    Page,
    /// In front of the list.
    Dialog,
}

impl Place {
    /// What a form says of the place where it stands.
    fn of(asked: &Pairs) -> Self {
        if asked.text("place") == Some(Self::Page.name()) { Self::Page } else { Self::Drawer }
    }

    /// As forms say it.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Drawer => "drawer",
            Self::Page => "session",
            Self::Dialog => "dialog",
        }
    }
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

/// Those of `ids` that somebody sees, in their order.
async fn rows(visitor: &Visitor, ids: &[Uuid]) -> Result<Vec<SessionRow>, rollcall_client::Error> {
    let asked: Vec<ListQuery> = ids
        .chunks(PER_LIST)
        .map(|ids| {
            let ids: Vec<String> = ids.iter().map(|id| format!("\"{id}\"")).collect();
            let limit = u32::try_from(PER_LIST).unwrap_or(u32::MAX);
            ListQuery { filter: Some(format!("id in [{}]", ids.join(", "))), limit, ..ListQuery::default() }
        })
        .collect();
    let pages = futures_util::stream::iter(asked).map(|asked| {
        let client = visitor.client.clone();
        async move { client.v1().page::<SessionRow>(&asked).await }
    });
    let pages: Vec<_> = pages.buffered(AT_ONCE).collect().await;
    let mut found: HashMap<Uuid, SessionRow> = HashMap::new();
    for page in pages {
        found.extend(page?.rows.into_iter().map(|row| (row.id, row)));
    }
    Ok(ids.iter().filter_map(|id| found.remove(id)).collect())
}

/// The sessions that a form or an address names, each once.
fn ids(asked: &Pairs) -> Vec<Uuid> {
    let mut known = HashSet::new();
    asked.all("id").filter_map(|id| id.parse().ok()).filter(|id| known.insert(*id)).take(MOST).collect()
}

/// Whether one may do this with a session.
pub(super) fn can(row: &SessionRow, control: &str) -> bool {
    row.can.iter().any(|known| known == control)
}

/// GET `/terminate?id=…`: what would be ended, and whose it is.
pub(super) async fn terminate_preview(visitor: Visitor, RawQuery(query): RawQuery) -> Response<Body> {
    let asked = Pairs::parse(query.unwrap_or_default().as_bytes());
    let ids = ids(&asked);
    let rows = match rows(&visitor, &ids).await {
        Ok(rows) => rows,
        Err(error) => return refusal::page(&visitor, &error),
    };
    let language = visitor.taste.language;
    let ending: Vec<&SessionRow> =
        rows.iter().filter(|row| can(row, "terminate") || can(row, "force-terminate")).collect();
    let left = ids.len() - ending.len();
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
    let ids = ids(&asked);
    let rows = match rows(&visitor, &ids).await {
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
    let gone: Vec<&Uuid> = ids.iter().filter(|id| !rows.iter().any(|row| row.id == **id)).collect();
    let failed = done.iter().filter(|done| done.is_err()).count() + gone.len();
    let title = if failed == 0 {
        language.with("terminated-title", [("count", rows.len())])
    } else {
        language.with("terminated-some-title", [("count", failed)])
    };
    let content = html! {
        div.inside {
            (head(visitor, &title))
            ul.plain.victims role="status" {
                @for (row, done) in rows.iter().zip(&done) {
                    li data-done=[done.is_ok().then_some(row.id)] {
                        span.iso.cut { b { (row.name) } }
                        span.end {
                            @match done {
                                Ok(_) => (chip(Tone::Good, "done", &language.t("terminated-one"))),
                                Err(error) => (chip(Tone::Bad, "warn", &refusal::sentence(error))),
                            }
                        }
                    }
                }
                @for id in gone { li data-done=(id) { span.mono.cut { (id) } span.end { (chip(Tone::Calm, "search", &language.t("nothing-here"))) } } }
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
        let owner = visitor.other_owner(row);
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
    act(&visitor, id, &Act::Restart, Place::Dialog).await
}

/// POST `/sessions/{id}/rename`.
pub(super) async fn rename(visitor: Visitor, Path(id): Path<Uuid>, body: Bytes) -> Response<Body> {
    let asked = Pairs::parse(&body);
    let name = asked.text("name").unwrap_or_default().to_owned();
    act(&visitor, id, &Act::Rename(name), Place::of(&asked)).await
}

/// POST `/sessions/{id}/extend`: by what is allowed at most, or by `seconds`.
pub(super) async fn extend(visitor: Visitor, Path(id): Path<Uuid>, body: Bytes) -> Response<Body> {
    let asked = Pairs::parse(&body);
    let seconds = asked.text("seconds").and_then(|seconds| seconds.parse().ok());
    act(&visitor, id, &Act::Extend(seconds), Place::of(&asked)).await
}

/// Does something with one session, and shows it anew where it was asked.
async fn act(visitor: &Visitor, id: Uuid, act: &Act, place: Place) -> Response<Body> {
    let row = match visitor.client.v1().session(SessionId(id)).await {
        Ok(detail) => detail.session,
        Err(error) => return refusal::page(visitor, &error),
    };
    let done = act.on(visitor, &row).await;
    let own_page = format!("/sessions/{id}");
    if !visitor.part {
        return match &done {
            Ok(()) => crate::site::taste::to(&own_page),
            Err(error) => refusal::told(visitor, "/sessions", &row.name, &refusal::sentence(error), &own_page),
        };
    }
    let said = match &done {
        Ok(()) => note(Tone::Good, &act.done(visitor)),
        Err(error) => note(Tone::Bad, &refusal::sentence(error)),
    };
    if matches!(place, Place::Dialog) {
        let content = html! {
            div.inside data-done=[done.is_ok().then_some(id)] {
                (head(visitor, &row.name)) (said)
                div.dialog-foot { a.button.main href="/sessions" data-close="" autofocus { (visitor.taste.language.t("close")) } }
            }
        };
        return dialog(visitor, &row.name, &content);
    }
    match visitor.client.v1().session(SessionId(id)).await {
        Ok(detail) => look::answer(detail::inside(visitor, &detail, Some(&said), place), look::POLICY),
        Err(error) => refusal::page(visitor, &error),
    }
}
