//! Rows of sessions and kernels, and the text that selects them.

use rollcall_model::ids::{AccessKey, AgentId, DomainName, GroupId, KernelId, SessionId, UserId};
use rollcall_model::session::{ClusterMode, Kernel, Session, SessionResult, SessionTimes, SessionType};
use uuid::Uuid;

use crate::StoreError;
use crate::codec::{maybe_moment, maybe_parsed, moment, parsed, ranked, slots, small, status};

/// Selects whole sessions; continue with `WHERE`. Project and owner always exist.
macro_rules! select_sessions {
    ($($rest:expr),* $(,)?) => {
        concat!(
            "SELECT s.id, s.name, s.session_type, s.image, s.registry, s.tag, s.cluster_mode, s.cluster_size, \
             s.domain_name, s.group_id, p.name AS group_name, s.user_id, u.email AS user_email, s.access_key, \
             s.status, s.status_changed, s.status_info, s.status_data, s.created_at, s.terminated_at, s.starts_at, \
             s.startup_command, s.bootstrap_script, s.result, s.resource_opts, s.scaling_group, s.agent, \
             s.service_ports, s.environ, s.occupied_slots, s.waiting, s.running_since, s.last_access, s.extended_by, \
             s.warned_of, s.kept_until \
             FROM sessions s JOIN users u ON u.id = s.user_id JOIN projects p ON p.id = s.group_id ",
            $($rest),*
        )
    };
}

/// Selects whole kernels, with their session as `s` for the scope; continue with `WHERE`.
macro_rules! select_kernels {
    ($($rest:expr),* $(,)?) => {
        concat!(
            "SELECT k.id, k.session_id, k.cluster_role, k.cluster_idx, k.cluster_hostname, k.image, k.registry, \
             k.status, k.status_changed, k.status_info, k.status_data, k.created_at, k.terminated_at, k.starts_at, \
             k.agent, k.container_id, k.generation, k.exit_code, k.occupied_slots, k.resource_opts, k.last_stat \
             FROM kernels k JOIN sessions s ON s.id = k.session_id ",
            $($rest),*
        )
    };
}

pub(crate) use {select_kernels, select_sessions};

#[derive(sqlx::FromRow)]
pub(crate) struct SessionRow {
    id: Uuid,
    name: String,
    session_type: i64,
    image: String,
    registry: String,
    tag: Option<String>,
    cluster_mode: i64,
    cluster_size: i64,
    domain_name: String,
    group_id: Uuid,
    group_name: String,
    user_id: Uuid,
    user_email: String,
    access_key: String,
    status: i64,
    status_changed: Option<i64>,
    status_info: Option<String>,
    status_data: Option<String>,
    created_at: i64,
    terminated_at: Option<i64>,
    starts_at: Option<i64>,
    startup_command: Option<String>,
    bootstrap_script: Option<String>,
    result: i64,
    resource_opts: String,
    scaling_group: Option<String>,
    agent: Option<String>,
    service_ports: Option<String>,
    environ: String,
    occupied_slots: String,
    waiting: Option<String>,
    running_since: Option<i64>,
    last_access: Option<i64>,
    extended_by: i64,
    warned_of: Option<i64>,
    kept_until: Option<i64>,
}

impl SessionRow {
    pub(crate) fn session(self) -> Result<Session, StoreError> {
        let id = self.id;
        Ok(Session {
            id: SessionId(id),
            name: self.name,
            session_type: ranked(SessionType::ALL, self.session_type, "type", &id)?,
            image: self.image,
            registry: self.registry,
            tag: self.tag,
            cluster_mode: ranked(ClusterMode::ALL, self.cluster_mode, "cluster mode", &id)?,
            cluster_size: small(self.cluster_size),
            domain: DomainName(self.domain_name),
            group_id: GroupId(self.group_id),
            group_name: self.group_name,
            user_id: UserId(self.user_id),
            user_email: self.user_email,
            access_key: AccessKey(self.access_key),
            status: status(self.status, &id)?,
            status_changed: maybe_moment(self.status_changed),
            status_info: self.status_info,
            status_data: maybe_parsed(self.status_data.as_deref(), "status data", &id)?,
            created_at: moment(self.created_at),
            terminated_at: maybe_moment(self.terminated_at),
            starts_at: maybe_moment(self.starts_at),
            startup_command: self.startup_command,
            bootstrap_script: self.bootstrap_script,
            result: ranked(SessionResult::ALL, self.result, "result", &id)?,
            resource_opts: parsed(&self.resource_opts, "resource options", &id)?,
            scaling_group: self.scaling_group,
            agent: self.agent.map(AgentId),
            service_ports: maybe_parsed(self.service_ports.as_deref(), "service ports", &id)?,
            environ: parsed(&self.environ, "environment", &id)?,
            occupied_slots: slots(&self.occupied_slots, &id)?,
            waiting: maybe_parsed(self.waiting.as_deref(), "reason to wait", &id)?,
            times: SessionTimes {
                running_since: maybe_moment(self.running_since),
                last_access: maybe_moment(self.last_access),
                extended_by: self.extended_by,
                kept_until: maybe_moment(self.kept_until),
                warned_of: maybe_moment(self.warned_of),
            },
        })
    }
}

#[derive(sqlx::FromRow)]
pub(crate) struct KernelRow {
    id: Uuid,
    session_id: Uuid,
    cluster_role: String,
    cluster_idx: i64,
    cluster_hostname: String,
    image: String,
    registry: String,
    status: i64,
    status_changed: Option<i64>,
    status_info: Option<String>,
    status_data: Option<String>,
    created_at: i64,
    terminated_at: Option<i64>,
    starts_at: Option<i64>,
    agent: Option<String>,
    container_id: Option<String>,
    generation: i64,
    exit_code: Option<i64>,
    occupied_slots: String,
    resource_opts: String,
    last_stat: Option<String>,
}

impl KernelRow {
    pub(crate) fn kernel(self) -> Result<Kernel, StoreError> {
        let id = self.id;
        Ok(Kernel {
            id: KernelId(id),
            session_id: SessionId(self.session_id),
            cluster_role: self.cluster_role,
            cluster_idx: small(self.cluster_idx),
            cluster_hostname: self.cluster_hostname,
            image: self.image,
            registry: self.registry,
            status: status(self.status, &id)?,
            status_changed: maybe_moment(self.status_changed),
            status_info: self.status_info,
            status_data: maybe_parsed(self.status_data.as_deref(), "status data", &id)?,
            created_at: moment(self.created_at),
            terminated_at: maybe_moment(self.terminated_at),
            starts_at: maybe_moment(self.starts_at),
            agent: self.agent.map(AgentId),
            container_id: self.container_id,
            generation: small(self.generation),
            exit_code: self.exit_code.map(small),
            occupied_slots: slots(&self.occupied_slots, &id)?,
            resource_opts: parsed(&self.resource_opts, "resource options", &id)?,
            last_stat: maybe_parsed(self.last_stat.as_deref(), "last statistics", &id)?,
        })
    }
}

pub(crate) fn sessions(rows: Vec<SessionRow>) -> Result<Vec<Session>, StoreError> {
    rows.into_iter().map(SessionRow::session).collect()
}

pub(crate) fn kernels(rows: Vec<KernelRow>) -> Result<Vec<Kernel>, StoreError> {
    rows.into_iter().map(KernelRow::kernel).collect()
}
