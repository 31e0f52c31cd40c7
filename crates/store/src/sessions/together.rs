//! What many rows of one answer need of sessions and kernels, read by one statement for all of them.

use std::collections::HashMap;

use rollcall_model::Timestamp;
use rollcall_model::access::{Scope, SeeAgents};
use rollcall_model::ids::{AccessKey, AgentId, SessionId};
use rollcall_model::session::{Kernel, Session};
use rollcall_model::status::Status;
use uuid::Uuid;

use super::read::bind_scope;
use super::rows::{KernelRow, SessionRow, kernels, select_kernels, select_sessions, sessions};
use crate::codec::{moment, rank, status, text};
use crate::engine::Engine;
use crate::error::Doing;
use crate::{Store, StoreError};

/// When a session entered each status last, the earliest first.
pub type StatusTimes = Vec<(Status, Timestamp)>;

/// The most sessions of one key, and kernels of one agent, that are told with it; a macro, because
/// statements are texts that stay the same.
macro_rules! most {
    () => {
        "100"
    };
}

#[derive(sqlx::FromRow)]
struct TimeRow {
    session_id: Uuid,
    to_status: i64,
    at: i64,
}

/// Ids as one JSON text: a list of any length in a statement that stays the same.
fn json_ids(ids: &[Uuid]) -> String {
    let ids: Vec<String> = ids.iter().map(|id| id.simple().to_string()).collect();
    text(&ids)
}

/// A list of texts or numbers `$n` in either dialect.
macro_rules! any_of {
    (sqlite $place:literal) => {
        concat!(" IN (SELECT value FROM json_each($", $place, "))")
    };
    (postgres $place:literal) => {
        concat!(" = ANY($", $place, ")")
    };
}

/// `$1` ids of sessions; the scope is `$2` to `$5`. A change that leaves the status as it is,
/// such as an extension, enters nothing.
macro_rules! select_times {
    ($ids:literal) => {
        concat!(
            "SELECT h.session_id, h.to_status, MAX(h.at) AS at FROM session_history h \
             JOIN sessions s ON s.id = h.session_id WHERE h.session_id ",
            $ids,
            " AND (h.from_status IS NULL OR h.from_status <> h.to_status) \
             AND ($2 IS NULL OR s.domain_name = $2) AND ($3 IS NULL OR s.group_id = $3) \
             AND ($4 IS NULL OR s.access_key = $4) AND ($5 IS NULL OR s.user_id = $5) \
             GROUP BY h.session_id, h.to_status ORDER BY MAX(h.at), h.to_status"
        )
    };
}

/// `$1` keys, the scope as above, `$6` ranks of statuses: of each key the newest.
macro_rules! select_of_keys {
    ($engine:ident) => {
        select_sessions!(
            "WHERE s.id IN (SELECT id FROM (SELECT x.id, ROW_NUMBER() OVER \
             (PARTITION BY x.access_key ORDER BY x.latest DESC, x.id DESC) AS place FROM sessions x WHERE x.access_key",
            any_of!($engine 1),
            " AND ($2 IS NULL OR x.domain_name = $2) AND ($3 IS NULL OR x.group_id = $3) \
             AND ($4 IS NULL OR x.access_key = $4) AND ($5 IS NULL OR x.user_id = $5) AND x.status",
            any_of!($engine 6),
            ") newest WHERE place <= ",
            most!(),
            ") ORDER BY s.latest DESC, s.id DESC"
        )
    };
}

/// `$1` agents, and a condition on statuses: of each agent the newest.
macro_rules! select_of_agents {
    ($engine:ident, $($statuses:tt)+) => {
        select_kernels!(
            "WHERE k.id IN (SELECT id FROM (SELECT x.id, ROW_NUMBER() OVER \
             (PARTITION BY x.agent ORDER BY x.latest DESC, x.id) AS place FROM kernels x WHERE x.agent",
            any_of!($engine 1),
            " AND x.status",
            $($statuses)+,
            ") newest WHERE place <= ",
            most!(),
            ") ORDER BY k.latest DESC, k.id"
        )
    };
}

fn ranks(statuses: &[Status]) -> Vec<i64> {
    statuses.iter().copied().map(rank).collect()
}

