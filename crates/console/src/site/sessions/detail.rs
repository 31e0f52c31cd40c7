//! One session: the drawer beside the list, and a page of its own that can be sent to somebody.

use axum::body::Body;
use axum::extract::{Path, RawQuery};
use http::Response;
use maud::{Markup, html};
use rollcall_client::v1::{Detail, HistoryLine, KernelRow, SessionRow};
use rollcall_model::ids::SessionId;
use rollcall_model::list::columns::LoginMode;
use rollcall_model::list::tab::Tab;
use rollcall_model::status::Status;
use uuid::Uuid;

use super::acts::{Place, can};
use super::ask::Ask;
use super::row::{self, Drawing, amount, gib, sizes};
use super::standing;
use crate::look::{self, Tone, chip, icon, length, moment, note, since, times};
use crate::site::asked::Pairs;
use crate::site::data::data;
use crate::site::visitor::Visitor;
use crate::site::{frame, refusal};

/// GET `/sessions/{id}`.
pub(super) async fn page(visitor: Visitor, Path(id): Path<Uuid>, RawQuery(query): RawQuery) -> Response<Body> {
    let detail = match visitor.client.v1().session(SessionId(id)).await {
        Ok(detail) => detail,
        Err(error) => return refusal::page(&visitor, &error),
    };
    let own = query.as_deref().is_some_and(|query| Pairs::parse(query.as_bytes()).text("place").is_some());
    if visitor.part {
        let place = if own { Place::Page } else { Place::Drawer };
        return look::answer(inside(&visitor, &detail, None, place), look::POLICY);
    }
    let content = html! {
        div.top { a.button href="/sessions" { (icon("left")) (visitor.taste.language.t("nav-sessions")) } }
        div.panel #session.narrow { (inside(&visitor, &detail, None, Place::Page)) }
    };
    let scripts = &["worker.js", "stream.js", "detail.js"];
    look::answer(frame::framed(&visitor, "/sessions", &detail.session.name, scripts, &content), look::POLICY)
}

/// A session as it stands, perhaps with what has just come of something.
pub(super) fn inside(visitor: &Visitor, detail: &Detail, said: Option<&Markup>, place: Place) -> Markup {
    let language = visitor.taste.language;
    let row = &detail.session;
    let (tone, icon_name) = standing::of(&row.status);
    let target = format!("#{}", place.name());
    let in_drawer = place == Place::Drawer;
    let anew = if in_drawer {
        format!("/sessions/{}", row.id)
    } else {
        format!("/sessions/{}?place={}", row.id, place.name())
    };
    let drawing = Drawing { columns: Vec::new(), taste: visitor.taste, mode: visitor.mode };
    html! {
        div #session-detail data-session=(row.id) data-refresh=(anew) data-follow=[(!in_drawer).then(|| alone(row))] {
            div.drawer-head {
                div {
                    h2 tabindex="-1" dir="auto" { (row.name) }
                    div { (chip(tone, icon_name, &standing::word(language, &row.status))) @if let Some(at) = &row.status_since { " " span.small.quiet { (since(at)) } } }
                }
                @if in_drawer { button.button.plain.icon-only.close type="button" data-close-drawer="" aria-label=(language.t("close")) { (icon("close")) } }
            }
            @if let Some(said) = said { (said) }
            @if let Some(sentence) = standing::sentence(language, row) {
                (note(if row.status_info.as_deref().is_some_and(standing::is_failure) || row.result == "FAILURE" { Tone::Bad } else if row.status == "PENDING" { Tone::Wait } else { Tone::Calm }, &sentence))
            }
            @if let Some(waiting) = &row.waiting { p.quiet { (waiting.unblock) @if waiting.ahead > 0 { " " (language.with("waiting-ahead", [("count", waiting.ahead)])) } } }
            div.acts {
                (drawing.controls(row))
                button.button type="button" data-copy={ "/sessions/" (row.id) } { (icon("copy")) (language.t("copy-link")) }
            }
            (remaining(visitor, row, place))
            dl.facts {
                dt { (language.t("column-owner")) } dd.iso { (if visitor.mode == LoginMode::Api { &row.access_key } else { &row.user_email }) }
                dt { (language.t("project")) } dd.iso { (row.group_name) " · " (row.domain_name) }
                dt { (language.t("image")) } dd.mono { (row.image) }
                dt { (language.t("column-configuration")) } dd { (sizes(row)) }
                dt { (language.t("resource-group")) } dd { (row.scaling_group.as_deref().unwrap_or("–")) }
                @if let Some(agent) = &row.agent { dt { (language.t("column-agent")) } dd { (agent) } }
                dt { (language.t("created")) } dd { (moment(&row.created_at, "both", visitor.taste.offset)) }
                @if let Some(at) = &row.starts_at { dt { (language.t("starts-at")) } dd { (moment(at, "both", visitor.taste.offset)) } }
                @if let Some(at) = &row.terminated_at { dt { (language.t("ended")) } dd { (moment(at, "both", visitor.taste.offset)) " · " (length(times::between(&row.created_at, at).unwrap_or_default())) } }
                @if let Some(command) = &row.startup_command { dt { (language.t("batch-command")) } dd.mono { (command) } }
                @if row.session_type == "BATCH" && row.result != "UNDEFINED" { dt { (language.t("result")) } dd { (row.result) } }
                @if !row.mounts.is_empty() { dt { (language.t("mounts")) } dd { (row.mounts.join(", ")) } }
                dt { (language.t("id")) } dd.mono { (row.id) }
            }
            @if can(row, "rename") {
                details {
                    summary { (language.t("rename")) }
                    form.row method="post" action={ "/sessions/" (row.id) "/rename" } hx-post={ "/sessions/" (row.id) "/rename" } hx-target=(target) {
                        input type="hidden" name="place" value=(place.name());
                        label.sr for="new-name" { (language.t("name")) }
                        div.slide { input #new-name name="name" value=(row.name) required maxlength="64"; button.button { (language.t("save")) } }
                    }
                }
            }
            h3 { (language.t("usage")) }
            div hx-morph-skip-children="" data-charts={ "/sessions/" (row.id) "/usage" } data-cpu=(language.t("chart-cpu")) data-mem=(language.t("chart-mem")) data-none=(language.t("chart-none"))
                data-script=[crate::assets::address("uplot.js")] data-style=[crate::assets::address("uplot.css")] {}
            @if let Some(usage) = &row.usage {
                p.chart-words {
                    (language.with("usage-words", [("cpu", amount(usage.cpu)), ("mem", gib(usage.mem)), ("most", gib(usage.mem_max)), ("time", length(whole_seconds(usage.cpu_seconds))), ("read", row::size(usage.io_read)), ("written", row::size(usage.io_write))]))
                }
            }
            h3 { (language.t("history")) }
            (timeline(visitor, &detail.history))
            h3 { (language.with("containers-count", [("count", row.containers.len())])) }
            @for container in &row.containers { (kernel(visitor, container)) }
            @if let Some(environ) = detail.environ.as_ref().filter(|environ| !environ.is_empty()) {
                h3 { (language.t("environment")) }
                dl.facts { @for (name, value) in environ { dt.mono { (name) } dd.mono { (value) } } }
            }
        }
    }
}

