//! GET `/summary`: how everything stands, in one look.

use std::collections::BTreeMap;

use axum::Router;
use axum::body::Body;
use axum::routing::get;
use http::Response;
use maud::{Markup, html};
use rollcall_client::v1::{ListQuery, Page, SessionRow};
use rollcall_client::{Client, Error};
use rollcall_model::list::tab::Tab;
use rollcall_model::role::Role;
use rollcall_model::status::Status;
use url::form_urlencoded;

use super::sessions::{Quotas, failures, meters, sentence, slot_name, standing_of, status_word, told};
use super::visitor::Visitor;
use super::{Site, frame, refusal};
use crate::look::{self, bar, chip, empty, moment};
use crate::words::Language;

/// Problems that are shown.
const NEWEST: u32 = 8;

pub(super) fn routes() -> Router<Site> {
    Router::new().route("/summary", get(page))
}

async fn page(visitor: Visitor) -> Response<Body> {
    let v1 = visitor.client.v1();
    let problems = ListQuery {
        filter: Some(failures()),
        order: Some("-created_at".to_owned()),
        limit: NEWEST,
        ..ListQuery::default()
    };
    let (counts, problems, quotas) =
        tokio::join!(counts(&visitor.client), v1.page::<SessionRow>(&problems), Quotas::ask(&visitor.client));
    match (counts, problems) {
        (Ok(counts), Ok(problems)) => {
            let title = visitor.taste.language.t("nav-summary");
            let content = content(&visitor, &counts, &problems, quotas);
            look::answer(frame::framed(&visitor, "/summary", &title, &[], &content), look::POLICY)
        }
        (Err(error), _) | (_, Err(error)) => refusal::page(&visitor, &error),
    }
}

/// How many sessions there are in each status, of those that there are any in. A tab is the sum of its statuses.
type Counts = BTreeMap<Status, i64>;

async fn counts(client: &Client) -> Result<Counts, Error> {
    let v1 = client.v1();
    let count = async |status: Status| {
        let query = ListQuery { limit: 1, fields: vec!["id"], statuses: vec![status], ..ListQuery::default() };
        let page = v1.page::<serde_json::Value>(&query).await?;
        Ok((status, page.total_count.unwrap_or_default()))
    };
    let shown = Status::ALL.into_iter().filter(|status| !Tab::of(*status).is_empty());
    let counts = futures_util::future::try_join_all(shown.map(count)).await?;
    Ok(counts.into_iter().filter(|(_, count)| *count > 0).collect())
}

/// A tab of the list with its statuses; each leads to its sessions.
fn tab(language: Language, tab: Tab, counts: &Counts) -> Markup {
    let name = tab.as_str();
    let of_tab: Vec<(Status, i64)> = counts
        .iter()
        .map(|(status, count)| (*status, *count))
        .filter(|(status, _)| Tab::of(*status).contains(&tab))
        .collect();
    html! {
        div.panel.figure data-tab=(name) {
            a href={ "/sessions?tab=" (name) } { (language.t(&format!("tab-{name}"))) }
            b { (of_tab.iter().map(|(_, count)| count).sum::<i64>()) }
            span.small.quiet { (language.t(&format!("tab-{name}-hint"))) }
            @if !of_tab.is_empty() {
                ul.plain.acts {
                    @for (status, count) in of_tab {
                        @let (tone, icon_name) = standing_of(status.as_str());
                        @let search = form_urlencoded::Serializer::new(String::new()).append_pair("tab", name).append_pair("q", &format!("status == \"{status}\"")).finish();
                        li { a data-status=(status) href={ "/sessions?" (search) } { (chip(tone, icon_name, &format!("{} {count}", status_word(language, status.as_str())))) } }
                    }
                }
            }
        }
    }
}

fn content(visitor: &Visitor, counts: &Counts, problems: &Page<SessionRow>, quotas: Result<Quotas, Error>) -> Markup {
    let language = visitor.taste.language;
    let whose = match visitor.role {
        Role::Superadmin => "summary-all",
        Role::Admin => "summary-domain",
        Role::User | Role::Monitor => "summary-own",
    };
    html! {
        div.top { h1 { (language.t("nav-summary")) } span.quiet { (language.t(whose)) } }
        div.stack {
            div.grid {
                @for one in Tab::ALL { (tab(language, one, counts)) }
            }
            div.grid.two {
                section.panel {
                    h2 { (language.t("quotas")) }
                    div.quotas { (meters(visitor.taste, quotas.as_ref().ok())) }
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
            section.panel #problems {
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