impl Store {
    /// When each session inside the scope entered its statuses.
    ///
    /// # Errors
    /// [`StoreError::Query`].
    pub async fn status_times(
        &self,
        scope: &Scope,
        ids: &[SessionId],
    ) -> Result<HashMap<SessionId, StatusTimes>, StoreError> {
        let ids: Vec<Uuid> = ids.iter().map(|id| id.0).collect();
        let rows = match self.engine() {
            Engine::Sqlite { readers, .. } => {
                let sql = select_times!("IN (SELECT unhex(value) FROM json_each($1))");
                bind_scope!(sqlx::query_as::<_, TimeRow>(sql).bind(json_ids(&ids)), scope).fetch_all(readers).await
            }
            Engine::Postgres(pool) => {
                let sql = select_times!("= ANY($1)");
                bind_scope!(sqlx::query_as::<_, TimeRow>(sql).bind(&ids), scope).fetch_all(pool).await
            }
        };
        let mut found: HashMap<SessionId, StatusTimes> = HashMap::new();
        for row in rows.doing("reading when sessions changed")? {
            let entered = (status(row.to_status, &row.session_id)?, moment(row.at));
            found.entry(SessionId(row.session_id)).or_default().push(entered);
        }
        Ok(found)
    }

    /// The newest sessions of each key inside the scope, at most 100 a key.
    ///
    /// # Errors
    /// [`StoreError::Query`].
    pub async fn sessions_of_keys(
        &self,
        scope: &Scope,
        keys: &[AccessKey],
        statuses: &[Status],
    ) -> Result<HashMap<AccessKey, Vec<Session>>, StoreError> {
        let keys: Vec<&str> = keys.iter().map(AccessKey::as_str).collect();
        let rows = match self.engine() {
            Engine::Sqlite { readers, .. } => {
                let query = sqlx::query_as::<_, SessionRow>(select_of_keys!(sqlite)).bind(text(&keys));
                bind_scope!(query, scope).bind(text(&ranks(statuses))).fetch_all(readers).await
            }
            Engine::Postgres(pool) => {
                let query = sqlx::query_as::<_, SessionRow>(select_of_keys!(postgres)).bind(&keys);
                bind_scope!(query, scope).bind(ranks(statuses)).fetch_all(pool).await
            }
        };
        let mut found: HashMap<AccessKey, Vec<Session>> = HashMap::new();
        for session in sessions(rows.doing("reading the sessions of keys")?)? {
            found.entry(session.access_key.clone()).or_default().push(session);
        }
        Ok(found)
    }

    /// The newest kernels on each agent, at most 100 an agent; without statuses those that hold
    /// something of it, which have an index of their own.
    ///
    /// # Errors
    /// [`StoreError::Query`].
    pub async fn kernels_of_agents(
        &self,
        _permit: &SeeAgents,
        agents: &[AgentId],
        statuses: Option<&[Status]>,
    ) -> Result<HashMap<AgentId, Vec<Kernel>>, StoreError> {
        let agents: Vec<&str> = agents.iter().map(AgentId::as_str).collect();
        let rows = match (self.engine(), statuses.map(ranks)) {
            (Engine::Sqlite { readers, .. }, None) => {
                let sql = select_of_agents!(sqlite, " NOT IN (0, 10, 12)");
                sqlx::query_as::<_, KernelRow>(sql).bind(text(&agents)).fetch_all(readers).await
            }
            (Engine::Sqlite { readers, .. }, Some(ranks)) => {
                let sql = select_of_agents!(sqlite, any_of!(sqlite 2));
                sqlx::query_as::<_, KernelRow>(sql).bind(text(&agents)).bind(text(&ranks)).fetch_all(readers).await
            }
            (Engine::Postgres(pool), None) => {
                let sql = select_of_agents!(postgres, " NOT IN (0, 10, 12)");
                sqlx::query_as::<_, KernelRow>(sql).bind(&agents).fetch_all(pool).await
            }
            (Engine::Postgres(pool), Some(ranks)) => {
                let sql = select_of_agents!(postgres, any_of!(postgres 2));
                sqlx::query_as::<_, KernelRow>(sql).bind(&agents).bind(ranks).fetch_all(pool).await
            }
        };
        let mut found: HashMap<AgentId, Vec<Kernel>> = HashMap::new();
        for kernel in kernels(rows.doing("reading the kernels of agents")?)? {
            if let Some(agent) = kernel.agent.clone() {
                found.entry(agent).or_default().push(kernel);
            }
        }
        Ok(found)
    }
}
