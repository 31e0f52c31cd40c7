//! What an operator's graphs are made of: totals from the counters, and of what is live as far as an
//! index has it. Nothing here walks over finished sessions, so it may be asked every few seconds.

use rollcall_model::Timestamp;
use rollcall_model::access::System;
use rollcall_model::agent::Agent;
use rollcall_model::status::Status;
use sqlx::Pool;

use crate::agents::AgentFilter;
use crate::codec::{self, maybe_moment, micros};
use crate::engine::{Engine, reading};
use crate::error::Doing;
use crate::{Store, StoreError};

/// The whole installation at one moment.
#[derive(Clone, Debug, PartialEq)]
pub struct Figures {
    /// Sessions of each status, by the counters; statuses that none has may be missing.
    pub sessions: Vec<(Status, i64)>,
    /// Kernels of each status that holds slots.
    pub kernels: Vec<(Status, i64)>,
    /// The queue of each resource group that has one.
    pub waiting: Vec<Waiting>,
    /// Every agent, with what is taken of it.
    pub agents: Vec<Agent>,
    /// The newest number of the event feed.
    pub last_event: i64,
    /// Events that have no number yet, so that nobody can have read them.
    pub unnumbered_events: i64,
}

/// The queue of a resource group.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Waiting {
    /// Resource group; empty for those that name none.
    pub resource_group: String,
    /// How many wait.
    pub sessions: i64,
    /// Since when the oldest waits of those whose time to start has come.
    pub oldest: Option<Timestamp>,
}

/// How busy connections to the database are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PoolUse {
    /// What for.
    pub name: &'static str,
    /// Open.
    pub open: usize,
    /// Open and not in use.
    pub idle: usize,
    /// Open at most.
    pub most: usize,
}

const SESSIONS: &str =
    "SELECT status, CAST(SUM(amount) AS BIGINT) FROM counts_by_domain GROUP BY status ORDER BY status";
const KERNELS: &str =
    "SELECT status, COUNT(*) FROM kernels WHERE status NOT IN (0, 10, 12) GROUP BY status ORDER BY status";
const WAITING: &str = "SELECT COALESCE(scaling_group, ''), COUNT(*), \
     MIN(CASE WHEN starts_at IS NULL THEN created_at WHEN starts_at <= $1 THEN starts_at END) \
     FROM sessions WHERE status = 0 GROUP BY COALESCE(scaling_group, '') ORDER BY 1";
const EVENTS: &str = "SELECT (SELECT COALESCE(MAX(number), 0) FROM events), \
     (SELECT COUNT(*) FROM events WHERE number IS NULL)";

impl Store {
    /// Reads them. They are of slightly different moments: graphs don't mind, and nothing is locked.
    ///
    /// # Errors
    /// [`StoreError::Query`], [`StoreError::Corrupt`].
    pub async fn figures(&self, _system: System, now: Timestamp) -> Result<Figures, StoreError> {
        let waiting = reading!(self, db => {
            sqlx::query_as::<_, (String, i64, Option<i64>)>(WAITING).bind(micros(now)).fetch_all(db).await
        });
        let events = reading!(self, db => sqlx::query_as::<_, (i64, i64)>(EVENTS).fetch_one(db).await);
        let (last_event, unnumbered_events) = events.doing("reading how far the event feed is")?;
        Ok(Figures {
            sessions: self.by_status(SESSIONS).await?,
            kernels: self.by_status(KERNELS).await?,
            waiting: waiting
                .doing("measuring the queue")?
                .into_iter()
                .map(|(resource_group, sessions, oldest)| Waiting {
                    resource_group,
                    sessions,
                    oldest: maybe_moment(oldest),
                })
                .collect(),
            agents: self.select_agents(None, &AgentFilter::default()).await?,
            last_event,
            unnumbered_events,
        })
    }

    async fn by_status(&self, sql: &'static str) -> Result<Vec<(Status, i64)>, StoreError> {
        let rows = reading!(self, db => sqlx::query_as::<_, (i64, i64)>(sql).fetch_all(db).await);
        rows.doing("counting by status")?
            .into_iter()
            .map(|(status, count)| Ok((codec::status(status, &"a total")?, count)))
            .collect()
    }

    /// How busy the connections are.
    #[must_use]
    pub fn pools(&self) -> Vec<PoolUse> {
        match self.engine() {
            Engine::Sqlite { writer, readers } => vec![pool_use("write", writer), pool_use("read", readers)],
            Engine::Postgres(pool) => vec![pool_use("all", pool)],
        }
    }
}

fn pool_use<D: sqlx::Database>(name: &'static str, pool: &Pool<D>) -> PoolUse {
    let open = usize::try_from(pool.size()).unwrap_or(0);
    let most = usize::try_from(pool.options().get_max_connections()).unwrap_or(0);
    PoolUse { name, open, idle: pool.num_idle().min(open), most }
}
