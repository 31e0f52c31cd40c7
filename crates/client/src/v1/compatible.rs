//! A row of `/v1` as the compatible API would tell it, for what shows both.

use rollcall_model::Timestamp;
use rollcall_model::ids::{GroupId, KernelId, SessionId, UserId};
use rollcall_model::session::Waiting;
use rollcall_wire::v1::{KernelRow, Remaining, SessionRow, SlotAmounts, Usage};
use serde_json::{Map, Value, json};

use crate::sessions::{ContainerRow, RemainingTime, SessionRow as Row};

impl From<&SessionRow> for Row {
    fn from(row: &SessionRow) -> Self {
        let id = Some(SessionId(row.id));
        Self {
            id,
            session_id: id,
            tag: row.tag.clone(),
            name: Some(row.name.clone()),
            session_type: Some(row.session_type.clone()),
            image: Some(row.image.clone()),
            cluster_mode: Some(row.cluster_mode.clone()),
            cluster_size: Some(row.cluster_size.into()),
            domain_name: Some(row.domain_name.clone()),
            group_name: Some(row.group_name.clone()),
            group_id: Some(GroupId(row.group_id)),
            user_email: Some(row.user_email.clone()),
            user_id: Some(UserId(row.user_id)),
            access_key: Some(row.access_key.clone()),
            status: Some(row.status.clone()),
            status_changed: row.status_since.as_deref().and_then(moment),
            status_info: row.status_info.clone(),
            status_data: row.status_data.clone(),
            waiting: row.waiting.as_ref().map(|waiting| Waiting {
                sentence: waiting.sentence.clone(),
                ahead: waiting.ahead,
                unblock: waiting.unblock.clone(),
            }),
            remaining: row.remaining.as_ref().and_then(remaining),
            created_at: moment(&row.created_at),
            terminated_at: row.terminated_at.as_deref().and_then(moment),
            starts_at: row.starts_at.as_deref().and_then(moment),
            startup_command: row.startup_command.clone(),
            result: Some(row.result.clone()),
            resource_opts: Some(row.resource_opts.clone()),
            scaling_group: row.scaling_group.clone(),
            service_ports: row.service_ports.clone(),
            mounts: row.mounts.clone(),
            occupied_slots: Some(slots(&row.slots)),
            containers: row.containers.iter().map(ContainerRow::from).collect(),
        }
    }
}

impl From<&KernelRow> for ContainerRow {
    fn from(kernel: &KernelRow) -> Self {
        let of = |live: bool| kernel.usage.as_ref().filter(|usage| usage.live == live).map(metrics);
        Self {
            id: Some(KernelId(kernel.id)),
            cluster_role: Some(kernel.role.clone()),
            cluster_idx: Some(kernel.idx.into()),
            cluster_hostname: Some(kernel.hostname.clone()),
            image: Some(kernel.image.clone()),
            status: Some(kernel.status.clone()),
            status_info: kernel.status_info.clone(),
            created_at: None,
            terminated_at: kernel.terminated_at.as_deref().and_then(moment),
            agent: kernel.agent.clone(),
            container_id: kernel.container_id.clone(),
            occupied_slots: Some(slots(&kernel.slots)),
            live_stat: of(true),
            last_stat: of(false),
        }
    }
}

fn moment(text: &str) -> Option<Timestamp> {
    text.parse().ok()
}

fn remaining(remaining: &Remaining) -> Option<RemainingTime> {
    Some(RemainingTime {
        sentence: remaining.sentence.clone(),
        ends_at: moment(&remaining.ends_at)?,
        reason: remaining.reason.clone(),
        seconds: remaining.seconds,
        extendable_seconds: remaining.extendable_seconds,
    })
}

/// By name, decimals as text.
fn slots(amounts: &SlotAmounts) -> Value {
    let named = [("cpu", amounts.cpu), ("mem", amounts.mem)].map(|(name, amount)| (name.to_owned(), amount));
    let all = named.into_iter().chain(amounts.other.clone());
    Value::Object(all.map(|(name, amount)| (name, Value::String(amount.to_string()))).collect::<Map<_, _>>())
}

/// A core in use is 100, and processor time is milliseconds.
fn metrics(usage: &Usage) -> Value {
    let current = |value: String| json!({ "current": value });
    json!({
        "cpu_util": current((usage.cpu * 100.0).to_string()),
        "cpu_used": current((usage.cpu_seconds * 1000.0).to_string()),
        "mem": current(usage.mem.to_string()),
        "io_read": current(usage.io_read.to_string()),
        "io_write": current(usage.io_write.to_string()),
    })
}
