//! `/agents`: the machines, and what is in use of them. Looked at anew every few seconds.

use axum::body::Body;
use http::Response;
use maud::{Markup, html};
use rollcall_client::AgentRow;
use serde_json::Value;

use super::{shown, slot_amount};
use crate::look::{self, Tone, chip, empty};
use crate::site::refusal;
use crate::site::sessions::{slot_name, told};
use crate::site::summary::used_of;
use crate::site::visitor::Visitor;

const PATH: &str = "/agents";

/// GET `/agents`.
pub(in crate::site) async fn page(visitor: Visitor) -> Response<Body> {
    match visitor.client.agents().await {
        Ok(agents) => shown(&visitor, PATH, &visitor.taste.language.t("nav-agents"), None, &rows(&visitor, &agents)),
        Err(error) => refusal::page(&visitor, &error),
    }
}

/// GET `/agents/table`: the table alone.
pub(in crate::site) async fn table(visitor: Visitor) -> Response<Body> {
    match visitor.client.agents().await {
        Ok(agents) => look::answer(rows(&visitor, &agents), look::POLICY),
        Err(error) => refusal::page(&visitor, &error),
    }
}

fn amount(slots: Option<&Value>, name: &str) -> f64 {
    slots.map_or(0.0, |slots| slot_amount(&slots[name]))
}

fn rows(visitor: &Visitor, agents: &[AgentRow]) -> Markup {
    let language = visitor.taste.language;
    html! {
        div #agents hx-get="/agents/table" hx-trigger="every 5s [!document.hidden]" hx-swap="outerMorph" {
            @if agents.is_empty() { (empty("agent", &language.t("agents-none"), "", None)) }
            @else { div.list.scroll tabindex="0" { table.sheet-table {
                thead { tr { th { (language.t("column-agent")) } th { (language.t("state")) } th { (language.t("resource-group")) } th { (language.t("usage")) } th {} } }
                tbody {
                    @for agent in agents {
                        tr {
                            td { b.iso { (agent.id) } }
                            td { @if agent.status == "ALIVE" { (chip(Tone::Good, "done", &language.t("agent-alive"))) } @else { (chip(Tone::Bad, "warn", &agent.status)) } }
                            td { (agent.scaling_group.as_deref().unwrap_or("–")) }
                            td { div.quotas {
                                @for slot in agent.available_slots.iter().filter_map(Value::as_object).flat_map(|slots| slots.keys()) {
                                    @let (used, of) = (amount(agent.occupied_slots.as_ref(), slot), amount(agent.available_slots.as_ref(), slot));
                                    (used_of(used, of, &format!("{} {} / {}", slot_name(language, slot), told(slot, used), told(slot, of))))
                                }
                            } }
                            td { a.button.plain href={ "/sessions?q=" (url::form_urlencoded::byte_serialize(format!("agent == \"{}\"", agent.id).as_bytes()).collect::<String>()) } { (language.t("nav-sessions")) } }
                        }
                    }
                }
            } } }
        }
    }
}
