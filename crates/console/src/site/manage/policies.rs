//! `/policies`: what keypairs may hold, and for how long.

use axum::body::Body;
use http::Response;
use maud::{Markup, html};
use rollcall_client::Error;
use rollcall_client::admin::{Policy, PolicyChange};

use super::confirm::question;
use super::{Managed, amounts, ask, number, shown, slots};
use crate::look::{field, icon, length};
use crate::site::asked::Pairs;
use crate::site::refusal;
use crate::site::visitor::Visitor;

const PATH: &str = Policies::PATH;

/// The page.
pub(super) struct Policies;

impl Managed for Policies {
    const PATH: &'static str = "/policies";

    async fn show(visitor: &Visitor, said: Option<&Markup>) -> Response<Body> {
        show(visitor, said).await
    }

    async fn question(visitor: &Visitor, act: &str, asked: &Pairs) -> Result<Option<Response<Body>>, Error> {
        let policy = match act {
            "remove" => visitor.client.admin().policy(asked.text("name").unwrap_or_default()).await?,
            _ => None,
        };
        let language = visitor.taste.language;
        Ok(policy.map(|policy| {
            let title = language.with("policy-remove-title", [("name", policy.name.as_str())]);
            question(visitor, PATH, act, &[("name", &policy.name)], title, "policy-remove-warning", "remove")
        }))
    }

    async fn apply(visitor: &Visitor, asked: &Pairs) -> Result<(), Error> {
        apply(visitor, asked).await
    }
}

async fn show(visitor: &Visitor, said: Option<&Markup>) -> Response<Body> {
    let policies = match visitor.client.admin().policies().await {
        Ok(policies) => policies,
        Err(error) => return refusal::page(visitor, &error),
    };
    let language = visitor.taste.language;
    let time = |seconds: Option<i64>| seconds.filter(|seconds| *seconds > 0).map_or_else(|| "∞".to_owned(), length);
    let content = html! {
        details.panel.new { summary.button.main { (icon("plus")) (language.t("policy-new")) } (form(visitor, None)) }
        div.list.scroll tabindex="0" { table.sheet-table {
            thead { tr { th { (language.t("name")) } th { (language.t("limits")) } th.num { (language.t("nav-sessions")) } th.num { (language.t("policy-containers")) } th { (language.t("policy-idle")) } th { (language.t("policy-lifetime")) } th {} } }
            tbody {
                @for policy in &policies {
                    tr {
                        td { b.iso { (policy.name) } }
                        td { (amounts(policy.total_resource_slots.as_ref())) }
                        td.num { (policy.max_concurrent_sessions.unwrap_or_default()) }
                        td.num { (policy.max_containers_per_session.unwrap_or_default()) }
                        td { (time(policy.idle_timeout)) }
                        td { (time(policy.max_session_lifetime)) }
                        td { details { summary { (language.t("change")) } (form(visitor, Some(policy))) (ask(PATH, "remove", &[("name", &policy.name)], &language.t("remove"))) } }
                    }
                }
            }
        } }
    };
    shown(visitor, PATH, &language.t("nav-policies"), said, &content)
}

fn form(visitor: &Visitor, policy: Option<&Policy>) -> Markup {
    let language = visitor.taste.language;
    let tag = policy.map_or("new", |policy| policy.name.as_str());
    let input = |name: &str, value: Option<i64>| {
        html! { input id={ (name) "-" (tag) } name=(name) type="number" min="0" value=[value]; }
    };
    let id = |name: &str| format!("{name}-{tag}");
    html! {
        form method="post" action=(PATH) {
            div.columns {
                @match policy {
                    None => (field(&id("name"), &language.t("name"), &html! { input id={ "name-" (tag) } name="name" required maxlength="64"; }, None, None)),
                    Some(policy) => input type="hidden" name="name" value=(policy.name);,
                }
                (field(&id("slots"), &language.t("limits"), &html! { input id={ "slots-" (tag) } name="slots" placeholder="cpu=16 mem=64g"; }, Some(&language.t("limits-hint")), None))
                (field(&id("sessions"), &language.t("nav-sessions"), &input("sessions", policy.map_or(Some(5), |policy| policy.max_concurrent_sessions)), None, None))
                (field(&id("containers"), &language.t("policy-containers"), &input("containers", policy.map_or(Some(1), |policy| policy.max_containers_per_session)), None, None))
                (field(&id("idle"), &language.t("policy-idle-seconds"), &input("idle", policy.and_then(|policy| policy.idle_timeout)), None, None))
                (field(&id("lifetime"), &language.t("policy-lifetime-seconds"), &input("lifetime", policy.and_then(|policy| policy.max_session_lifetime)), None, None))
                (field(&id("extension"), &language.t("policy-extension-seconds"), &input("extension", policy.and_then(|policy| policy.max_extension)), None, None))
            }
            button.button.main name="act" value=(if policy.is_some() { "change" } else { "create" }) { (language.t("save")) }
        }
    }
}

async fn apply(visitor: &Visitor, asked: &Pairs) -> Result<(), Error> {
    let admin = visitor.client.admin();
    let name = asked.text("name").unwrap_or_default();
    let change = PolicyChange {
        total_resource_slots: slots(asked)?,
        max_concurrent_sessions: number(asked, "sessions")?,
        max_containers_per_session: number(asked, "containers")?,
        idle_timeout: number(asked, "idle")?,
        max_session_lifetime: number(asked, "lifetime")?,
        max_extension: number(asked, "extension")?,
        ..PolicyChange::default()
    };
    match asked.text("act") {
        Some("create") => admin.create_policy(name, change).await,
        Some("change") => admin.change_policy(name, &change).await,
        Some("remove") => admin.delete_policy(name).await,
        _ => Ok(()),
    }
}
