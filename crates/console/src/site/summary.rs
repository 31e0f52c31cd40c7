//! GET `/summary`: how everything stands, in one look.

use axum::Router;
use axum::body::Body;
use axum::routing::get;
use http::Response;
use maud::{Markup, html};
use rollcall_client::Error;
use rollcall_client::v1::{ListQuery, Page, SessionRow};
use rollcall_model::list::tab::Tab;
use rollcall_model::role::Role;

use super::sessions::{Quotas, meters, sentence, slot_name, standing_of, status_word, told};
use super::visitor::Visitor;
use super::{Site, frame, refusal};
use crate::look::{self, bar, chip, empty, moment};

/// Problems that are shown.
const NEWEST: u32 = 8;

pub(super) fn routes() -> Router<Site> {
    Router::new().route("/summary", get(page))
}

async fn page(visitor: Visitor) -> Response<Body> {
    let v1 = visitor.client.v1();
    let problems = ListQuery {
        filter: Some("status == \"ERROR\" | result == \"FAILURE\" | status_info == \"failed-to-start\" | status_info like \"%error%\"".to_owned()),
        order: Some("-created_at".to_owned()),
        limit: NEWEST,
        ..ListQuery::default()
    };
    let all = ListQuery { limit: 1, fields: vec!["id"], tab: Some(Tab::Running), ..ListQuery::default() };
    let (all, problems, quotas) = tokio::join!(
        v1.page::<serde_json::Value>(&all),
        v1.page::<SessionRow>(&problems),
        Quotas::ask(&visitor.client)
    );
    match (all, problems) {
        (Ok(all), Ok(problems)) => {
            let title = visitor.taste.language.t("nav-summary");
            let content = content(&visitor, &all, &problems, quotas);
            look::answer(frame::framed(&visitor, "/summary", &title, &[], &content), look::POLICY)
        }
        (Err(error), _) | (_, Err(error)) => refusal::page(&visitor, &error),
    }
}

fn content(
    visitor: &Visitor,
    all: &Page<serde_json::Value>,
    problems: &Page<SessionRow>,
    quotas: Result<Quotas, Error>,
) -> Markup {
    let language = visitor.taste.language;
    let tabs = all.tabs.unwrap_or_default();
    let states = [(Tab::Running, tabs.running), (Tab::Finished, tabs.finished), (Tab::Others, tabs.others)];
    let whose = match visitor.role {
        Role::Superadmin => "summary-all",
        Role::Admin => "summary-domain",
        Role::User | Role::Monitor => "summary-own",
    };
    html! {
        div.top { h1 { (language.t("nav-summary")) } span.quiet { (language.t(whose)) } }
        div.stack {
            div.grid {
                @for (tab, count) in states {
                    a.panel.figure href={ "/sessions?tab=" (tab.as_str()) } {
                        span.quiet { (language.t(&format!("tab-{}", tab.as_str()))) }
                        b { (count) }
                        span.small.quiet { (language.t(&format!("tab-{}-hint", tab.as_str()))) }
                    }
                }
            }
            div.grid.two {
                section.panel {
                    h2 { (language.t("quotas")) }
                    div.quotas { (meters(language, quotas.as_ref().ok())) }
                }
                section.panel {
                    h2 { (language.t("summary-groups")) }
                    @match &quotas {
                        Ok(quotas) => @for (group, left) in &quotas.groups {
                            div.quota.long {
                                div.line { b.iso { (group) } span.quiet { (language.t("summary-left")) } }
                                @for (slot, number) in left.iter().filter(|(slot, number)| **number > 0.0 || matches!(slot.as_str(), "cpu" | "mem")) {
                                    div.line { span { (slot_name(language, slot)) } span { (told(slot, *number)) } }
                                }
                            }
                        },
                        Err(error) => p.quiet { (refusal::sentence(error)) },
                    }
                }
            }
            section.panel {
                h2 { (language.t("summary-problems")) }
                @if problems.rows.is_empty() { (empty("done", &language.t("empty-others"), "", None)) }
                @else { div.scroll tabindex="0" { table.sheet-table { tbody {
                    @for row in &problems.rows {
                        @let (tone, icon_name) = standing_of(&row.status);
                        tr {
                            td { a.name href={ "/sessions/" (row.id) } dir="auto" { (row.name) } }
                            @if visitor.role.is_administrative() { td.iso { (row.user_email) } }
                            td { (chip(tone, icon_name, &status_word(language, &row.status))) }
                            td.quiet { (sentence(language, row).unwrap_or_default()) }
                            td.nowrap.quiet { (moment(&row.created_at, "both", visitor.taste.offset)) }
                        }
                    }
                } } } }
            }
        }
    }
}

/// Room in use of an amount that has an end.
pub(super) fn used_of(used: f64, of: f64, text: &str) -> Markup {
    html! { div.quota { div.line { span { (text) } } (bar(used, of)) } }
}
