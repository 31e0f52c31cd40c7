//! Single sessions, their kernels, history and kept logs, inside a scope.

use std::collections::HashMap;

use rollcall_model::access::Scope;
use rollcall_model::ids::{KernelId, SessionId};
use rollcall_model::session::{Kernel, Session};
use rollcall_model::status::Step;
use serde::Deserialize;
use serde::de::value::{Error as StepError, StrDeserializer};
use uuid::Uuid;

use super::rows::{KernelRow, SessionRow, kernels, select_kernels, select_sessions, sessions};
use crate::codec::{corrupt, findable, moment, status};
use crate::engine::{Engine, reading};
use crate::error::Doing;
use crate::founding::HistoryEntry;
use crate::{Store, StoreError};

/// Continues a `WHERE` that has `$1` with the scope as `$2` to `$5`; null is any.
macro_rules! scoped {
    ($select:ident, $condition:literal $(, $rest:literal)?) => {
        $select!(
            "WHERE ", $condition,
            " AND ($2 IS NULL OR s.domain_name = $2) AND ($3 IS NULL OR s.group_id = $3) \
             AND ($4 IS NULL OR s.access_key = $4) AND ($5 IS NULL OR s.user_id = $5)"
            $(, $rest)?
        )
    };
}

/// Binds a scope where [`scoped`] wants it.
macro_rules! bind_scope {
    ($query:expr, $scope:expr) => {
        $query
            .bind($scope.domain().map(|domain| domain.as_str().to_owned()))
            .bind($scope.group().map(|group| group.0))
            .bind($scope.access_key().map(|key| key.as_str().to_owned()))
            .bind($scope.user().map(|user| user.0))
    };
}

pub(super) use {bind_scope, scoped};

#[derive(sqlx::FromRow)]
struct HistoryRow {
    step: Option<String>,
    from_status: Option<i64>,
    to_status: i64,
    reason: Option<String>,
    at: i64,
}

impl HistoryRow {
    fn entry(self, id: Uuid) -> Result<HistoryEntry, StoreError> {
        Ok(HistoryEntry {
            step: self.step.map(|name| step(&name, id)).transpose()?,
            from: self.from_status.map(|rank| status(rank, &id)).transpose()?,
            to: status(self.to_status, &id)?,
            reason: self.reason,
            at: moment(self.at),
        })
    }
}

fn step(name: &str, id: Uuid) -> Result<Step, StoreError> {
    Step::deserialize(StrDeserializer::<StepError>::new(name)).map_err(|error| corrupt("step", &id, &error))
}

/// Ids as one JSON text: a list of any length in a statement that stays the same.
pub(super) fn json_ids(ids: &[Uuid]) -> String {
    let ids: Vec<String> = ids.iter().map(|id| id.simple().to_string()).collect();
    crate::codec::text(&ids)
}

impl Store {
    /// A session by id; `None` outside the scope.
    ///
    /// # Errors
    /// [`StoreError::Query`].
    pub async fn session(&self, scope: &Scope, id: SessionId) -> Result<Option<Session>, StoreError> {
        if !findable(scope) {
            return Ok(None);
        }
        let sql = scoped!(select_sessions, "s.id = $1");
        let row = reading!(self, db => {
            bind_scope!(sqlx::query_as::<_, SessionRow>(sql).bind(id.0), scope).fetch_optional(db).await
        });
        row.doing("reading a session")?.map(SessionRow::session).transpose()
    }

    /// The kernels of sessions inside the scope, the main one first.
    ///
    /// # Errors
    /// [`StoreError::Query`].
    pub async fn kernels_of(
        &self,
        scope: &Scope,
        sessions: &[SessionId],
    ) -> Result<HashMap<SessionId, Vec<Kernel>>, StoreError> {
        if sessions.is_empty() || !findable(scope) {
            return Ok(HashMap::new());
        }
        let ids: Vec<Uuid> = sessions.iter().map(|id| id.0).collect();
        let rows = match self.engine() {
            Engine::Sqlite { readers, .. } => {
                let sql = scoped!(
                    select_kernels,
                    "k.session_id IN (SELECT unhex(value) FROM json_each($1))",
                    " ORDER BY k.session_id, k.cluster_role, k.cluster_idx"
                );
                bind_scope!(sqlx::query_as::<_, KernelRow>(sql).bind(json_ids(&ids)), scope).fetch_all(readers).await
            }
            Engine::Postgres(pool) => {
                let sql = scoped!(
                    select_kernels,
                    "k.session_id = ANY($1)",
                    " ORDER BY k.session_id, k.cluster_role, k.cluster_idx"
                );
                bind_scope!(sqlx::query_as::<_, KernelRow>(sql).bind(ids), scope).fetch_all(pool).await
            }
        };
        let mut found: HashMap<SessionId, Vec<Kernel>> = HashMap::new();
        // `main` comes before `sub` in the alphabet too.
        for kernel in kernels(rows.doing("reading kernels")?)? {
            found.entry(kernel.session_id).or_default().push(kernel);
        }
        Ok(found)
    }

