//! `/projects`: those of the domain, or of all; who is in them.

use axum::body::{Body, Bytes};
use http::Response;
use maud::{Markup, html};
use rollcall_client::Error;
use rollcall_client::admin::{GroupChange, Members, UserFilter};
use rollcall_model::ids::{GroupId, UserId};
use rollcall_model::role::Role;

use super::{amounts, button, done, hidden, shown, slots};
use crate::look::{Tone, chip, field, icon};
use crate::site::asked::Pairs;
use crate::site::refusal;
use crate::site::visitor::Visitor;

const PATH: &str = "/projects";

/// GET `/projects`.
pub(in crate::site) async fn page(visitor: Visitor) -> Response<Body> {
    show(&visitor, None).await
}

async fn show(visitor: &Visitor, said: Option<&Markup>) -> Response<Body> {
    if let Some(hidden) = hidden(visitor, PATH) {
        return hidden;
    }
    let admin = visitor.client.admin();
    let superadmin = visitor.role == Role::Superadmin;
    let domains = async { if superadmin { admin.domains(Some(true)).await.unwrap_or_default() } else { Vec::new() } };
    let all = UserFilter { domain: None, group: None, status: Some("active") };
    let (groups, users, domains) = tokio::join!(admin.groups(None, None), admin.users(&all), domains);
    let (groups, users) = match (groups, users) {
        (Ok(groups), Ok(users)) => (groups, users),
        (Err(error), _) | (_, Err(error)) => return refusal::page(visitor, &error),
    };
    let language = visitor.taste.language;
    let content = html! {
        details.panel.new {
            summary.button.main { (icon("plus")) (language.t("project-new")) }
            form method="post" action=(PATH) {
                div.columns {
                    (field("name", &language.t("name"), &html! { input #name name="name" required maxlength="64"; }, None, None))
                    (field("description", &language.t("description"), &html! { input #description name="description" maxlength="200"; }, None, None))
                    @if superadmin { (field("domain", &language.t("domain"), &html! { select #domain name="domain" { @for domain in &domains { option { (domain.name) } } } }, None, None)) }
                    (field("slots", &language.t("limits"), &html! { input #slots name="slots" placeholder="cpu=16 mem=64g"; }, Some(&language.t("limits-hint")), None))
                }
                button.button.main name="act" value="create" { (language.t("add")) }
            }
        }
        div.list.scroll tabindex="0" { table.sheet-table {
            thead { tr { th { (language.t("name")) } th { (language.t("domain")) } th { (language.t("limits")) } th { (language.t("members")) } th { (language.t("state")) } th {} } }
            tbody {
                @for group in &groups {
                    @let id = group.id.to_string();
                    @let members: Vec<_> = users.iter().filter(|user| user.groups.iter().any(|known| known.id == group.id)).collect();
                    @let others: Vec<_> = users.iter().filter(|user| user.domain_name == group.domain_name && !members.iter().any(|member| member.id == user.id)).collect();
                    tr {
                        td { b.iso { (group.name) } @if let Some(text) = group.description.as_deref().filter(|text| !text.is_empty()) { div.quiet.small { (text) } } }
                        td { (group.domain_name.as_deref().unwrap_or_default()) }
                        td { (amounts(group.total_resource_slots.as_ref())) }
                        td {
                            details { summary { (language.with("members-count", [("count", members.len())])) }
                                @for member in &members { div.choice { span.iso { (member.email) } (button(PATH, "leave", &[("id", &id), ("user", &member.id.to_string())], &language.t("remove"), "")) } }
                                @if !others.is_empty() {
                                    form.slide method="post" action=(PATH) {
                                        input type="hidden" name="id" value=(id);
                                        select name="user" aria-label=(language.t("member-add")) { @for user in &others { option value=(user.id) { (user.email) } } }
                                        button.button name="act" value="join" { (language.t("add")) }
                                    }
                                }
                            }
                        }
                        td { @if group.is_active == Some(false) { (chip(Tone::Calm, "stop", &language.t("inactive"))) } @else { (chip(Tone::Good, "done", &language.t("active"))) } }
                        td { @if group.is_active == Some(false) { (button(PATH, "enable", &[("id", &id)], &language.t("enable"), "")) } @else { (button(PATH, "disable", &[("id", &id)], &language.t("disable"), "bad")) } }
                    }
                }
            }
        } }
    };
    shown(visitor, PATH, &language.t("nav-projects"), said, &content)
}

/// POST `/projects`.
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
    let id = asked.text("id").and_then(|id| id.parse().ok()).map(GroupId);
    let user = asked.text("user").and_then(|id| id.parse().ok()).map(UserId);
    match (asked.text("act"), id, user) {
        (Some("create"), ..) => {
            let own = match asked.text("domain") {
                Some(domain) => Some(domain.to_owned()),
                None => visitor.client.user(None).await?.map(|user| user.domain_name),
            };
            let new = GroupChange {
                description: asked.text("description"),
                domain_name: own.as_deref(),
                total_resource_slots: slots(asked)?,
                ..GroupChange::default()
            };
            admin.create_group(asked.text("name").unwrap_or_default(), &new).await.map(|_| ())
        }
        (Some(act @ ("enable" | "disable")), Some(id), _) => {
            admin.change_group(id, &GroupChange { is_active: Some(act == "enable"), ..GroupChange::default() }).await
        }
        (Some("join"), Some(id), Some(user)) => admin.change_members(id, Members::Add(&[user])).await,
        (Some("leave"), Some(id), Some(user)) => admin.change_members(id, Members::Remove(&[user])).await,
        _ => Ok(()),
    }
}
