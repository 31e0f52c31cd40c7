//! What is left of one's quotas, as the server counts it.

use std::collections::BTreeMap;

use axum::body::Body;
use http::Response;
use maud::{Markup, html};
use rollcall_client::{Client, Error};
use rollcall_model::slots::{Amount, Slots};

use super::row::{GIB, amount, device};
use crate::look::{self, Taste, bar, moment};
use crate::site::visitor::Visitor;
use crate::words::Language;

/// One slot of a quota.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Room {
    /// In use.
    pub(crate) used: f64,
    /// The limit; infinite where there is none.
    pub(crate) limit: f64,
    /// What can still be had, by every limit together.
    pub(crate) left: f64,
}

/// A choice of slots that the server offers.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Preset {
    pub(crate) name: String,
    /// Amounts by slot.
    pub(crate) slots: BTreeMap<String, f64>,
    /// Bytes of shared memory.
    pub(crate) shared_memory: Option<String>,
    /// Whether there is room for it.
    pub(crate) allocatable: bool,
}

/// Quotas of who asks, in one project.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Quotas {
    /// Projects that one may use.
    pub(crate) projects: Vec<String>,
    /// The project that is meant.
    pub(crate) project: String,
    /// By slot.
    pub(crate) slots: BTreeMap<String, Room>,
    /// What is left in each resource group, by slot.
    pub(crate) groups: BTreeMap<String, BTreeMap<String, f64>>,
    /// Presets.
    pub(crate) presets: Vec<Preset>,
    /// Sessions at once, and how many there may be.
    pub(crate) sessions: Option<(i64, i64)>,
}

/// Amounts as numbers; infinite where there is no end.
fn numbers(slots: &Slots) -> BTreeMap<String, f64> {
    let number =
        |amount: Amount| amount.finite().map_or(f64::INFINITY, |amount| f64::try_from(amount).unwrap_or(f64::INFINITY));
    slots.iter().map(|(name, amount)| (name.to_owned(), number(amount))).collect()
}

impl Quotas {
    /// Of the first project of who asks.
    pub(crate) async fn ask(client: &Client) -> Result<Self, Error> {
        Self::ask_in(client, None).await
    }

    /// Of one project.
    pub(crate) async fn ask_in(client: &Client, project: Option<&str>) -> Result<Self, Error> {
        let own = client.own_room().await?;
        let mut projects: Vec<String> =
            own.groups.into_iter().filter(|group| group.is_active != Some(false)).map(|group| group.name).collect();
        projects.dedup();
        let mut last = Err(Error::Usage("there is no project".to_owned()));
        let wanted = project.map(str::to_owned).into_iter().chain(projects.clone()).take(4);
        for project in wanted {
            match client.quotas(&project, None).await {
                Ok(checked) => {
                    last = Ok((project, checked));
                    break;
                }
                // An administrator sees projects without being in them.
                Err(error) if error.status() == Some(400) => last = Err(error),
                Err(error) => return Err(error),
            }
        }
        let (project, checked) = last?;
        let sessions = own.keypair.as_ref().and_then(|keypair| keypair.concurrency_used);
        let (limits, using, left) =
            (numbers(&checked.keypair_limits), numbers(&checked.keypair_using), numbers(&checked.keypair_remaining));
        let of = |amounts: &BTreeMap<String, f64>, name: &str| amounts.get(name).copied().unwrap_or_default();
        let slots = limits.iter().map(|(name, limit)| {
            (name.clone(), Room { used: of(&using, name), limit: *limit, left: of(&left, name).max(0.0) })
        });
        Ok(Self {
            projects,
            project,
            slots: slots.collect(),
            groups: checked
                .scaling_groups
                .iter()
                .map(|(name, group)| (name.clone(), numbers(&group.remaining)))
                .collect(),
            presets: checked
                .presets
                .into_iter()
                .map(|preset| Preset {
                    name: preset.name,
                    slots: numbers(&preset.resource_slots),
                    shared_memory: preset.shared_memory.map(|bytes| bytes.to_string()),
                    allocatable: preset.allocatable == Some(true),
                })
                .collect(),
            sessions: sessions.zip(own.max_concurrent_sessions),
        })
    }
}

/// A slot's amount as people read it.
pub(in crate::site) fn told(slot: &str, number: f64) -> String {
    if number.is_infinite() {
        "∞".to_owned()
    } else if slot == "mem" {
        format!("{} GiB", amount(number / GIB))
    } else {
        amount(number)
    }
}

/// What a slot is called.
pub(in crate::site) fn slot_name(language: Language, slot: &str) -> String {
    match slot {
        "cpu" => "CPU".to_owned(),
        "mem" => language.t("memory"),
        other => device(other).to_owned(),
    }
}

/// The meters above the list: never more than is true, and nothing where nothing is known. Beside them the project
/// that they are of, and since when they are.
pub(crate) fn meters(taste: Taste, quotas: Option<&Quotas>) -> Markup {
    let language = taste.language;
    let Some(quotas) = quotas else { return html! { span.quiet.small { (language.t("quotas-unknown")) } } };
    let now = chrono::Utc::now().to_rfc3339();
    let meter = |name: &str, used: f64, limit: f64, used_text: &str, limit_text: &str| {
        html! {
            div.quota title=(language.with("quota-of", [("name", name), ("used", used_text), ("limit", limit_text)])) {
                div.line { span { (name) } span { (used_text) " / " (limit_text) } }
                (bar(used, limit))
            }
        }
    };
    html! {
        div.quota-of title=(language.with("quota-of-project", [("project", quotas.project.as_str())])) {
            span.iso.cut { (quotas.project) }
            span.quiet data-refreshed="" { (moment(&now, "time", taste.offset)) }
        }
        @if let Some((used, most)) = quotas.sessions {
            @let (used, most) = (i32::try_from(used).unwrap_or(i32::MAX), i32::try_from(most).unwrap_or(i32::MAX));
            (meter(&language.t("nav-sessions"), used.into(), most.into(), &used.to_string(), &most.to_string()))
        }
        @for (slot, room) in quotas.slots.iter().filter(|(slot, room)| room.used > 0.0 || room.limit > 0.0 && (matches!(slot.as_str(), "cpu" | "mem") || room.limit.is_finite())) {
            (meter(&slot_name(language, slot), room.used, room.limit, &told(slot, room.used), &told(slot, room.limit)))
        }
    }
}

/// GET `/quotas`: the meters anew.
pub(super) async fn fragment(visitor: Visitor) -> Response<Body> {
    let quotas = Quotas::ask(&visitor.client).await;
    if let Err(error) = &quotas {
        tracing::debug!(%error, "quotas are not known: {error}");
    }
    look::answer(meters(visitor.taste, quotas.as_ref().ok()), look::POLICY)
}