    /// A kernel by id; `None` outside the scope.
    ///
    /// # Errors
    /// [`StoreError::Query`].
    pub async fn kernel(&self, scope: &Scope, id: KernelId) -> Result<Option<Kernel>, StoreError> {
        if !findable(scope) {
            return Ok(None);
        }
        let sql = scoped!(select_kernels, "k.id = $1");
        let row = reading!(self, db => {
            bind_scope!(sqlx::query_as::<_, KernelRow>(sql).bind(id.0), scope).fetch_optional(db).await
        });
        row.doing("reading a kernel")?.map(KernelRow::kernel).transpose()
    }

    /// How a session came to its state, oldest first; empty outside the scope.
    ///
    /// # Errors
    /// [`StoreError::Query`].
    pub async fn history(&self, scope: &Scope, id: SessionId) -> Result<Vec<HistoryEntry>, StoreError> {
        let sql = "SELECT h.step, h.from_status, h.to_status, h.reason, h.at \
                   FROM session_history h JOIN sessions s ON s.id = h.session_id WHERE h.session_id = $1 \
                   AND ($2 IS NULL OR s.domain_name = $2) AND ($3 IS NULL OR s.group_id = $3) \
                   AND ($4 IS NULL OR s.access_key = $4) AND ($5 IS NULL OR s.user_id = $5) ORDER BY h.id";
        let rows = reading!(self, db => {
            bind_scope!(sqlx::query_as::<_, HistoryRow>(sql).bind(id.0), scope).fetch_all(db).await
        });
        rows.doing("reading a session's history")?.into_iter().map(|row| row.entry(id.0)).collect()
    }

    /// The log kept of an ended kernel.
    ///
    /// # Errors
    /// [`StoreError::Query`].
    pub async fn kernel_log(&self, scope: &Scope, id: KernelId) -> Result<Option<Vec<u8>>, StoreError> {
        let sql = "SELECT l.content FROM kernel_logs l JOIN kernels k ON k.id = l.kernel_id \
                   JOIN sessions s ON s.id = k.session_id WHERE l.kernel_id = $1 \
                   AND ($2 IS NULL OR s.domain_name = $2) AND ($3 IS NULL OR s.group_id = $3) \
                   AND ($4 IS NULL OR s.access_key = $4) AND ($5 IS NULL OR s.user_id = $5)";
        let log = reading!(self, db => {
            bind_scope!(sqlx::query_scalar::<_, Vec<u8>>(sql).bind(id.0), scope).fetch_optional(db).await
        });
        log.doing("reading a kernel's log")
    }

    /// Sessions by id in the order of `ids`. The caller chose them inside a scope.
    pub(super) async fn sessions_by_id(&self, ids: &[Uuid]) -> Result<Vec<Session>, StoreError> {
        if ids.is_empty() {
            return Ok(Vec::new());
        }
        let rows = match self.engine() {
            Engine::Sqlite { readers, .. } => {
                let sql = select_sessions!("WHERE s.id IN (SELECT unhex(value) FROM json_each($1))");
                sqlx::query_as::<_, SessionRow>(sql).bind(json_ids(ids)).fetch_all(readers).await
            }
            Engine::Postgres(pool) => {
                let sql = select_sessions!("WHERE s.id = ANY($1)");
                sqlx::query_as::<_, SessionRow>(sql).bind(ids).fetch_all(pool).await
            }
        };
        let found = sessions(rows.doing("reading a page of sessions")?)?;
        Ok(in_order(ids, found, |session| session.id.0))
    }

    /// Kernels by id in the order of `ids`. The caller chose them inside a scope.
    pub(super) async fn kernels_by_id(&self, ids: &[Uuid]) -> Result<Vec<Kernel>, StoreError> {
        if ids.is_empty() {
            return Ok(Vec::new());
        }
        let rows = match self.engine() {
            Engine::Sqlite { readers, .. } => {
                let sql = select_kernels!("WHERE k.id IN (SELECT unhex(value) FROM json_each($1))");
                sqlx::query_as::<_, KernelRow>(sql).bind(json_ids(ids)).fetch_all(readers).await
            }
            Engine::Postgres(pool) => {
                let sql = select_kernels!("WHERE k.id = ANY($1)");
                sqlx::query_as::<_, KernelRow>(sql).bind(ids).fetch_all(pool).await
            }
        };
        let found = kernels(rows.doing("reading a page of kernels")?)?;
        Ok(in_order(ids, found, |kernel| kernel.id.0))
    }
}

fn in_order<T>(ids: &[Uuid], found: Vec<T>, id_of: impl Fn(&T) -> Uuid) -> Vec<T> {
    let mut by_id: HashMap<Uuid, T> = found.into_iter().map(|row| (id_of(&row), row)).collect();
    ids.iter().filter_map(|id| by_id.remove(id)).collect()
}