#[allow(clippy::cast_possible_truncation, reason = "seconds of processor time")]
fn whole_seconds(seconds: f64) -> i64 {
    seconds as i64
}

/// The list that holds this session alone, for who wants to hear of it.
fn alone(row: &SessionRow) -> String {
    let status = row.status.parse::<Status>().unwrap_or(Status::Terminated);
    let tab = Tab::of(status).first().copied().unwrap_or(Tab::Others);
    Ask { tab, search: format!("id == \"{}\"", row.id), ..Ask::default() }.query()
}

/// Until a limit ends it, and a way to push that out.
fn remaining(visitor: &Visitor, row: &SessionRow, place: Place) -> Markup {
    let Some(left) = &row.remaining else { return html! {} };
    let language = visitor.taste.language;
    let path = format!("/sessions/{}/extend", row.id);
    let may = left.extendable_seconds > 0 && can(row, "extend");
    html! {
        form.note.wait method="post" action=(path) hx-post=(path) hx-target={ "#" (place.name()) } {
            input type="hidden" name="place" value=(place.name());
            (icon("clock"))
            span {
                (language.t(if left.reason == "session-lifetime" { "ends-lifetime" } else { "ends-idle" })) " "
                time datetime=(left.ends_at) data-until="" { (length(left.seconds)) }
            }
            @if may { button.button { (language.with("extend-by", [("time", length(left.extendable_seconds))])) } }
        }
    }
}

fn timeline(visitor: &Visitor, history: &[HistoryLine]) -> Markup {
    let language = visitor.taste.language;
    html! {
        ol.timeline {
            @for (place, line) in history.iter().enumerate() {
                @let (tone, _) = standing::of(&line.to);
                @let before = place.checked_sub(1).and_then(|place| history.get(place));
                li class=(tone.class()) {
                    b { (standing::word(language, &line.to)) }
                    @let day = |at: &str| times::local(at, "date", visitor.taste.offset);
                    @if before.is_none_or(|before| day(&before.at) != day(&line.at)) { " " span.quiet { (moment(&line.at, "date", visitor.taste.offset)) } }
                    " " span.quiet { (moment(&line.at, "time", visitor.taste.offset)) }
                    @if let Some(passed) = before.and_then(|before| times::between(&before.at, &line.at)) { @if passed > 0 { " " span.quiet.small { "+" (length(passed)) } } }
                    @if let Some(reason) = line.reason.as_deref().filter(|reason| !reason.is_empty()) { div.quiet.small { (standing::reason(language, reason)) } }
                }
            }
        }
    }
}

fn kernel(visitor: &Visitor, container: &KernelRow) -> Markup {
    let language = visitor.taste.language;
    let (tone, icon_name) = standing::of(&container.status);
    html! {
        div.panel {
            p { b { (container.hostname) } " " (chip(tone, icon_name, &standing::word(language, &container.status))) " " span.quiet.small { (container.role) } }
            dl.facts {
                dt { (language.t("column-configuration")) } dd { (amount(container.slots.cpu)) " CPU · " (gib(whole_seconds(container.slots.mem))) " GiB" }
                @if let Some(usage) = &container.usage { dt { (language.t("usage")) } dd { (amount(usage.cpu)) " CPU · " (gib(usage.mem)) " GiB" } }
                @if let Some(agent) = &container.agent { dt { (language.t("column-agent")) } dd { (agent) } }
                @if let Some(id) = &container.container_id { dt { (language.t("container")) } dd.mono { (id) } }
                @if let Some(code) = container.exit_code { dt { (language.t("exit-code")) } dd { (code) } }
            }
        }
    }
}

/// GET `/sessions/{id}/usage`: the curves as numbers.
pub(super) async fn usage(visitor: Visitor, Path(id): Path<Uuid>) -> Response<Body> {
    let usage = match visitor.client.v1().usage(SessionId(id)).await {
        Ok(usage) => usage,
        Err(error) => return refusal::page(&visitor, &error),
    };
    data(Body::from(serde_json::to_string(&usage).unwrap_or_default()), "application/json")
}
