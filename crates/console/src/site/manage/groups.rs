//! `/resource-groups`: which machines serve whom, and in which order.

use axum::body::{Body, Bytes};
use http::Response;
use maud::{Markup, html};
use rollcall_client::Error;
use rollcall_client::admin::{ResourceGroupChange, UsableBy};

use super::{button, done, hidden, shown};
use crate::look::{Tone, chip, field, icon};
use crate::site::asked::Pairs;
use crate::site::refusal;
use crate::site::visitor::Visitor;

const PATH: &str = "/resource-groups";
const SCHEDULERS: [&str; 3] = ["fifo", "lifo", "drf"];

/// GET `/resource-groups`.
pub(in crate::site) async fn page(visitor: Visitor) -> Response<Body> {
    show(&visitor, None).await
}

async fn show(visitor: &Visitor, said: Option<&Markup>) -> Response<Body> {
    if let Some(hidden) = hidden(visitor, PATH) {
        return hidden;
    }
    let admin = visitor.client.admin();
    let (groups, domains, agents) =
        tokio::join!(admin.resource_groups(None), admin.domains(None), visitor.client.agents());
    let (groups, domains) = match (groups, domains) {
        (Ok(groups), Ok(domains)) => (groups, domains),
        (Err(error), _) | (_, Err(error)) => return refusal::page(visitor, &error),
    };
    let agents = agents.unwrap_or_default();
    let language = visitor.taste.language;
    let scheduler = |chosen: &str| html! { select name="scheduler" aria-label=(language.t("scheduler")) { @for name in SCHEDULERS { option value=(name) selected[name == chosen] { (language.t(&format!("scheduler-{name}"))) } } } };
    let content = html! {
        details.panel.new {
            summary.button.main { (icon("plus")) (language.t("group-new")) }
            form method="post" action=(PATH) {
                div.columns {
                    (field("name", &language.t("name"), &html! { input #name name="name" required maxlength="64"; }, None, None))
                    (field("description", &language.t("description"), &html! { input #description name="description" maxlength="200"; }, None, None))
                    div.field { span.label { (language.t("scheduler")) } (scheduler("fifo")) }
                }
                button.button.main name="act" value="create" { (language.t("add")) }
            }
        }
        div.list.scroll tabindex="0" { table.sheet-table {
            thead { tr { th { (language.t("name")) } th { (language.t("scheduler")) } th { (language.t("nav-agents")) } th { (language.t("group-domains")) } th { (language.t("state")) } th {} } }
            tbody {
                @for group in &groups {
                    tr {
                        td { b.iso { (group.name) } @if let Some(text) = group.description.as_deref().filter(|text| !text.is_empty()) { div.quiet.small { (text) } } }
                        td { form.slide method="post" action=(PATH) { input type="hidden" name="name" value=(group.name); (scheduler(group.scheduler.as_deref().unwrap_or("fifo"))) button.button name="act" value="scheduler" { (language.t("save")) } } }
                        td.num { (agents.iter().filter(|agent| agent.scaling_group.as_deref() == Some(group.name.as_str())).count()) }
                        td {
                            @for domain in &domains {
                                @let allowed = domain.scaling_groups.contains(&group.name);
                                div.choice { span.iso { (domain.name) } (button(PATH, if allowed { "deny" } else { "allow" }, &[("name", &group.name), ("domain", &domain.name)], &language.t(if allowed { "group-deny" } else { "group-allow" }), "")) }
                            }
                        }
                        td { @if group.is_active == Some(false) { (chip(Tone::Calm, "stop", &language.t("inactive"))) } @else { (chip(Tone::Good, "done", &language.t("active"))) } }
                        td { @if group.is_active == Some(false) { (button(PATH, "enable", &[("name", &group.name)], &language.t("enable"), "")) } @else { (button(PATH, "disable", &[("name", &group.name)], &language.t("disable"), "bad")) } }
                    }
                }
            }
        } }
    };
    shown(visitor, PATH, &language.t("nav-resource-groups"), said, &content)
}

/// POST `/resource-groups`.
pub(in crate::site) async fn change(visitor: Visitor, body: Bytes) -> Response<Body> {
    if let Some(hidden) = hidden(&visitor, PATH) {
        return hidden;
    }
    let asked = Pairs::parse(&body);
    let came = apply(&visitor, &asked).await;
    match done(&visitor, PATH, came) {
        Ok(answer) => answer,
        Err(said) => show(&visitor, Some(&said)).await,
    }
}

async fn apply(visitor: &Visitor, asked: &Pairs) -> Result<(), Error> {
    let admin = visitor.client.admin();
    let name = asked.text("name").unwrap_or_default();
    let plain = ResourceGroupChange::default();
    match (asked.text("act"), asked.text("domain")) {
        (Some("create"), _) => {
            let new = ResourceGroupChange {
                description: asked.text("description"),
                is_active: Some(true),
                scheduler: asked.text("scheduler"),
                ..plain
            };
            admin.create_resource_group(name, &new).await
        }
        (Some("scheduler"), _) => {
            admin
                .change_resource_group(name, &ResourceGroupChange { scheduler: asked.text("scheduler"), ..plain })
                .await
        }
        (Some(act @ ("enable" | "disable")), _) => {
            admin.change_resource_group(name, &ResourceGroupChange { is_active: Some(act == "enable"), ..plain }).await
        }
        (Some("allow"), Some(domain)) => admin.allow_resource_group(name, UsableBy::Domain(domain)).await,
        (Some("deny"), Some(domain)) => admin.deny_resource_group(name, UsableBy::Domain(domain)).await,
        _ => Ok(()),
    }
}
