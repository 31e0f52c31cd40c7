//! A row of the list, and a page of rows.

use std::collections::BTreeMap;

use rollcall_model::features::Features;
use rollcall_model::limits;
use rollcall_model::list::tab::Tab;
use rollcall_model::session;
use rollcall_model::slots::Slots;
use rollcall_model::stats::KernelStats;
use rollcall_model::status::Status;
use rollcall_model::time::print_iso;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use utoipa::ToSchema;
use uuid::Uuid;

use super::course::RecentUsage;
use super::detail::KernelRow;
use crate::version::Versions;

/// A session as the list tells it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct SessionRow {
    /// Id.
    pub id: Uuid,
    /// Name; unique among the live sessions of its key.
    pub name: String,
    /// `INTERACTIVE` or `BATCH`.
    #[serde(rename = "type")]
    pub session_type: String,
    /// Status name.
    pub status: String,
    /// Reason, kebab-case.
    pub status_info: Option<String>,
    /// Details of the reason.
    pub status_data: Option<Value>,
    /// When it entered this status.
    pub status_since: Option<String>,
    /// How long it has been in this status.
    pub seconds_in_status: Option<i64>,
    /// When it was made.
    pub created_at: String,
    /// When it ended.
    pub terminated_at: Option<String>,
    /// Not before this.
    pub starts_at: Option<String>,
    /// Canonical image reference.
    pub image: String,
    /// The part of it that people know it by.
    pub image_name: String,
    /// Free tag.
    pub tag: Option<String>,
    /// `single-node` or `multi-node`.
    pub cluster_mode: String,
    /// Number of containers.
    pub cluster_size: i32,
    /// Batch command.
    pub startup_command: Option<String>,
    /// What came of it: `UNDEFINED`, `SUCCESS` or `FAILURE`.
    pub result: String,
    /// Domain.
    pub domain_name: String,
    /// Project.
    pub group_id: Uuid,
    /// Project's name.
    pub group_name: String,
    /// Owner.
    pub user_id: Uuid,
    /// Owner's e-mail.
    pub user_email: String,
    /// The key it was made with.
    pub access_key: String,
    /// Resource group.
    pub scaling_group: Option<String>,
    /// Agent of the main container; told to superadmins alone.
    pub agent: Option<String>,
    /// Services of a running session.
    pub service_ports: Option<Value>,
    /// Mounted folders.
    pub mounts: Vec<String>,
    /// What it holds, or waits for.
    pub slots: SlotAmounts,
    /// `shmem` in bytes and what else its creator gave.
    pub resource_opts: Value,
    /// What it uses of that: now while it runs, at its end when it is over.
    pub usage: Option<Usage>,
    /// Why it waits.
    pub waiting: Option<Waiting>,
    /// When a limit ends it.
    pub remaining: Option<Remaining>,
    /// Its containers, the main one first.
    pub containers: Vec<KernelRow>,
    /// What the caller may do with it now.
    pub can: Vec<String>,
}

/// Amounts of slots as numbers.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct SlotAmounts {
    /// Cores.
    pub cpu: f64,
    /// Bytes.
    pub mem: f64,
    /// All others by name.
    pub other: BTreeMap<String, f64>,
}

impl SlotAmounts {
    /// Of exact amounts; what has no end is left out.
    #[must_use]
    pub fn of(slots: &Slots) -> Self {
        let mut amounts = Self::default();
        for (name, amount) in slots.iter() {
            let Some(number) = amount.finite().and_then(|amount| f64::try_from(amount).ok()) else { continue };
            match name {
                "cpu" => amounts.cpu = number,
                "mem" => amounts.mem = number,
                other => {
                    amounts.other.insert(other.to_owned(), number);
                }
            }
        }
        amounts
    }
}

