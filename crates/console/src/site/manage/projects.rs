//! `/projects`: those of the domain, or of all; who is in them.

use axum::body::Body;
use http::Response;
use maud::{Markup, html};
use rollcall_client::Error;
use rollcall_client::admin::{GroupChange, Members, UserFilter};
use rollcall_model::ids::{GroupId, UserId};
use rollcall_model::role::Role;

use super::confirm::question;
use super::{Managed, amounts, ask, button, shown, slots};
use crate::look::{Tone, chip, field, icon};
use crate::site::asked::Pairs;
use crate::site::refusal;
use crate::site::visitor::Visitor;

const PATH: &str = Projects::PATH;

/// The page.
pub(super) struct Projects;

impl Managed for Projects {
    const PATH: &'static str = "/projects";

    async fn show(visitor: &Visitor, said: Option<&Markup>) -> Response<Body> {
        show(visitor, said).await
    }

    async fn question(visitor: &Visitor, act: &str, asked: &Pairs) -> Result<Option<Response<Body>>, Error> {
        let admin = visitor.client.admin();
        let Some(id) = project(asked) else { return Ok(None) };
        let Some(group) = admin.group(id).await? else { return Ok(None) };
        let (language, id) = (visitor.taste.language, id.to_string());
        let question =
            |names: &[(&str, &str)], title, warning, word| question(visitor, PATH, act, names, title, warning, word);
        Ok(match (act, asked.text("user")) {
            ("disable", _) => {
                let title = language.with("project-disable-title", [("name", group.name.as_str())]);
                Some(question(&[("id", &id)], title, "project-disable-warning", "disable"))
            }
            ("leave", Some(email)) => admin.user(email).await?.map(|user| {
                let title = language
                    .with("member-remove-title", [("email", user.email.as_str()), ("name", group.name.as_str())]);
                question(&[("id", &id), ("user", &user.email)], title, "member-remove-warning", "remove")
            }),
            _ => None,
        })
    }

    async fn apply(visitor: &Visitor, asked: &Pairs) -> Result<(), Error> {
        apply(visitor, asked).await
    }
}

/// The project that is meant.
fn project(asked: &Pairs) -> Option<GroupId> {
    asked.text("id").and_then(|id| id.parse().ok()).map(GroupId)
}

/// The person of an e-mail address.
async fn person(visitor: &Visitor, email: &str) -> Result<UserId, Error> {
    let unknown = || Error::Usage(visitor.taste.language.with("member-unknown", [("email", email)]));
    visitor.client.admin().user(email).await?.map(|user| user.id).ok_or_else(unknown)
}

async fn show(visitor: &Visitor, said: Option<&Markup>) -> Response<Body> {
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
                    tr {
                        td { b.iso { (group.name) } @if let Some(text) = group.description.as_deref().filter(|text| !text.is_empty()) { div.quiet.small { (text) } } }
                        td { (group.domain_name.as_deref().unwrap_or_default()) }
                        td { (amounts(group.total_resource_slots.as_ref())) }
                        td {
                            details { summary { (language.with("members-count", [("count", members.len())])) }
                                @for member in &members { div.choice { span.iso { (member.email) } (ask(PATH, "leave", &[("id", &id), ("user", &member.email)], &language.t("remove"))) } }
                                form.slide method="post" action=(PATH) {
                                    input type="hidden" name="id" value=(id);
                                    input type="email" name="user" list="everybody" required maxlength="64" placeholder=(language.t("email")) autocomplete="off" aria-label=(language.t("member-add"));
                                    button.button name="act" value="join" { (language.t("add")) }
                                }
                            }
                        }
                        td { @if group.is_active == Some(false) { (chip(Tone::Calm, "stop", &language.t("inactive"))) } @else { (chip(Tone::Good, "done", &language.t("active"))) } }
                        td { @if group.is_active == Some(false) { (button(PATH, "enable", &[("id", &id)], &language.t("enable"), "")) } @else { (ask(PATH, "disable", &[("id", &id)], &language.t("disable"))) } }
                    }
                }
            }
        } }
        // One list for all of the page: there are as many fields as projects.
        datalist #everybody { @for user in &users { option value=(user.email) {} } }
    };
    shown(visitor, PATH, &language.t("nav-projects"), said, &content)
}

async fn apply(visitor: &Visitor, asked: &Pairs) -> Result<(), Error> {
    let admin = visitor.client.admin();
    match (asked.text("act"), project(asked), asked.text("user")) {
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
        (Some("join"), Some(id), Some(user)) => {
            admin.change_members(id, Members::Add(&[person(visitor, user).await?])).await
        }
        (Some("leave"), Some(id), Some(user)) => {
            admin.change_members(id, Members::Remove(&[person(visitor, user).await?])).await
        }
        _ => Ok(()),
    }
}
