//! The rows that every change writes: session, kernels, history.

use rollcall_model::ids::SessionId;
use rollcall_model::session::{Kernel, Session};

use crate::StoreError;
use crate::codec::{latest, maybe_micros, maybe_text, micros, rank, slots_text, text};
use crate::engine::{Tx, run};
use crate::founding::HistoryEntry;

pub(crate) async fn insert_session(tx: &mut Tx, s: &Session) -> Result<(), StoreError> {
    run!(
        tx,
        "writing a session",
        "INSERT INTO sessions (id, name, session_type, image, registry, tag, cluster_mode, cluster_size, \
         domain_name, group_id, user_id, access_key, status, status_changed, status_info, status_data, created_at, \
         terminated_at, starts_at, latest, startup_command, bootstrap_script, result, resource_opts, scaling_group, \
         agent, service_ports, environ, occupied_slots) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, \
         $22, $23, $24, $25, $26, $27, $28, $29)",
        s.id.0,
        s.name.as_str(),
        s.session_type as i64,
        s.image.as_str(),
        s.registry.as_str(),
        s.tag.as_deref(),
        s.cluster_mode as i64,
        i64::from(s.cluster_size),
        s.domain.as_str(),
        s.group_id.0,
        s.user_id.0,
        s.access_key.as_str(),
        rank(s.status),
        maybe_micros(s.status_changed),
        s.status_info.as_deref(),
        maybe_text(&s.status_data),
        micros(s.created_at),
        maybe_micros(s.terminated_at),
        maybe_micros(s.starts_at),
        latest(s.created_at, s.status_changed, s.terminated_at),
        s.startup_command.as_deref(),
        s.bootstrap_script.as_deref(),
        s.result as i64,
        text(&s.resource_opts),
        s.scaling_group.as_deref(),
        s.agent.as_ref().map(|agent| agent.as_str()),
        maybe_text(&s.service_ports),
        text(&s.environ),
        slots_text(&s.occupied_slots),
    )
    .map(|_| ())
}

pub(crate) async fn insert_kernel(tx: &mut Tx, k: &Kernel) -> Result<(), StoreError> {
    run!(
        tx,
        "writing a kernel",
        "INSERT INTO kernels (id, session_id, cluster_role, cluster_idx, cluster_hostname, image, registry, status, \
         status_changed, status_info, status_data, created_at, terminated_at, starts_at, latest, agent, \
         container_id, generation, exit_code, occupied_slots, resource_opts, last_stat) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22)",
        k.id.0,
        k.session_id.0,
        k.cluster_role.as_str(),
        i64::from(k.cluster_idx),
        k.cluster_hostname.as_str(),
        k.image.as_str(),
        k.registry.as_str(),
        rank(k.status),
        maybe_micros(k.status_changed),
        k.status_info.as_deref(),
        maybe_text(&k.status_data),
        micros(k.created_at),
        maybe_micros(k.terminated_at),
        maybe_micros(k.starts_at),
        latest(k.created_at, k.status_changed, k.terminated_at),
        k.agent.as_ref().map(|agent| agent.as_str()),
        k.container_id.as_deref(),
        i64::from(k.generation),
        k.exit_code.map(i64::from),
        slots_text(&k.occupied_slots),
        text(&k.resource_opts),
        maybe_text(&k.last_stat),
    )
    .map(|_| ())
}

/// Writes what a step may change of a session.
pub(crate) async fn update_session(tx: &mut Tx, s: &Session) -> Result<(), StoreError> {
    run!(
        tx,
        "updating a session",
        "UPDATE sessions SET status = $2, status_changed = $3, status_info = $4, status_data = $5, \
         terminated_at = $6, latest = $7, result = $8, scaling_group = $9, agent = $10, service_ports = $11, \
         waiting = $12 WHERE id = $1",
        s.id.0,
        rank(s.status),
        maybe_micros(s.status_changed),
        s.status_info.as_deref(),
        maybe_text(&s.status_data),
        maybe_micros(s.terminated_at),
        latest(s.created_at, s.status_changed, s.terminated_at),
        s.result as i64,
        s.scaling_group.as_deref(),
        s.agent.as_ref().map(|agent| agent.as_str()),
        maybe_text(&s.service_ports),
        maybe_text(&s.waiting),
    )
    .map(|_| ())
}

/// Writes what a step may change of a kernel.
pub(crate) async fn update_kernel(tx: &mut Tx, k: &Kernel) -> Result<(), StoreError> {
    run!(
        tx,
        "updating a kernel",
        "UPDATE kernels SET status = $2, status_changed = $3, status_info = $4, status_data = $5, \
         terminated_at = $6, latest = $7, agent = $8, container_id = $9, generation = $10, exit_code = $11, \
         last_stat = $12 WHERE id = $1",
        k.id.0,
        rank(k.status),
        maybe_micros(k.status_changed),
        k.status_info.as_deref(),
        maybe_text(&k.status_data),
        maybe_micros(k.terminated_at),
        latest(k.created_at, k.status_changed, k.terminated_at),
        k.agent.as_ref().map(|agent| agent.as_str()),
        k.container_id.as_deref(),
        i64::from(k.generation),
        k.exit_code.map(i64::from),
        maybe_text(&k.last_stat),
    )
    .map(|_| ())
}

pub(crate) async fn insert_history(tx: &mut Tx, id: SessionId, entry: &HistoryEntry) -> Result<(), StoreError> {
    run!(
        tx,
        "writing a session's history",
        "INSERT INTO session_history (session_id, step, from_status, to_status, reason, at) \
         VALUES ($1, $2, $3, $4, $5, $6)",
        id.0,
        entry.step.map(|step| step.as_str()),
        entry.from.map(rank),
        rank(entry.to),
        entry.reason.as_deref(),
        micros(entry.at),
    )
    .map(|_| ())
}