/// What a session uses, all containers together.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Usage {
    /// Cores in use.
    pub cpu: f64,
    /// Processor time so far, in seconds.
    pub cpu_seconds: f64,
    /// Memory in bytes.
    pub mem: i64,
    /// Highest memory in bytes.
    pub mem_max: i64,
    /// Bytes read so far.
    pub io_read: i64,
    /// Bytes written so far.
    pub io_write: i64,
    /// Bytes read a second, lately.
    pub io_read_rate: i64,
    /// Bytes written a second, lately.
    pub io_write_rate: i64,
    /// Whether that is now, not the last that was known.
    pub live: bool,
    /// The last ten minutes, or those before its end; of the session as a whole alone, and not in exports.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub recent: Option<RecentUsage>,
}

impl Usage {
    /// The sum over containers; `None` without any sample.
    #[must_use]
    pub fn of(samples: &[KernelStats], live: bool) -> Option<Self> {
        if samples.is_empty() {
            return None;
        }
        let sum = |amount: fn(&KernelStats) -> i64| samples.iter().map(amount).fold(0_i64, i64::saturating_add);
        // A hundred thousand thousandths of a percent are a core.
        #[allow(clippy::cast_precision_loss)]
        let parts = |number: i64, of: f64| number as f64 / of;
        Some(Self {
            cpu: parts(sum(|one| one.cpu_util_milli_pct), 100_000.0),
            cpu_seconds: parts(sum(|one| one.cpu_used_us), 1_000_000.0),
            mem: sum(|one| one.mem_bytes),
            mem_max: sum(|one| one.mem_max_bytes),
            io_read: sum(|one| one.io_read_bytes),
            io_write: sum(|one| one.io_write_bytes),
            io_read_rate: sum(|one| one.io_read_rate),
            io_write_rate: sum(|one| one.io_write_rate),
            live,
            recent: None,
        })
    }
}

/// Why a session waits.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Waiting {
    /// One plain sentence.
    pub sentence: String,
    /// How many sessions of its resource group are considered before it.
    pub ahead: i64,
    /// What would let it start.
    pub unblock: String,
}

impl From<&session::Waiting> for Waiting {
    fn from(waiting: &session::Waiting) -> Self {
        Self { sentence: waiting.sentence.clone(), ahead: waiting.ahead, unblock: waiting.unblock.clone() }
    }
}

/// What is left of a running session.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Remaining {
    /// One plain sentence.
    pub sentence: String,
    /// When it ends unless something happens.
    pub ends_at: String,
    /// By which limit: `idle-timeout` or `session-lifetime`.
    pub reason: String,
    /// Until then.
    pub seconds: i64,
    /// By how much its end may still be pushed out.
    pub extendable_seconds: i64,
}

impl From<limits::Remaining> for Remaining {
    fn from(remaining: limits::Remaining) -> Self {
        Self {
            sentence: remaining.sentence,
            ends_at: print_iso(remaining.ends_at),
            reason: remaining.reason.as_str().to_owned(),
            seconds: remaining.seconds,
            extendable_seconds: remaining.extendable_seconds,
        }
    }
}

/// Every field of a row, in its order.
pub const FIELDS: [&str; 35] = [
    "id",
    "name",
    "type",
    "status",
    "status_info",
    "status_data",
    "status_since",
    "seconds_in_status",
    "created_at",
    "terminated_at",
    "starts_at",
    "image",
    "image_name",
    "tag",
    "cluster_mode",
    "cluster_size",
    "startup_command",
    "result",
    "domain_name",
    "group_id",
    "group_name",
    "user_id",
    "user_email",
    "access_key",
    "scaling_group",
    "agent",
    "service_ports",
    "mounts",
    "slots",
    "resource_opts",
    "usage",
    "waiting",
    "remaining",
    "containers",
    "can",
];

