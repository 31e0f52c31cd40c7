//! `/resource-groups`: which machines serve whom, and in which order.

use axum::body::Body;
use http::Response;
use maud::{Markup, html};
use rollcall_client::Error;
use rollcall_client::admin::{ResourceGroupChange, UsableBy};

use super::confirm::question;
use super::{Managed, ask, button, shown};
use crate::look::{Tone, chip, field, icon};
use crate::site::asked::Pairs;
use crate::site::refusal;
use crate::site::visitor::Visitor;

const PATH: &str = Groups::PATH;
const SCHEDULERS: [&str; 3] = ["fifo", "lifo", "drf"];

/// The page.
pub(super) struct Groups;

impl Managed for Groups {
    const PATH: &'static str = "/resource-groups";

    async fn show(visitor: &Visitor, said: Option<&Markup>) -> Response<Body> {
        show(visitor, said).await
    }

    async fn question(visitor: &Visitor, act: &str, asked: &Pairs) -> Result<Option<Response<Body>>, Error> {
        let (name, domain) = (asked.text("name").unwrap_or_default(), asked.text("domain"));
        let admin = visitor.client.admin();
        let (groups, domains) = tokio::try_join!(admin.resource_groups(None), admin.domains(None))?;
        let Some(group) = groups.iter().find(|group| group.name == name) else { return Ok(None) };
        let domain = domains.iter().find(|known| Some(known.name.as_str()) == domain);
        let language = visitor.taste.language;
        let question =
            |names: &[(&str, &str)], title, warning, word| question(visitor, PATH, act, names, title, warning, word);
        Ok(match (act, domain) {
            ("disable", _) => {
                let title = language.with("group-disable-title", [("name", group.name.as_str())]);
                Some(question(&[("name", &group.name)], title, "group-disable-warning", "disable"))
            }
            ("deny", Some(domain)) => {
                let names = [("name", group.name.as_str()), ("domain", domain.name.as_str())];
                Some(question(&names, language.with("group-deny-title", names), "group-deny-warning", "group-deny"))
            }
            _ => None,
        })
    }

    async fn apply(visitor: &Visitor, asked: &Pairs) -> Result<(), Error> {
        apply(visitor, asked).await
    }
}

async fn show(visitor: &Visitor, said: Option<&Markup>) -> Response<Body> {
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
                                div.choice { span.iso { (domain.name) } @let names = [("name", group.name.as_str()), ("domain", domain.name.as_str())]; @if allowed { (ask(PATH, "deny", &names, &language.t("group-deny"))) } @else { (button(PATH, "allow", &names, &language.t("group-allow"), "")) } }
                            }
                        }
                        td { @if group.is_active == Some(false) { (chip(Tone::Calm, "stop", &language.t("inactive"))) } @else { (chip(Tone::Good, "done", &language.t("active"))) } }
                        td { @if group.is_active == Some(false) { (button(PATH, "enable", &[("name", &group.name)], &language.t("enable"), "")) } @else { (ask(PATH, "disable", &[("name", &group.name)], &language.t("disable"))) } }
                    }
                }
            }
        } }
    };
    shown(visitor, PATH, &language.t("nav-resource-groups"), said, &content)
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