/// The named fields of a row, `id` always among them.
#[must_use]
pub fn picked(row: &SessionRow, fields: Option<&[&'static str]>) -> Value {
    let whole = serde_json::to_value(row).unwrap_or_default();
    match (whole, fields) {
        (Value::Object(whole), Some(fields)) => {
            let wanted = |name: &String| name == "id" || fields.contains(&name.as_str());
            Value::Object(whole.into_iter().filter(|(name, _)| wanted(name)).collect::<Map<_, _>>())
        }
        (whole, _) => whole,
    }
}

/// What this server can do, by which tabs ask for their statuses.
pub(super) fn features() -> Features {
    let ours = Versions::ours();
    Features::of(&ours.version, &ours.manager)
}

/// Exact totals of the three tabs, under the scope and filter of the list.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Tabs {
    /// On their way, usable, or being ended.
    pub running: i64,
    /// Over.
    pub finished: i64,
    /// Failed, or hanging in their ending.
    pub others: i64,
}

impl Tabs {
    /// Of the totals by status; TERMINATING stands in two tabs.
    #[must_use]
    pub fn of(totals: &BTreeMap<Status, i64>) -> Self {
        let features = features();
        let sum = |tab: Tab| tab.statuses(&features).iter().filter_map(|status| totals.get(status)).sum();
        Self { running: sum(Tab::Running), finished: sum(Tab::Finished), others: sum(Tab::Others) }
    }
}

/// One page of the list.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct ListAnswer {
    /// The rows; with `fields`, only these of each.
    #[schema(value_type = Vec<SessionRow>)]
    pub items: Vec<Value>,
    /// How many rows meet the conditions, on whatever page; null with `count=none`.
    pub total_count: Option<i64>,
    /// Totals of all tabs; null with `count=none`.
    pub tabs: Option<Tabs>,
    /// Where the next page begins; null on the last one.
    pub next_cursor: Option<String>,
    /// Number of the newest event that the page knows of: changes can be followed from here.
    pub event: i64,
}

#[cfg(test)]
pub(super) mod tests {
    #![allow(clippy::unwrap_used, clippy::panic)]

    use serde_json::json;

    use super::*;

    pub(in crate::v1) fn row(id: u128, name: &str) -> SessionRow {
        let whole: Map<String, Value> = FIELDS.iter().map(|name| ((*name).to_owned(), Value::Null)).collect();
        let mut whole = Value::Object(whole);
        for (name, value) in [
            ("id", json!(Uuid::from_u128(id))),
            ("group_id", json!(Uuid::nil())),
            ("user_id", json!(Uuid::nil())),
            ("cluster_size", json!(1)),
            ("mounts", json!([])),
            ("can", json!([])),
            ("containers", json!([])),
            ("slots", json!({"cpu": 1, "mem": 1, "other": {}})),
        ] {
            whole[name] = value;
        }
        for text in ["type", "status", "created_at", "image", "image_name", "cluster_mode", "result", "domain_name"] {
            whole[text] = json!("");
        }
        for text in ["group_name", "user_email", "access_key"] {
            whole[text] = json!("");
        }
        whole["name"] = json!(name);
        serde_json::from_value(whole).unwrap()
    }

    #[test]
    fn fields_are_those_of_a_row() {
        let Value::Object(row) = serde_json::to_value(row(1, "a")).unwrap() else { panic!("a row is an object") };
        let names: Vec<&str> = row.keys().map(String::as_str).collect();
        assert_eq!(names, FIELDS);
    }

    #[test]
    fn a_row_is_narrowed_to_fields() {
        assert_eq!(picked(&row(1, "a"), Some(&["name"])), json!({"id": Uuid::from_u128(1), "name": "a"}));
        assert_eq!(picked(&row(1, "a"), None).as_object().unwrap().len(), FIELDS.len());
    }

    #[test]
    fn tabs_count_ending_sessions_twice() {
        let totals = BTreeMap::from([(Status::Running, 3), (Status::Terminating, 1), (Status::Cancelled, 2)]);
        assert_eq!(Tabs::of(&totals), Tabs { running: 4, finished: 2, others: 1 });
    }
}
